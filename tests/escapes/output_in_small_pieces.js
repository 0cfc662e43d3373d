// expect: output
while (true) print();
