-- expect: timeout
-- limits: turn=0.1
ask("hello", { on_text = function() while true do end end })
