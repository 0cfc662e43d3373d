export default await Human.choose("Which?", ["a", "a"]);
