export default function main(args) {
  fail("from " + typeof args); // HERE
}
