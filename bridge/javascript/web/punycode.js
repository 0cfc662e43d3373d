// Punycode (RFC 3492): labels beyond ASCII written in ASCII.

const BASE = 36;
const FIRST_POINT = 0x80;
const FIRST_BIAS = 72;
const DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789";
const LAST_POINT = 0x10ffff;

function adapted(delta, count, isFirst) {
  let rest = isFirst ? floor(delta / 700) : floor(delta / 2);
  rest += floor(rest / count);
  let bias = 0;
  for (; rest > 455; bias += BASE) rest = floor(rest / (BASE - 1));
  return bias + floor((BASE * rest) / (rest + 38));
}

const threshold = (k, bias) => min(max(k - bias, 1), 26);

function pointsOf(text) {
  const points = bare();
  for (let i = 0; i < text.length; i++) {
    const point = codePointAt(text, i);
    points[points.length] = point;
    if (point > 0xffff) i += 1;
  }
  return points;
}

// Returns a number in digits whose worth depends on what came before.
function digitsOf(delta, bias) {
  let text = "";
  let rest = delta;
  for (let k = BASE; ; k += BASE) {
    const t = threshold(k, bias);
    if (rest < t) return text + DIGITS[rest];
    text += DIGITS[t + ((rest - t) % (BASE - t))];
    rest = floor((rest - t) / (BASE - t));
  }
}

function toPunycode(text) {
  const points = pointsOf(text);
  let out = "";
  for (let i = 0; i < points.length; i++) if (points[i] < FIRST_POINT) out += fromCodePoint(points[i]);
  const basic = out.length;
  if (basic > 0) out += "-";
  let delta = 0;
  let bias = FIRST_BIAS;
  for (let n = FIRST_POINT, done = basic; done < points.length; n += 1, delta += 1) {
    const next = lowestFrom(points, n);
    delta += (next - n) * (done + 1);
    n = next;
    for (let i = 0; i < points.length; i++) {
      if (points[i] < n) delta += 1;
      if (points[i] !== n) continue;
      out += digitsOf(delta, bias);
      bias = adapted(delta, done + 1, done === basic);
      delta = 0;
      done += 1;
    }
  }
  return out;
}

function lowestFrom(points, least) {
  let lowest = LAST_POINT;
  for (let i = 0; i < points.length; i++) if (points[i] >= least) lowest = min(lowest, points[i]);
  return lowest;
}

// Returns the text of a label without its `xn--`, or null.
function fromPunycode(label) {
  const cutAt = lastIndexOf(label, "-");
  const points = pointsOf(slice(label, 0, max(cutAt, 0)));
  let point = FIRST_POINT;
  let index = 0;
  let bias = FIRST_BIAS;
  for (let at = cutAt < 0 ? 0 : cutAt + 1; at < label.length;) {
    const before = index;
    let weight = 1;
    for (let k = BASE; ; k += BASE, at++) {
      const digit = at < label.length ? indexOf(DIGITS, label[at]) : -1;
      if (digit < 0) return null;
      index += digit * weight;
      const t = threshold(k, bias);
      if (digit < t) break;
      weight *= BASE - t;
    }
    at += 1;
    const count = points.length + 1;
    bias = adapted(index - before, count, before === 0);
    point += floor(index / count);
    index %= count;
    if (!(point <= LAST_POINT)) return null;
    insert(points, index, point);
    index += 1;
  }
  return textOfPoints(points);
}

function insert(list, index, item) {
  for (let i = list.length; i > index; i--) list[i] = list[i - 1];
  list[index] = item;
}

function textOfPoints(points) {
  let text = "";
  for (let i = 0; i < points.length; i++) text += fromCodePoint(points[i]);
  return text;
}
