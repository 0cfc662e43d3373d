// Graphs of `Workflow`: which node comes after which, and why some graphs cannot be.

function connect(jobs, before, after, seen) {
  const pair = `${before} ${after}`;
  if (seen.has(pair)) return;
  seen.add(pair);
  const { needs } = jobs[after];
  const { feeds } = jobs[before];
  needs[needs.length] = before;
  feeds[feeds.length] = after;
}

// Returns the number of a node.
function nodeAt(verb, graph, name, what) {
  const number = graph.numbers.get(name);
  if (number !== undefined) return number;
  const shown = typeof name === "string" ? `\`${name}\`` : describe(name);
  throw wrong(`${verb}: ${what} ${shown}, which is no node`, `nodes: ${someOf(graph.names)}`);
}

function connectNeeds(verb, graph, seen) {
  const { jobs } = graph;
  for (let i = 0; i < jobs.length; i++) {
    const { name, after } = jobs[i];
    demand(isArray(after), verb, `nodes.${name}.depends_on`, A_LIST_OF_NAMES, after);
    for (let j = 0; j < after.length; j++) {
      connect(jobs, nodeAt(verb, graph, after[j], `node \`${name}\` depends on`), i, seen);
    }
  }
}

function connectEdges(verb, edges, graph, seen) {
  demand(isArray(edges), verb, "edges", A_LIST_OF_EDGES, edges);
  for (let i = 0; i < edges.length; i++) {
    const edge = edges[i];
    demand(isArray(edge) && edge.length === 2, verb, `edges[${i}]`, "a pair of names of nodes", edge);
    const what = `\`edges[${i}]\` names`;
    const before = nodeAt(verb, graph, edge[0], what);
    connect(graph.jobs, before, nodeAt(verb, graph, edge[1], what), seen);
  }
}

// Returns the numbers of the jobs that never get their turn, because they wait for each other or for such as do.
function stuckAmong(jobs) {
  const open = bare();
  const ready = new Line();
  const left = new Bag();
  for (let i = 0; i < jobs.length; i++) {
    open[i] = jobs[i].needs.length;
    if (open[i] === 0) ready.push(i);
    else left.add(i);
  }
  while (ready.size > 0) {
    const { feeds } = jobs[ready.shift()];
    for (let i = 0; i < feeds.length; i++) {
      open[feeds[i]] -= 1;
      if (open[feeds[i]] > 0) continue;
      left.delete(feeds[i]);
      ready.push(feeds[i]);
    }
  }
  return left;
}

// Follows from a stuck job what it waits for until one comes twice; returns the names of that circle, in the order of
// the edges, beginning with the least.
function circleAmong(jobs, left) {
  const walk = bare();
  const seen = new Table();
  let at = jobs.length;
  left.forEach((number) => {
    if (number < at) at = number;
  });
  while (!seen.has(at)) {
    seen.set(at, walk.length);
    walk[walk.length] = at;
    const { needs } = jobs[at];
    for (let i = needs.length - 1; i >= 0; i--) if (left.has(needs[i])) at = needs[i];
  }
  const first = seen.get(at);
  const length = walk.length - first;
  let least = first;
  for (let i = first; i < walk.length; i++) if (walk[i] < walk[least]) least = i;
  const ring = bare();
  for (let i = 0; i <= length; i++) ring[i] = jobs[walk[first + ((least - first - i + 2 * length) % length)]].name;
  return ring;
}

function refuseCircles(verb, jobs) {
  const left = stuckAmong(jobs);
  if (left.size === 0) return;
  const ring = circleAmong(jobs, left);
  let text = ring[0];
  for (let i = 1; i < ring.length && i < MOST_NAMES; i++) text += ` -> ${ring[i]}`;
  if (ring.length > MOST_NAMES) text += ` -> … ${ring.length - MOST_NAMES - 1} more … -> ${ring[0]}`;
  throw wrong(`${verb}: the nodes wait for each other in a circle: ${text}`, "take one of these edges away");
}

// Returns the number of the node whose value is the result of the graph, or null.
function lastOf(verb, graph, last) {
  if (last !== undefined) return nodeAt(verb, graph, last, "`last` is");
  let found = null;
  for (let i = 0; i < graph.jobs.length; i++) {
    if (graph.jobs[i].feeds.length > 0) continue;
    if (found !== null) return null;
    found = i;
  }
  return found;
}

// Returns what a node is called with. A flow takes one value: where it depends on nothing, that is the input of the
// graph.
function givenTo(jobs, { step, needs }, ends, input) {
  if (step.flow !== null && needs.length === 0) return [input];
  const inputs = {};
  for (let i = 0; i < needs.length; i++) put(inputs, jobs[needs[i]].name, ends[needs[i]].value);
  return [inputs, input];
}

function graphFlow(verb, given) {
  const chosen = chosenOf(verb, given, ["name", "nodes", "edges", "limit", "on_error", "last"]);
  const { jobs, names, keeps } = jobsFor(verb, "nodes", chosen, OF_NODE, "an object of nodes");
  const { last } = chosen;
  demand(last === undefined || typeof last === "string", verb, "last", "the name of a node", last);
  const bounds = { __proto__: null, limit: chosen.limit ?? Infinity, keeps };
  const nodes = { __proto__: null, jobs, names, numbers: new Table() };
  const seen = new Bag();
  for (let i = 0; i < names.length; i++) nodes.numbers.set(names[i], i);
  connectNeeds(verb, nodes, seen);
  connectEdges(verb, chosen.edges ?? [], nodes, seen);
  refuseCircles(verb, jobs);
  const final = lastOf(verb, nodes, last);
  const result = (ends, found) => {
    if (keeps) return kept(jobs, ends, found);
    return final === null ? byName(jobs, ends) : ends[final].value;
  };
  return newFlow("graph", chosen.name, (run, input) => {
    workJobs(run, jobs, bounds, (job, ends) => givenTo(jobs, job, ends, input), result);
  });
}
