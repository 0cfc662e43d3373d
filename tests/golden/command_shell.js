export default await System.run("git log | head");
