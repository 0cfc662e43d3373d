// Which lines of the spell have run: the engine has put a call in front of each statement, which comes here.

const ran = new Table(); // path of a file -> its lines
let coveredOp = null; // the spec of the op that they are told by

// Returns what notes a line of a file.
function covering(path) {
  const lines = new Bag();
  ran.set(path, lines);
  return freeze((line) => {
    lines.add(line);
  });
}

function beginCoverage(surface) {
  coveredOp = specNamed(surface, "_covered");
}

// Tells the host what has run, before the end of the run.
function tellCoverage() {
  if (coveredOp === null) return;
  ran.forEach((lines, path) => {
    const list = bare();
    lines.forEach((line) => {
      list[list.length] = line;
    });
    if (list.length > 0) emit(`["c",0,${callText(coveredOp, "", [path, common(list)], bare(), bare())}`);
  });
}
