// DOMException, AbortController and AbortSignal.

const CODES = new Table([
  ["InvalidCharacterError", 5], ["NotSupportedError", 9], ["InvalidStateError", 11], ["SyntaxError", 12],
  ["InvalidAccessError", 15], ["TypeMismatchError", 17], ["SecurityError", 18], ["NetworkError", 19],
  ["AbortError", 20], ["QuotaExceededError", 22], ["TimeoutError", 23], ["DataCloneError", 25],
]);

// The errors that the web platform tells apart by name.
class DOMException extends SpellError {
  #name;

  constructor(message = "", name = "Error") {
    super(textual(message), { __proto__: null, kind: name === "TimeoutError" ? "timeout" : "script" });
    this.#name = textual(name);
  }

  get name() {
    return this.#name;
  }

  get code() {
    return CODES.get(this.#name) ?? 0;
  }
}

Object.preventExtensions(DOMException);

// ---------------------------------------------------------------------------------------------------------------
// Signals

const MADE_HERE = freeze({ __proto__: null });
let signalOf; // signal -> its state, or null

class AbortSignal {
  #state;

  static {
    signalOf = (value) => (isObject(value) && #state in value ? value.#state : null);
  }

  constructor(made = undefined) {
    if (made !== MADE_HERE) throw wrong("AbortSignal: one comes from `new AbortController()`, `AbortSignal.timeout` or `.any`");
    this.#state = {
      __proto__: null, signal: this, aborted: false, reason: undefined, handler: null,
      listeners: new Table(), algorithms: new Bag(), followers: new Bag(),
    };
  }

  static abort(reason = undefined) {
    const state = newSignal();
    abort(state, reason);
    return state.signal;
  }

  static timeout(ms) {
    demand(typeof ms === "number" && ms >= 0, "AbortSignal.timeout", "ms", "a number of milliseconds", ms);
    const state = newSignal();
    const delay = delayOf("AbortSignal.timeout", ms);
    const { wait } = setBell("AbortSignal.timeout", delay, null, () => {
      abort(state, locate(new DOMException("the operation took too long", "TimeoutError"), wait.found));
    });
    return state.signal;
  }

  static any(signals) {
    const sources = bare();
    for (const signal of signals) {
      const source = signalOf(signal);
      demand(source !== null, "AbortSignal.any", "signals", "a list of signals", signal);
      sources[sources.length] = source;
    }
    return anyOf(sources).signal;
  }

  get aborted() {
    return this.#state.aborted;
  }

  get reason() {
    return this.#state.reason;
  }

  get onabort() {
    return this.#state.handler;
  }

  set onabort(handler) {
    this.#state.handler = isFunction(handler) ? handler : null;
  }

  throwIfAborted() {
    if (this.#state.aborted) throw this.#state.reason;
  }

  addEventListener(type, listener, options = undefined) {
    const { listeners } = this.#state;
    if (!isEvent("addEventListener", type, listener) || listeners.has(listener)) return;
    listeners.set(listener, isObject(options) && options.once ? true : false);
  }

  removeEventListener(type, listener) {
    if (isEvent("removeEventListener", type, listener)) this.#state.listeners.delete(listener);
  }
}

// Whether there is such an event, and something that listens.
function isEvent(method, type, listener) {
  const isGood = listener === null || isFunction(listener) || isObject(listener);
  demand(isGood, `AbortSignal.${method}`, "listener", "a function", listener);
  return type === "abort" && listener !== null;
}

function newSignal() {
  return signalOf(new AbortSignal(MADE_HERE));
}

function anyOf(sources) {
  const state = newSignal();
  for (let i = 0; i < sources.length; i++) {
    if (sources[i].aborted) {
      abort(state, sources[i].reason);
      return state;
    }
  }
  for (let i = 0; i < sources.length; i++) sources[i].followers.add(state);
  return state;
}

function abort(state, reason) {
  if (state.aborted) return;
  state.aborted = true;
  state.reason = reason === undefined ? new DOMException("the operation was aborted", "AbortError") : reason;
  const { algorithms } = state;
  state.algorithms = new Bag();
  algorithms.forEach((algorithm) => algorithm(state.reason));
  dispatch(state);
  state.followers.forEach((follower) => abort(follower, state.reason));
}

// Calls who listens, in the order in which they came; one that fails does not keep the others from hearing it.
function dispatch({ signal, handler, listeners }) {
  const event = freeze({ type: "abort", target: signal, currentTarget: signal });
  if (handler !== null) callBack(current, handler, [event]);
  const now = bare();
  listeners.forEach((once, listener) => {
    now[now.length] = listener;
  });
  for (let i = 0; i < now.length; i++) if (listeners.has(now[i])) hearEvent(listeners, now[i], event);
}

function hearEvent(listeners, listener, event) {
  if (listeners.get(listener)) listeners.delete(listener);
  if (isFunction(listener)) callBack(current, listener, [event]);
  else callBack(current, () => listener.handleEvent(event), []);
}

class AbortController {
  #state = newSignal();

  get signal() {
    return this.#state.signal;
  }

  abort(reason = undefined) {
    abort(this.#state, reason);
  }
}
