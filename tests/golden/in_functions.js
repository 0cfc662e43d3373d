function parse(line) {
  return line.title.toUpperCase();
}

function loadBook(line) {
  const book = parse(line);
  return book;
}

async function main() {
  const book = loadBook({});
  return book;
}

export default await main();
