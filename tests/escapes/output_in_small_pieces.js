// expect: output or memory
while (true) print();
