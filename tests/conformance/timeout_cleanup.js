// What took too long has ended when timeout raises, and so have the functions that it began.
const slow = async (name) => {
  try {
    await Watch.hang();
  } finally {
    print(`cleans up: ${name}`);
  }
};
const { error } = await attempt(() => timeout("20ms", () => slow("one")));
print(error.kind);
const { error: another } = await attempt(() => timeout("20ms", () => map(["two", "three"], slow)));
print(another.kind);
const flow = Workflow.sequence({ steps: [{ run: () => slow("four"), timeout: "20ms" }] });
print((await attempt(() => flow.run())).error.kind);
export default await Watch.cancelled();
