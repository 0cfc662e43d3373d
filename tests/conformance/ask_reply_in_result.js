export default { replies: await map(["a", "b"], (x) => ask(x)) };
