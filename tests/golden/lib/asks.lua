return { go = function() local r = Http.gett("x") return r end }
