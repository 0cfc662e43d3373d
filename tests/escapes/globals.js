// expect: contained
// What is there is what ought to be there.
const language = `AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry
  Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError
  ReferenceError Reflect RegExp Set String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef
  WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape`;
const ours = `Json Log Probe Run SpellError ask attempt fail map parallel print race say sleep spawn spell timeout console setTimeout clearTimeout setInterval
  clearInterval queueMicrotask structuredClone atob btoa crypto performance URL URLSearchParams TextEncoder TextDecoder
  AbortController AbortSignal DOMException Headers Event Workflow approve Human retry step
  Config Fs Http Prompt Secrets Sql State System Request Response fetch Text`;
const allowed = new Set((language + " " + ours).split(/\s+/));
const odd = Object.getOwnPropertyNames(globalThis).filter((name) => !allowed.has(name));
const symbols = Object.getOwnPropertySymbols(globalThis).filter((each) => each !== Symbol.toStringTag);
if (odd.length || symbols.length) fail(`also there: ${odd.join(" ")} ${symbols.map(String)}`);
let parent = Object.getPrototypeOf(globalThis);
while (parent && parent !== Object.prototype) {
  const more = Object.getOwnPropertyNames(parent).filter((name) => name !== "constructor");
  if (more.length) fail(`inherited: ${more.join(" ")}`);
  parent = Object.getPrototypeOf(parent);
}
export default "contained";
