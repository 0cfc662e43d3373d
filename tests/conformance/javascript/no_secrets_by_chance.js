await crypto.subtle.digest("SHA-256", new Uint8Array()); // HERE
