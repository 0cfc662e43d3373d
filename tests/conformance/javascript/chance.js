const id = crypto.randomUUID();
const numbers = crypto.getRandomValues(new Uint8Array(16));
export default [/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id), id !== crypto.randomUUID(), numbers.length];
