-- An error in another spell shows its line, and below that the line that ran it.
local got = Run.spell("run_spell_kid", { n = 2 })
return got
