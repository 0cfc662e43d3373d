// expect: timeout
// limits: turn=0.1
/(a+)+\1$/.test("a".repeat(60) + "b");
