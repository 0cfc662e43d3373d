-- expect: script
-- Codes for the terminal reach no terminal: the renderer writes them as escapes.
error("\27]0;title\7\27[2J \u{202e}reversed")
