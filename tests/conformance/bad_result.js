// A result that is no data is an error of the spell, not of the worker.
export default { fine: 1, wrong: () => {} };
