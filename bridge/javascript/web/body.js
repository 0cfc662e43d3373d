// What requests and responses carry, and the response itself.

const REASONS = new Table([
  [200, "OK"], [201, "Created"], [202, "Accepted"], [204, "No Content"], [206, "Partial Content"],
  [301, "Moved Permanently"], [302, "Found"], [303, "See Other"], [304, "Not Modified"], [307, "Temporary Redirect"],
  [308, "Permanent Redirect"], [400, "Bad Request"], [401, "Unauthorized"], [403, "Forbidden"], [404, "Not Found"],
  [405, "Method Not Allowed"], [409, "Conflict"], [410, "Gone"], [422, "Unprocessable Content"],
  [429, "Too Many Requests"], [500, "Internal Server Error"], [502, "Bad Gateway"], [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
]);

// Returns { data, type }: the text or the bytes of a body that a script gives, and what they are by default.
function bodyOf(verb, body) {
  refuseGuard(body);
  if (body === undefined || body === null) return { __proto__: null, data: null, type: null };
  const params = pairsOf(body);
  if (params !== null) {
    return { __proto__: null, data: formText(params), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  const bytes = isObject(body) ? bytesOf(body) : null;
  if (bytes !== null) return { __proto__: null, data: bytesCopy(bytes), type: null };
  const isText = typeof body === "string" || values.has(body);
  demand(isText, verb, "body", "a string, bytes or URLSearchParams (`JSON.stringify(…)` makes a string)", body);
  return { __proto__: null, data: toWellFormed(asText(body)), type: "text/plain;charset=UTF-8" };
}

const asBytes = (data) => (data === null ? new NativeBytes(0) : typeof data === "string" ? utf8Of(data) : bytesCopy(data));
const asString = (data) => (data === null ? "" : typeof data === "string" ? data : textOfUtf8(data));

let dataOf; // Request or Response -> its body: a text, bytes, or null
let demandFresh; // raises an error if that body has been read

class Body {
  #data;
  #used = false;
  #about; // what it is, for an error

  static {
    dataOf = (body) => body.#data;
    demandFresh = (body, label, hint) => {
      if (body.#used) throw wrong(`${label}: this body has been read already`, hint);
    };
  }

  constructor(data, about) {
    this.#data = data;
    this.#about = about;
  }

  get bodyUsed() {
    return this.#used;
  }

  get body() {
    if (this.#data === null) return null;
    throw fault(fields("script", "a `body` cannot be read piece by piece", "await .text(), .json() or .bytes()"));
  }

  // Returns a promise of the body, which is taken once, as something else.
  #take(label, convert) {
    const wait = hold(label, siteOf());
    if (wait.state !== PENDING) return wait.promise;
    try {
      demandFresh(this, label, "read a `.clone()`");
      this.#used = this.#data !== null;
      finish(wait, true, convert(this.#data));
    } catch (error) {
      finish(wait, false, locate(error, wait.found));
    }
    return wait.promise;
  }

  text() {
    return this.#take("text", (data) => withoutMark(asString(data)));
  }

  json() {
    return this.#take("json", (data) => jsonOf(withoutMark(asString(data)), this.#about));
  }

  bytes() {
    return this.#take("bytes", asBytes);
  }

  arrayBuffer() {
    return this.#take("arrayBuffer", (data) => typedBuffer(asBytes(data)));
  }
}

function jsonOf(text, about) {
  try {
    return decodeJson(text);
  } catch (error) {
    throw fault(fields("http", `json: ${about()} is not JSON: ${error.message}`));
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Responses

let responseOver; // makes the Response of what the host has answered

class Response extends Body {
  #headers;
  #status;
  #statusText;
  #url = "";
  #redirected = false;

  static {
    responseOver = (data, parts, headers) => {
      const response = new Response(null, MADE_HERE, data);
      response.#status = parts.status;
      response.#statusText = REASONS.get(parts.status) ?? "";
      response.#headers = headers;
      response.#url = parts.url;
      response.#redirected = parts.redirected;
      return response;
    };
  }

  constructor(body = null, init = undefined, data = null) {
    const given = init === MADE_HERE ? { __proto__: null, data, type: null } : bodyOf("Response", body);
    super(given.data, () => aboutResponse(this.#status, this.#headers));
    if (init !== MADE_HERE) this.#begin(init, given.type);
  }

  #begin(init, type) {
    const { status, statusText, headers } = optionsOf("Response", init ?? undefined, {
      __proto__: null, status: 200, statusText: "", headers: undefined,
    });
    const isStatus = isInteger(status) && status >= 200 && status <= 599;
    demand(isStatus, "Response", "status", "a whole number from 200 to 599", status);
    this.#status = status;
    this.#statusText = textual(statusText);
    this.#headers = new Headers(headers);
    addType(this.#headers, type);
  }

  static json(data, init = undefined) {
    const response = new Response(null, MADE_HERE, Json.encode(data));
    response.#begin(init, "application/json");
    return response;
  }

  get headers() {
    return this.#headers;
  }

  get ok() {
    return this.#status >= 200 && this.#status < 300;
  }

  get redirected() {
    return this.#redirected;
  }

  get status() {
    return this.#status;
  }

  get statusText() {
    return this.#statusText;
  }

  get url() {
    return this.#url;
  }

  clone() {
    demandFresh(this, "clone", "clone it before it is read");
    const parts = { __proto__: null, status: this.#status, url: this.#url, redirected: this.#redirected };
    const copy = responseOver(dataOf(this), parts, new Headers(this.#headers));
    copy.#statusText = this.#statusText;
    return copy;
  }
}

function aboutResponse(status, headers) {
  const type = joinedValues(headersOf(headers), "content-type");
  return `the answer with status ${status} and ${type === null ? "no content type" : `content type ${cut(type, 100)}`}`;
}

function addType(headers, type) {
  const pairs = headersOf(headers);
  if (type !== null && joinedValues(pairs, "content-type") === null) addHeaders(pairs, [{ name: "content-type", value: type }]);
}
