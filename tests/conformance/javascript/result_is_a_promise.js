// A promise is no result.
export default ask("hello"); // HERE
