// crypto: names that are unlikely to be given twice. They come from the seed of the run, which may be known: they are
// the same when a run is repeated, and they are not fit for secrets.

const QUOTA = 65536; // bytes that one call may want
let dice = null; // a source of numbers between 0 and 1, beside that of `Math.random`

function fillByDice(bytes) {
  const size = typedLength(bytes);
  for (let i = 0; i < size; i++) bytes[i] = floor(dice() * 256);
  return bytes;
}

const isFloat = (kind) => startsWith(kind, "Float");

const crypto = {
  getRandomValues(array) {
    const kind = isView(array) ? typedKind(array) : undefined;
    if (kind === undefined || isFloat(kind)) {
      throw new DOMException("crypto.getRandomValues: `array` must be a typed array of integers", "TypeMismatchError");
    }
    if (typedSize(array) > QUOTA) {
      throw new DOMException(`crypto.getRandomValues: more than ${QUOTA} bytes at once`, "QuotaExceededError");
    }
    fillByDice(bytesOf(array));
    return array;
  },
  randomUUID() {
    const bytes = fillByDice(new NativeBytes(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = "";
    for (let i = 0; i < 16; i++) {
      text += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + (bytes[i] < 16 ? "0" : "") + numberText(bytes[i], 16);
    }
    return text;
  },
};
