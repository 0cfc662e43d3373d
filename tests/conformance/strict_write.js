// A variable has to be declared.
function count() {
  total = 1; // HERE
}
count();
