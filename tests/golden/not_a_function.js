const report = { title: "x" };
report.render();
