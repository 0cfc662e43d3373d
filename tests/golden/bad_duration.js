await sleep("5 minutes");
