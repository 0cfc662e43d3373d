// The data of an error is the script's own: whatever it does when it is read ends only the retry.
const said = async (data) => {
  const thrower = () => { throw new SpellError("odd", { kind: "http", data }); };
  const { error: e } = await attempt(() => retry({ times: 2, wait: 0 }, thrower));
  return e.message;
};
const trap = () => { throw new Error("trapped"); };
const error = await attempt(() => retry({ times: 2, wait: 0 }, () => { throw "text"; }));
const frozen = await attempt(() => retry({ times: 2, wait: 0 }, () => { throw Object.freeze(new TypeError("frozen")); }));
export default [
  await said({ get retry_after() { return trap(); } }), await said(new Proxy({}, { ownKeys: trap, getOwnPropertyDescriptor: trap })),
  await said(7), await said(null), error.error.message, error.error.data, frozen.error.message, frozen.error.data,
];
