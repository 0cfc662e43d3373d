// Reading and writing addresses, after the URL standard: a text, and what it is relative to, become
//     { scheme, username, password, host, port, path, query, fragment }
// where host, port, query and fragment may be null, and the path is a list, or a text where it is opaque. Nothing that
// is wrong with a text raises an error here: the result is null.

const DEFAULT_PORTS = new Table([["http", 80], ["https", 443], ["ws", 80], ["wss", 443], ["ftp", 21], ["file", null]]);
const SCHEME = /^([a-z][a-z\d+.-]*):([^]*)$/i;
const DRIVE = /^[a-z][:|]$/i;
const DRIVE_FIRST = /^[a-z][:|](?:$|[/\\?#])/i;
const ONE_DOT = /^(?:\.|%2e)$/i;
const TWO_DOTS = /^(?:\.|%2e){2}$/i;

const isSpecial = ({ scheme }) => DEFAULT_PORTS.has(scheme);
const isOpaque = ({ path }) => typeof path === "string";
const isSlash = (character, special) => character === "/" || (special && character === "\\");

function newAddress(scheme) {
  return {
    __proto__: null, scheme, username: "", password: "", host: null, port: null, path: bare(), query: null, fragment: null,
  };
}

function copyPath(path) {
  if (typeof path === "string") return path;
  const copy = bare();
  for (let i = 0; i < path.length; i++) copy[i] = path[i];
  return copy;
}

// Takes over what an address has before its path.
function inherit(address, base) {
  address.username = base.username;
  address.password = base.password;
  address.host = base.host;
  address.port = base.port;
  return address;
}

// Leaves out what is lost when an address is pasted: tabs and line ends.
function withoutBreaks(text) {
  if (test(/[\t\n\r]/, text) === null) return text;
  return united(divided(united(divided(united(divided(text, "\t"), ""), "\n"), ""), "\r"), "");
}

function parseAddress(text, base) {
  const input = withoutBreaks(trimmed(text, (unit) => unit <= 0x20));
  const found = test(SCHEME, input);
  if (found === null) return base === null ? null : parseRelative(input, base);
  const address = newAddress(lowerCase(found[1]));
  const rest = found[2];
  if (address.scheme === "file") return parseFile(address, rest, base !== null && base.scheme === "file" ? base : null);
  if (isSpecial(address)) {
    const isRelative = base !== null && base.scheme === address.scheme && !startsWith(rest, "//");
    return isRelative ? parseReference(address, rest, base) : parseAuthority(address, withoutSlashes(rest));
  }
  if (startsWith(rest, "//")) return parseAuthority(address, slice(rest, 2));
  return startsWith(rest, "/") ? readPath(address, rest) : readOpaque(address, rest);
}

function withoutSlashes(text) {
  let at = 0;
  while (at < text.length && isSlash(text[at], true)) at += 1;
  return slice(text, at);
}

// ---------------------------------------------------------------------------------------------------------------
// Relative to another

function parseRelative(text, base) {
  if (base.scheme === "file") return parseFile(newAddress("file"), text, base);
  if (!isOpaque(base)) return parseReference(newAddress(base.scheme), text, base);
  if (!startsWith(text, "#")) return null;
  const address = inherit(newAddress(base.scheme), base);
  address.path = base.path;
  address.query = base.query;
  return readTail(address, text);
}

function parseReference(address, text, base) {
  const special = isSpecial(address);
  if (text === "" || !isSlash(text[0], special)) return readReference(inherit(address, base), text, base);
  if (text.length < 2 || !isSlash(text[1], special)) return readPath(inherit(address, base), text);
  return parseAuthority(address, special ? withoutSlashes(text) : slice(text, 2));
}

// Reads what does not begin with a slash: a query, a fragment, or a path from where the base is.
function readReference(address, text, base) {
  address.path = copyPath(base.path);
  if (text === "" || text[0] === "#" || text[0] === "?") {
    address.query = base.query;
    return readTail(address, text);
  }
  shorten(address);
  return readSegments(address, text);
}

// Takes the last part off a path, but not the drive of a file.
function shorten(address) {
  const { path, scheme } = address;
  if (scheme === "file" && path.length === 1 && test(/^[a-z]:$/i, path[0]) !== null) return;
  if (path.length > 0) path.length -= 1;
}

// ---------------------------------------------------------------------------------------------------------------
// Files

function parseFile(address, text, base) {
  address.host = "";
  if (text === "" || !isSlash(text[0], true)) return readFile(address, text, base);
  if (text.length > 1 && isSlash(text[1], true)) return readFileHost(address, slice(text, 2));
  if (base !== null) {
    address.host = base.host;
    const drive = base.path.length === 0 ? "" : base.path[0];
    const hasDrive = test(DRIVE_FIRST, slice(text, 1)) !== null;
    if (!hasDrive && test(/^[a-z]:$/i, drive) !== null) address.path[0] = drive;
  }
  return readSegments(address, slice(text, 1));
}

function readFile(address, text, base) {
  if (base === null) return readSegments(address, text);
  address.host = base.host;
  if (test(DRIVE_FIRST, text) === null) return readReference(address, text, base);
  return readSegments(address, text);
}

function readFileHost(address, text) {
  const end = endOf(text, /[/\\?#]/);
  const name = slice(text, 0, end);
  if (test(DRIVE, name) !== null) return readSegments(address, text);
  if (!setFileHost(address, name)) return null;
  return readPath(address, slice(text, end));
}

function setFileHost(address, name) {
  const host = name === "" ? "" : hostOf(name, true);
  if (host === null) return false;
  address.host = host === "localhost" ? "" : host;
  return true;
}

// ---------------------------------------------------------------------------------------------------------------
// Authority

// Returns where in a text a pattern is found first, or where the text ends.
function endOf(text, pattern) {
  const found = test(pattern, text);
  return found === null ? text.length : found.index;
}

function parseAuthority(address, text) {
  const end = endOf(text, isSpecial(address) ? /[/\\?#]/ : /[/?#]/);
  const authority = slice(text, 0, end);
  const at = lastIndexOf(authority, "@");
  const server = slice(authority, at + 1);
  if (at >= 0) {
    if (server === "") return null;
    readUser(address, slice(authority, 0, at));
  }
  const { name, port } = splitServer(server);
  if (name === "" && (port !== null || isSpecial(address))) return null;
  const host = name === "" ? "" : hostOf(name, isSpecial(address));
  if (host === null || (port !== null && !setPort(address, port))) return null;
  address.host = host;
  return readPath(address, slice(text, end));
}

function readUser(address, text) {
  const at = indexOf(text, ":");
  address.username = percentEncoded(at < 0 ? text : slice(text, 0, at), IN_USER);
  address.password = at < 0 ? "" : percentEncoded(slice(text, at + 1), IN_USER);
}

// Splits a host from its port, which is null if there is no colon; those inside of brackets do not count.
function splitServer(text) {
  let isInside = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "[") isInside = true;
    else if (text[i] === "]") isInside = false;
    else if (text[i] === ":" && !isInside) {
      return { __proto__: null, name: slice(text, 0, i), port: slice(text, i + 1) };
    }
  }
  return { __proto__: null, name: text, port: null };
}

function setPort(address, text) {
  if (text === "") return true;
  if (test(/^\d+$/, text) === null || +text > 0xffff) return false;
  address.port = +text === (DEFAULT_PORTS.get(address.scheme) ?? null) ? null : +text;
  return true;
}

// ---------------------------------------------------------------------------------------------------------------
// Path, query, fragment

function readPath(address, text) {
  if (isSpecial(address)) return readSegments(address, text !== "" && isSlash(text[0], true) ? slice(text, 1) : text);
  if (text === "" || text[0] === "?" || text[0] === "#") return readTail(address, text);
  return readSegments(address, text[0] === "/" ? slice(text, 1) : text);
}

function readSegments(address, text) {
  const end = endOf(text, /[?#]/);
  addSegments(address, slice(text, 0, end));
  return readTail(address, slice(text, end));
}

// Appends the parts of a path, which has lost its first slash.
function addSegments(address, text) {
  const special = isSpecial(address);
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && !isSlash(text[i], special)) continue;
    addSegment(address, slice(text, from, i), i === text.length);
    from = i + 1;
  }
}

function addSegment(address, segment, isLast) {
  const { path } = address;
  if (test(TWO_DOTS, segment) !== null) shorten(address);
  if (test(TWO_DOTS, segment) !== null || test(ONE_DOT, segment) !== null) {
    if (isLast) path[path.length] = "";
  } else if (address.scheme === "file" && path.length === 0 && test(DRIVE, segment) !== null) {
    path[0] = `${segment[0]}:`;
  } else {
    path[path.length] = percentEncoded(segment, IN_PATH);
  }
}

function readOpaque(address, text) {
  const end = endOf(text, /[?#]/);
  address.path = percentEncoded(slice(text, 0, end), IN_OPAQUE);
  return readTail(address, slice(text, end));
}

function queryText(address, text) {
  return percentEncoded(text, isSpecial(address) ? IN_SPECIAL_QUERY : IN_QUERY);
}

// Reads what comes behind the path: nothing, or from `?` or `#` on.
function readTail(address, text) {
  const hash = indexOf(text, "#");
  const query = hash < 0 ? text : slice(text, 0, hash);
  if (query !== "") address.query = queryText(address, slice(query, 1));
  if (hash >= 0) address.fragment = percentEncoded(slice(text, hash + 1), IN_FRAGMENT);
  return address;
}

// ---------------------------------------------------------------------------------------------------------------
// Writing

function serverText({ host, port }) {
  return port === null ? host ?? "" : `${host}:${port}`;
}

function pathText({ path }) {
  if (typeof path === "string") return path;
  return path.length === 0 ? "" : `/${united(path, "/")}`;
}

function userText({ username, password }) {
  if (username === "" && password === "") return "";
  return `${username}${password === "" ? "" : `:${password}`}@`;
}

// A path that begins with two slashes would look like a host.
function hrefOf(address) {
  const { scheme, host, path, query, fragment } = address;
  let text = `${scheme}:`;
  if (host !== null) text += `//${userText(address)}${serverText(address)}`;
  else if (!isOpaque(address) && path.length > 1 && path[0] === "") text += "/.";
  text += pathText(address);
  if (query !== null) text += `?${query}`;
  return fragment === null ? text : `${text}#${fragment}`;
}
