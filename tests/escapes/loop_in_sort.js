// expect: timeout
[1, 2].sort(() => { while (true) {} });
