// expect: output or budget
while (true) await say("word ".repeat(1000));
