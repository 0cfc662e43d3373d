// expect: script
// Codes for the terminal reach no terminal: the renderer writes them as escapes.
throw new Error("\x1b]0;title\x07\x1b[2J \u202ereversed");
