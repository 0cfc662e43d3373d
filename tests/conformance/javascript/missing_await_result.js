export default { reply: ask("hello") }; // HERE
