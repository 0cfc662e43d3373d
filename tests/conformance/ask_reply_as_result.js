export default await ask("the result");
