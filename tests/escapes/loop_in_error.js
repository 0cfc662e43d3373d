// expect: timeout
// limits: turn=0.1
throw { get message() { while (true) {} }, get kind() { while (true) {} }, toString() { while (true) {} } };
