// A call that spans lines is blamed on the line where it begins.
const value = 1;

await Probe.typed( // HERE
  "a",
  "b"
);
