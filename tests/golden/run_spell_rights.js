export default await Run.spell("run_spell_asks.js");
