// Keeps something for later.
localStorage.setItem("last", "today");
