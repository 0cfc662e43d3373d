// At most `limit` branches run at once.
const branches = {};
for (let i = 1; i <= 9; i++) branches[`b${i}`] = () => { Watch.note(i); return Probe.slow(0.001, i); };
export default (await Workflow.parallel({ branches, limit: 2 }).run()).b9;
