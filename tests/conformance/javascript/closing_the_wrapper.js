// A source that tries to close what wraps it is a syntax error.
})(); (async () => { // HERE
print("outside");
