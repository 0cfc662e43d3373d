	local text = "日本語のとても長い行、" .. "そしてもっと" .. nobody_at_all .. " a line that goes on and on and on, far beyond the width of any terminal that a person would have open"
