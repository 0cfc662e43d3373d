// expect: timeout
export default { get x() { while (true) {} } };
