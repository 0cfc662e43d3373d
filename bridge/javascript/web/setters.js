// What assigning to a part of a URL does. A value that does not fit changes nothing, as everywhere.

// Whether an address can have a user and a port.
function mayHaveServer({ host, scheme }) {
  return host !== null && host !== "" && scheme !== "file";
}

function originOf(address) {
  const { scheme } = address;
  if (scheme === "blob") {
    const inner = parseAddress(pathText(address), null);
    return inner !== null && test(/^https?$/, inner.scheme) !== null ? originOf(inner) : "null";
  }
  return isSpecial(address) && scheme !== "file" ? `${scheme}://${serverText(address)}` : "null";
}

function changeScheme(address, text) {
  const found = test(/^([a-z][a-z\d+.-]*)(?::|$)/i, text);
  if (found === null) return;
  const scheme = lowerCase(found[1]);
  if (DEFAULT_PORTS.has(scheme) !== isSpecial(address)) return;
  const hasUser = address.username !== "" || address.password !== "";
  if (scheme === "file" && (hasUser || address.port !== null)) return;
  if (address.scheme === "file" && address.host === "") return;
  address.scheme = scheme;
  if (address.port === DEFAULT_PORTS.get(scheme)) address.port = null;
}

function changeHost(address, text, mayHavePort) {
  if (isOpaque(address)) return;
  const special = isSpecial(address);
  const server = slice(text, 0, endOf(text, special ? /[/\\?#]/ : /[/?#]/));
  if (address.scheme === "file") {
    setFileHost(address, server);
    return;
  }
  const { name, port } = splitServer(server);
  const hasMore = address.username !== "" || address.password !== "" || address.port !== null;
  if (port !== null && (name === "" || !mayHavePort)) return;
  if (name === "" && (special || hasMore)) return;
  const host = name === "" ? "" : hostOf(name, special);
  if (host === null) return;
  address.host = host;
  if (port !== null) setDigits(address, port);
}

// Takes the digits that a text begins with as the port, if there are any.
function setDigits(address, text) {
  const digits = test(/^\d*/, text)[0];
  if (digits !== "") setPort(address, digits);
}

function changePort(address, text) {
  if (!mayHaveServer(address)) return;
  if (text === "") address.port = null;
  else setDigits(address, text);
}

function changePath(address, text) {
  if (isOpaque(address)) return;
  const special = isSpecial(address);
  address.path = bare();
  if (text !== "" || special) addSegments(address, text !== "" && isSlash(text[0], special) ? slice(text, 1) : text);
  else if (address.host === null) address.path[0] = "";
}

// What a text has behind its first character, if it is this one.
function behind(text, character) {
  return withoutBreaks(startsWith(text, character) ? slice(text, 1) : text);
}

function changeQuery(address, text) {
  address.query = text === "" ? null : queryText(address, behind(text, "?"));
  trimOpaque(address);
}

function changeFragment(address, text) {
  address.fragment = text === "" ? null : percentEncoded(behind(text, "#"), IN_FRAGMENT);
  trimOpaque(address);
}

// Spaces at the end of an opaque path would be lost when it is read again and nothing follows.
function trimOpaque(address) {
  if (!isOpaque(address) || address.query !== null || address.fragment !== null) return;
  while (endsWith(address.path, " ")) address.path = slice(address.path, 0, -1);
}
