// What is exported as a promise is awaited.
export default ask("hello");
