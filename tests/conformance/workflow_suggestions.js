// What is misspelt is named, with what was meant.
const flow = Workflow.sequence({ steps: [] });
flow.rum(); // HERE
