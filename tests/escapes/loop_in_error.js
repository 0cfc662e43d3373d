// expect: timeout
throw { get message() { while (true) {} }, get kind() { while (true) {} }, toString() { while (true) {} } };
