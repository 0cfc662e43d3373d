// The globals of the web platform.

const CLASSES = [URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal, DOMException, Headers];

function offerWeb(surface, seed) {
  dice = seeded(seed + 1);
  for (let i = 0; i < CLASSES.length; i++) publish(CLASSES[i]);
  const functions = [atob, btoa, structuredClone];
  if (timer !== null) functions.push(setTimeout, setInterval, clearTimeout, clearInterval);
  if (findRequesters(surface)) {
    functions.push(fetch);
    publish(Request);
    publish(Response);
  }
  for (const fn of functions) define(fn.name, named(fn, fn.name));
  for (const name of keys(crypto)) freeze(crypto[name]);
  define("crypto", strict(crypto, "crypto"));
}
