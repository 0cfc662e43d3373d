function inner() {
  const nothing = null;
  return nothing.field; // HERE
}

export function go() {
  const found = inner();
  return found;
}
