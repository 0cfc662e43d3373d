const replies = ["a", "b"].map((x) => ask(x, { model: "echo" }));
export default replies;
