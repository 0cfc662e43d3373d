-- expect: timeout
ask("hello", { on_text = function() while true do end end })
