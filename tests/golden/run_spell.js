// An error in another spell shows its line, and below that the line that ran it.
const got = await Run.spell("run_spell_kid", { n: 2 });
export default got;
