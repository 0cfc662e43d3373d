return Run.spell("run_spell_asks.js")
