return Run.spell("run_spel_kid")
