// What the guest says to the host and what it hears: calls, functions, printed text, and how a turn begins and ends.

const limits = { __proto__: null, in_flight: 1, output: 0, frame: 0 };

// ---------------------------------------------------------------------------------------------------------------
// Outgoing messages

const ROOM = 16; // bytes of a frame for brackets and for `["+"]`
const PIECE = 64 * 1024; // characters of printed text in one message

const outgoing = new Line();
let waiting = 0; // characters in it
let printed = 0; // bytes
let over = false; // nothing follows the end

function emit(text) {
  if (over) return;
  outgoing.push(text);
  waiting += text.length + 1;
}

// Whether a text fits into a frame; a character has at most three bytes.
function fits(text, room = ROOM) {
  return text.length * 3 + room <= limits.frame || sizeOf(text) + room <= limits.frame;
}

function tooLong(kind, what, text) {
  return fault(fields(kind, `${what} is ${sizeOf(text)} bytes, more than the ${limits.frame} of one frame`));
}

// Takes messages as long as they fit into one frame; the first character of the answer tells whether there are more.
function drain() {
  const roomy = waiting * 3 + ROOM <= limits.frame;
  let text = "";
  let size = ROOM;
  while (outgoing.size > 0) {
    const message = outgoing.first();
    size += roomy ? 0 : sizeOf(message) + 1;
    if (size > limits.frame && text !== "") return `+[${text},["+"]]`;
    text += (text === "" ? "" : ",") + message;
    outgoing.shift();
    waiting -= message.length + 1;
  }
  return `.[${text}]`;
}

function printTo(stream, values) {
  let text = "";
  for (let i = 0; i < values.length; i++) text += (i === 0 ? "" : " ") + asText(values[i]);
  text = `${toWellFormed(text)}\n`;
  printed += sizeOf(text);
  if (printed > limits.output) {
    const hint = "print less; limits.output of the profile sets the limit";
    throw halt(fault(fields("script", `the spell printed more than ${limits.output} bytes`, hint)));
  }
  for (let at = 0; at < text.length;) {
    const piece = toWhole(slice(text, at, at + PIECE));
    emit(`["o","${stream}",${stringify(piece)}]`);
    at += piece.length;
  }
}

// Leaves out the first half of a pair at the end of a piece of text.
function toWhole(piece) {
  return isWellFormed(piece) ? piece : slice(piece, 0, -1);
}

// ---------------------------------------------------------------------------------------------------------------
// Functions of the spell that the host may call

const functions = new Table(); // number -> entry
const numbered = new Marks(); // function -> entry
let lastFunction = 0;

function numberOf(fn, keeps, used) {
  let entry = numbered.get(fn);
  if (entry === undefined) {
    lastFunction += 1;
    entry = { __proto__: null, number: lastFunction, fn, uses: 0, kept: false, scope: current };
    numbered.set(fn, entry);
    functions.set(entry.number, entry);
  }
  entry.kept ||= keeps;
  if (entry.kept || entry.scope !== current) entry.scope = root;
  entry.uses += 1;
  used[used.length] = entry;
  return entry.number;
}

// Forgets the functions of a call that has ended.
function release(used) {
  for (let i = 0; i < used.length; i++) {
    const entry = used[i];
    entry.uses -= 1;
    if (entry.uses > 0 || entry.kept) continue;
    functions.delete(entry.number);
    numbered.delete(entry.fn);
  }
}

function invoke(n, number, args) {
  const entry = functions.get(number);
  if (entry === undefined) return answer(n, false, fault(fields("script", `the function ${number} is gone`)));
  const { scope } = entry;
  const owner = scope.ended || scope.cancelled !== null ? root : scope;
  return start(open(owner, owner.found), entry.fn, args, (ok, value) => answer(n, ok, value));
}

// Returns a result as JSON; throws when it is not data, or too much of it.
function writeResult(what, value, handles = true) {
  const text = write(value, forResult(what, handles), null);
  if (!fits(text, 2 * ROOM)) throw tooLong("script", what, text);
  return text;
}

// Tells how something has ended: `good` and `bad` are how the message begins. A result that is not data is an error.
function tell(good, bad, what, ok, value) {
  let error = value;
  try {
    if (ok) return emit(`${good}${writeResult(what, value)}]`);
  } catch (refusal) {
    error = refusal;
  }
  return emit(`${bad}${wireError(error)}]`);
}

function answer(n, ok, value) {
  tell(`["a",${n},true,`, `["a",${n},false,`, "the result of the function", ok, value);
}

// ---------------------------------------------------------------------------------------------------------------
// Calls

const pending = new Table(); // id -> call
const backlog = new Line(); // calls that wait until others have ended
let lastId = 0;
let flying = 0;

function launch(call) {
  flying += 1;
  call.sent = true;
  emit(call.text);
  call.text = "";
}

function land(call) {
  pending.delete(call.id);
  release(call.used);
  if (call.sent) flying -= 1;
}

// Sends what was held back, as far as answers and cancellations have made room. It is done at the end of a turn: what
// is held back may be cancelled before.
function refill() {
  while (backlog.size > 0 && flying < limits.in_flight) {
    const call = backlog.shift();
    if (pending.has(call.id)) launch(call);
  }
}

// Tells the host that the answer of a call is no longer wanted.
function quit(call) {
  if (!pending.has(call.id)) return;
  if (call.sent) emit(`["q",${call.id}]`);
  land(call);
}

function send(spec, wait, used, rest) {
  lastId += 1;
  const call = { __proto__: null, id: lastId, spec, wait, used, sent: false, text: `["c",${lastId},${rest}` };
  wait.call = call;
  pending.set(call.id, call);
  if (backlog.size === 0 && flying < limits.in_flight) launch(call);
  else backlog.push(call);
}

// Returns where a call is made, as its message ends; the file is left out where it is the spell itself.
function spotOf(site) {
  if (site === null) return "0,0";
  const { name, inside } = sourceOf(site);
  return `${site.getLineNumber()},${columnOf(site)}${inside ? `,${stringify(name)}` : ""}`;
}

// Returns what follows the id in the message of a call.
function callText(spec, first, given, used, found) {
  const args = writeArguments(spec, first, given, (fn) => numberOf(fn, spec.keeps, used));
  const site = innermost(found);
  const rest = `${spec.opText},${args},${spotOf(site)}]`;
  if (!fits(rest, 2 * ROOM)) throw tooLong("args", `${spec.op}: the call`, rest);
  return rest;
}

// Writes a call; functions are numbered only if all of it can be written.
function written(spec, first, given, used, found) {
  try {
    return callText(spec, first, given, used, found);
  } catch (error) {
    release(used);
    throw locate(error, found);
  }
}

// Returns where a function of ours was called, or else where the work was begun that called it.
function siteOf(above) {
  const found = probe(above);
  return current.found !== null && innermost(found) === null ? current.found : found;
}

// Calls an op for the script. `first` is its handle, as JSON, if it has one; `above` is the function that was called.
function issue(spec, first, given, above) {
  const found = siteOf(above);
  const used = bare();
  const rest = written(spec, first, given, used, found);
  if (spec.notify) return notify(rest, found);
  const wait = hold(spec.op, found, spec.Guard);
  if (wait.state === PENDING) send(spec, wait, used, rest);
  else release(used);
  return wait.promise;
}

function notify(rest, found) {
  if (current.cancelled !== null) throw cancellation(current.cancelled, found);
  emit(`["c",0,${rest}`);
}

// ---------------------------------------------------------------------------------------------------------------
// Incoming messages

const INTEGER = /^-?\d+$/;
const BEYOND = freeze({ __proto__: null }); // what stands for an integer that JavaScript cannot hold

function reviveNumber(_, value, { source }) {
  const isLost = typeof value === "number" && !isSafeInteger(value) && test(INTEGER, source) !== null;
  return isLost ? BEYOND : value;
}

// Whether one of the parts of a value, or the value itself, is what `good` looks for.
function holds(value, good) {
  if (!isObject(value)) return good(value);
  const names = isArray(value) ? null : keys(value);
  const { length } = names ?? value;
  for (let i = 0; i < length; i++) {
    if (holds(names === null ? value[i] : value[names[i]], good)) return true;
  }
  return value === BEYOND;
}

const isLarge = (value) => typeof value === "number" && isInteger(value) && !isSafeInteger(value);
const isNothing = () => false;

let suspect = false; // whether what was read last may hold something beyond

// Parses what the host has sent; it is read once more, number by number, if one may have been an integer once.
function read(text) {
  const value = parse(text);
  suspect = holds(value, isLarge);
  return suspect ? parse(text, reviveNumber) : value;
}

function isBeyond(value) {
  return suspect && holds(value, isNothing);
}

function beyond(what) {
  return fields("script", `${what} an integer beyond 2^53 - 1`);
}

function hear(message) {
  switch (message[0]) {
    case "t": return setClock(message[1]);
    case "r": return hearReply(message[1], message[2]);
    case "x": return hearFault(message[1], message[2]);
    case "f": return hearInvoke(message[1], message[2], message[3]);
    default: return later(root, () => cancelRun(message[1] || "cancelled"));
  }
}

function hearInvoke(n, number, args) {
  if (isBeyond(args)) return answer(n, false, fault(beyond("an argument has"), nowhere));
  return invoke(n, number, args);
}

function hearReply(id, value) {
  const call = pending.get(id);
  if (call === undefined) return;
  const { spec, wait } = call;
  if (isBeyond(value)) return hearFault(id, beyond(`${spec.op}: the result has`));
  land(call);
  later(wait.scope, () => wait.wake(true, revive(spec.returns, value)));
}

function hearFault(id, error) {
  const call = pending.get(id);
  if (call === undefined) return;
  const { wait } = call;
  land(call);
  later(wait.scope, () => wait.wake(false, fromHost(setPrototypeOf(error, null), wait.found)));
}

// Its place is that of the call, unless it comes from a function of the spell that the host called.
function fromHost(error, found) {
  const raised = fault(error, found);
  if (error.trace !== undefined) replace(raised, joined(error.trace, placesAt(found)));
  return raised;
}

// Takes a batch of the host, and begins with its first task.
function take(text) {
  if (over) return;
  const batch = read(text);
  for (let i = 0; i < batch.length; i++) hear(batch[i]);
  turn();
}

// ---------------------------------------------------------------------------------------------------------------
// The end

let ending = null; // how the body of the spell has ended

const STALLED = "the spell waits for something that can never happen";

function end() {
  tellCoverage();
  tell(`["d",`, `["e",`, "the result of the spell", ending.ok, ending.value);
  over = true;
}

// Ends the run with an error, whatever the script makes of it.
function halt(error) {
  tellCoverage();
  emit(`["e",${wireError(error)}]`);
  over = true;
  return error;
}

// Ends a run in which nothing can go on. Its place is the first call of ours that the body of the spell waits for.
function stall() {
  const { cancelled } = root;
  let found = nowhere;
  root.waits.forEach((wait) => {
    if (found === nowhere && wait.state === PENDING && wait.seen) found = wait.found ?? nowhere;
  });
  halt(fault(cancelled === null ? fields("script", STALLED) : fields("cancelled", cancelled), found));
}

// Goes on with the next task and returns how many turns are left; or ends the turn and returns what there is to say.
function pump() {
  if (over) return drain();
  if (tasks.size > 0) return turn();
  if (ending !== null) end();
  else if (pending.size === 0) stall();
  refill();
  return drain();
}
