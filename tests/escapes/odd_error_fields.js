// expect: any
const e = new Error("\ud800 lone");
e.kind = "permission\0";
e.stack = "Error\n    at x (/etc/passwd:1:1)";
e.where = { file: "/etc/passwd", line: 1 };
e.data = { self: e };
e.cause = e;
throw e;
