spell({ allow: { run: ["git log *"] } });
export default await System.run(["git", "push"]);
