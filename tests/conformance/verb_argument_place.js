await map([1], () => {}, { limit: "x" }); // HERE
