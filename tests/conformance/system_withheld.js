print((await attempt(() => System.env("HOME"))).ok);
await System.run("true"); // HERE
