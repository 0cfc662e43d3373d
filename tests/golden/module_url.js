import x from "https://example.org/x.js";
