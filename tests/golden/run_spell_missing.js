export default await Run.spell("run_spel_kid");
