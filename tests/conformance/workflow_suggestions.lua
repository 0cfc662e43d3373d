-- What is misspelt is named, with what was meant.
local flow = Workflow.sequence { steps = {} }
flow:rum() -- HERE
