// Whatever is raised ends the spell with words that say what it was.
const said = async (thing) => (await attempt(() => { throw thing; })).error;
export default [(await said({ code: 7 })).message, (await said(42)).message, (await said(null)).kind, (await said({ code: 7 })).kind, (await said(true)).message, (await said({ message: "of its own" })).message];
