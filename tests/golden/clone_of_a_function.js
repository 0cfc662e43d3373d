const job = { name: "x", work() {} };
structuredClone(job);
