// fail ends the spell with its kind and hint.
function checked(n) {
  if (n > 3) {
    fail(n + " is too many", { kind: "budget", hint: "take 3" }); // HERE
  }
}
checked(4);
