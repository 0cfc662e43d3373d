// A name that nobody defined is an error with a suggestion.
const list = [1];
const results = paralel(list); // HERE
