// expect: timeout
// limits: turn=0.1
export default { get x() { while (true) {} } };
