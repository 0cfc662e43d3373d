// A task has two members and no others.
const task = spawn(() => 1);
print(await task.wait());
task.cancle(); // HERE
