// Run tells who and when, and cannot be changed.
const same = Run.started.slice(0, 10) === Run.date;
const tried = await attempt(() => { Run.id = "mine"; });
export default [Run.id.length, Run.name.replace(/.*\//, ""), Run.date.length, same, tried.ok, (await attempt(() => Run.idd)).error.message];
