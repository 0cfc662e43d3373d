// A wrong argument is blamed on the line of the call.
async function helper(text) {
  return await Probe.typed(text); // HERE
}

await helper(5);
