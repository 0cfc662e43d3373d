"""Text and bytes, clones, signals, `crypto` and errors with names: as the web has them."""

import base64
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript_guest import Guest, error, message, play, printed, result

from llmspell.messages import Call, Failed

BYTES = "const bytes = (...list) => new Uint8Array(list); const list = (bytes) => Array.from(bytes);\n"

# -- text and bytes ---------------------------------------------------------------------------------------------------


EDGES = "\x00\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff"


@pytest.mark.parametrize("text", ["", "a", "äöü", "€", "😀x", EDGES, "x" * 5000 + "é"])
def test_text_becomes_utf8_and_comes_back(text: str) -> None:
    source = "const { text } = spell(); const e = new TextEncoder().encode(text);"
    source += "export default [btoa(String.fromCharCode(...e)), new TextDecoder().decode(e)]"
    encoded, back = result(source, args={"text": text})
    assert base64.b64decode(encoded) == text.encode()
    assert back == text


def test_half_a_pair_becomes_a_replacement_character() -> None:
    assert result("export default Array.from(new TextEncoder().encode('a\\ud800'))") == [97, 0xEF, 0xBF, 0xBD]
    assert result("export default Array.from(new TextEncoder().encode())") == []


def test_text_is_written_as_far_as_it_fits() -> None:
    source = "const to = new Uint8Array(5); const done = new TextEncoder().encodeInto('a€😀', to);"
    done = {"read": 2, "written": 4}
    assert result(source + "export default [done, Array.from(to)]") == [done, [97, 0xE2, 0x82, 0xAC, 0]]


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff", b"a\xc3", b"\xc3(", b"\xe2\x82", b"\xe2(\xa1", b"\xf0\x9f\x98", b"\xf0\x80\x80\x80", b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xe0\x80\x80x", b"\xf8\x88\x80\x80\x80",
    ],
)  # fmt: skip
def test_malformed_bytes_are_replaced_or_refused(raw: bytes) -> None:
    bytes_ = f"new Uint8Array({list(raw)})"
    assert result(f"export default new TextDecoder().decode({bytes_})") == raw.decode("utf-8", "replace")
    found = error(f"new TextDecoder('utf-8', {{ fatal: true }}).decode({bytes_})")
    assert found["message"] == "TextDecoder.decode: `input` is not valid utf-8"
    assert found["kind"] == "args"


DECODER = """
for (let raw = await echo(); ; ) {
  const bytes = Uint8Array.from(raw), at = raw.length >> 1, pieces = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = pieces.decode(bytes.subarray(0, at), { stream: true }) + pieces.decode(bytes.subarray(at));
  raw = await echo([text, Array.from(new TextEncoder().encode(text))]);
}"""


@pytest.fixture(scope="module")
def decoder() -> Iterator[Guest]:
    with Guest(DECODER) as guest:
        yield guest


@given(st.binary(max_size=40) | st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(deadline=None)
def test_any_bytes_are_read_as_python_reads_them(decoder: Guest, raw: bytes) -> None:
    number = sum(isinstance(entry, Call) for batch in decoder.batches for entry in batch)
    (call,) = decoder.reply(number, list(raw))
    assert isinstance(call, Call)
    text = raw.decode("utf-8", "replace")
    assert call.args == [[text, list(text.encode())]]


def test_a_byte_order_mark_is_left_out_once_unless_it_is_wanted() -> None:
    mark = "bytes(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 97)"
    assert result(BYTES + f"export default new TextDecoder().decode({mark})") == "\ufeffa"
    kept = f"export default new TextDecoder('utf8', {{ ignoreBOM: true }}).decode({mark})"
    assert result(BYTES + kept) == "\ufeff\ufeffa"


def test_bytes_may_come_in_pieces() -> None:
    source = (
        BYTES
        + """
    const d = new TextDecoder(); let text = "";
    for (const byte of [0xef, 0xbb, 0xbf, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]) {
      text += d.decode(bytes(byte), { stream: true });
    }
    text += d.decode(bytes(0xe2), { stream: true });
    export default [text, d.decode(), d.decode(bytes(0xef, 0xbb, 0xbf, 98))]"""
    )
    assert result(source) == ["€😀", "\ufffd", "b"]


@pytest.mark.parametrize(
    ("label", "codec"), [("utf-16", "utf-16-le"), ("utf-16be", "utf-16-be"), (" Latin1\n", "cp1252")]
)
def test_other_encodings_are_read(label: str, codec: str) -> None:
    text = "aéÿ€" if codec == "cp1252" else "aé€😀"
    raw = list(text.encode(codec))
    assert result(f"export default new TextDecoder({label!r}).decode(new Uint8Array({raw}))") == text


def test_halves_of_utf16_are_replaced() -> None:
    decoded = "new TextDecoder('utf-16le').decode(new Uint8Array([{}]))"
    for raw in ("0, 0xd8", "0x61", "0, 0xdc", "0, 0xd8, 0x61"):
        assert result(f"export default {decoded.format(raw)}").endswith("\ufffd"), raw
    assert result(f"export default {decoded.format('0, 0xd8, 0x61, 0')}") == "\ufffda"


def test_views_and_buffers_are_read_where_they_begin() -> None:
    source = (
        BYTES
        + """
    const buffer = bytes(120, 97, 98, 120).buffer; const d = new TextDecoder();
    const all = [new Uint8Array(buffer, 1, 2), new DataView(buffer, 1, 2), new Uint16Array(buffer), buffer];
    export default all.map((each) => d.decode(each))"""
    )
    assert result(source) == ["ab", "ab", "xabx", "xabx"]


def test_an_unknown_encoding_says_what_there_is() -> None:
    expected = 'TextDecoder: there is no encoding "shift_jis": utf-8, utf-16le, utf-16be, latin1'
    assert message("new TextDecoder('shift_jis')") == expected
    assert result("try { new TextDecoder('x') } catch (e) { var is = e instanceof RangeError } export default is")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "new TextDecoder().decode('x')",
            'TextDecoder.decode: `input` must be an ArrayBuffer or a view of one, got "x"',
        ),
        ("new TextDecoder().decode(echo(1))", "missing `await` before echo(…)"),
        (
            "new TextEncoder().encodeInto('x', [])",
            "TextEncoder.encodeInto: `destination` must be a Uint8Array, got a list",
        ),
        ("btoa('€')", "btoa: a character beyond U+00FF is no byte"),
        ("btoa(echo(1))", "missing `await` before echo(…)"),
        ("atob('a')", 'atob: "a" is not base64'),
        ("atob('a===')", 'atob: "a===" is not base64'),
        ("atob('ab=c')", 'atob: "ab=c" is not base64'),
        ("atob('a-_b')", 'atob: "a-_b" is not base64'),
    ],
)
def test_wrong_text_and_bytes_are_errors_at_their_place(source: str, expected: str) -> None:
    found = error(f"\n  {source}")
    assert found["message"] == expected
    assert found["where"]["line"] == 2


@pytest.mark.parametrize("text", ["", "YQ==", "YQ", " Y Q = = ", "YWI=", "YWJj", "/+8=", "AAECAw=="])
def test_base64_is_read_as_forgivingly_as_elsewhere(text: str) -> None:
    clean = text.replace(" ", "").rstrip("=")
    expected = base64.b64decode(clean + "=" * (-len(clean) % 4)).decode("latin-1")
    assert result(f"export default atob({text!r})") == expected
    assert result(f"export default btoa(atob({text!r}))").rstrip("=") == clean


# -- clones -----------------------------------------------------------------------------------------------------------


def test_a_clone_shares_nothing() -> None:
    source = """
    const from = { list: [1, , { a: 2n }], date: new Date(5), map: new Map([[{ k: 1 }, new Set([1])]]), re: /x+/giu,
      bytes: new Uint8Array([1, 2, 3]).subarray(1), box: Object("s"), nan: NaN, nothing: undefined, [Symbol("s")]: 1 };
    from.self = from; from.again = from.list;
    Object.defineProperty(from, "hidden", { value: 1, enumerable: false });
    const to = structuredClone(from);
    from.list[2].a = 3n; from.bytes[0] = 9; from.date.setTime(0); from.map.clear();
    const [[key, value]] = to.map;
    export default [
      to !== from, to.self === to, to.again === to.list, to.list.length, 1 in to.list, String(to.list[2].a),
      to.date.getTime(), to.date instanceof Date, key.k, value.has(1), to.re.source, to.re.flags, to.bytes.length,
      to.bytes[0], to.bytes.buffer.byteLength, typeof to.box, to.box + "", Number.isNaN(to.nan), "nothing" in to,
      Object.getOwnPropertySymbols(to).length, "hidden" in to]"""
    assert result(source) == [
        True, True, True, 3, False, "2", 5, True, 1, True, "x+", "giu", 2, 2, 3,
        "object", "s", True, True, 0, False,
    ]  # fmt: skip


def test_views_of_one_buffer_stay_views_of_one_buffer() -> None:
    source = """
    const buffer = new ArrayBuffer(8);
    const to = structuredClone({
      a: new Uint8Array(buffer, 2, 3), b: new DataView(buffer, 1, 4), c: new Float64Array(buffer), buffer });
    export default [
      to.a.buffer === to.b.buffer, to.c.buffer === to.buffer, to.a.byteOffset, to.b.byteLength, to.buffer === buffer]"""
    assert result(source) == [True, True, 2, 4, False]


def test_errors_are_cloned_with_their_kind() -> None:
    source = """
    const plain = structuredClone(new TypeError("no", { cause: { a: 1 } }));
    let caught; try { fail("x", { kind: "http", hint: "h" }) } catch (e) { caught = structuredClone(e) }
    export default [
      plain instanceof TypeError, plain.message, plain.cause, caught instanceof SpellError, caught.kind, caught.hint,
      caught.where.line]"""
    assert result(source) == [True, "no", {"a": 1}, True, "http", "h", 3]


def test_a_reply_is_cloned_as_plain_data() -> None:
    source = "const r = structuredClone(await ask('x')); r.more = 1; export default { ...r }"
    assert result(source, lambda call: {"text": "t", "data": None}) == {"text": "t", "data": None, "more": 1}


def test_class_instances_become_plain_objects() -> None:
    source = "class P { x = 1; get y() { return 2 } } const to = structuredClone(new P()); "
    assert result(source + "export default [to, Object.getPrototypeOf(to) === Object.prototype]") == [{"x": 1}, True]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("{ f() {} }", "the function `f`"), ("[Symbol()]", "a symbol"), ("Promise.resolve(1)", "a Promise"),
        ("new WeakMap()", "a WeakMap"), ("new URL('http://a')", "a URL"), ("Log", "`Log`"),
        ("await counter()", "a handle"),
        ("new AbortController().signal", "an AbortSignal"),
    ],
)  # fmt: skip
def test_what_is_no_data_cannot_be_cloned(source: str, what: str) -> None:
    found = error(f"structuredClone({source})", lambda call: 1)
    assert found["message"] == f"structuredClone: {what} cannot be cloned"
    caught = f"try {{ structuredClone({source}) }} catch (e) {{ print(e.name, e.code, e instanceof DOMException) }}"
    assert printed(play(caught, lambda call: 1)) == "DataCloneError 25 true\n"


def test_nothing_is_transferred() -> None:
    assert "`transfer` is not offered" in message("const b = new ArrayBuffer(1); structuredClone(b, { transfer: [b] })")
    assert result("export default structuredClone(1, { transfer: [] })") == 1


# -- signals ----------------------------------------------------------------------------------------------------------


def test_a_controller_tells_its_signal() -> None:
    source = """
    const controller = new AbortController(); const { signal } = controller; const seen = [];
    const listener = (event) => seen.push([event.type, event.target === signal]);
    signal.addEventListener("abort", listener); signal.addEventListener("abort", listener);
    signal.addEventListener("abort", { handleEvent: () => seen.push("object") }, { once: true });
    signal.onabort = () => seen.push("on");
    const gone = () => seen.push("gone");
    signal.addEventListener("abort", gone); signal.removeEventListener("abort", gone);
    signal.addEventListener("other", gone); signal.throwIfAborted();
    seen.push(signal.aborted); controller.abort(); controller.abort("again");
    export default [seen, signal.aborted, signal.reason.name, signal.reason.code, signal.reason.message]"""
    assert result(source) == [
        [False, "on", ["abort", True], "object"], True, "AbortError", 20, "the operation was aborted",
    ]  # fmt: skip


def test_a_reason_is_what_is_thrown() -> None:
    source = "const c = new AbortController(); c.abort({ my: 1 });"
    source += "try { c.signal.throwIfAborted() } catch (e) { print(e) }"
    assert printed(play(source)) == '{"my":1}\n'
    assert result("export default AbortSignal.abort(7).reason") == 7
    assert error("AbortSignal.abort().throwIfAborted()")["message"] == "the operation was aborted"


def test_any_of_several_signals_aborts_one() -> None:
    source = """
    const a = new AbortController(), b = new AbortController();
    const any = AbortSignal.any([a.signal, b.signal]); const both = AbortSignal.any([any]);
    let heard = 0; both.onabort = () => heard++;
    b.abort("b"); a.abort("a");
    const late = AbortSignal.any([a.signal, b.signal]);
    export default [any.reason, both.reason, heard, late.reason, AbortSignal.any([]).aborted]"""
    assert result(source) == ["b", "b", 1, "a", False]


def test_a_signal_can_wait_for_its_time() -> None:
    source = "const signal = AbortSignal.timeout(50);\nawait new Promise((done) => { signal.onabort = done });"
    source += "signal.throwIfAborted()"
    with Guest(source) as guest:
        assert guest.first[0].args == [0.05]  # type: ignore[union-attr]
        (failed,) = guest.reply(1)
        assert isinstance(failed, Failed)
        assert failed.error["kind"] == "timeout"
        assert failed.error["message"] == "the operation took too long"
        assert failed.error["where"]["line"] == 1


def test_a_listener_that_fails_makes_its_function_fail_and_hinders_no_other() -> None:
    source = """
    const c = new AbortController();
    c.signal.addEventListener("abort", () => fail("first")); c.signal.addEventListener("abort", () => print("second"));
    c.abort(); print("goes on")"""
    said = play(source)
    assert printed(said) == "second\ngoes on\n"
    assert isinstance(said[-1], Failed)
    assert said[-1].error["message"] == "first"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("new AbortSignal()", "AbortSignal: one comes from `new AbortController()`, `AbortSignal.timeout` or `.any`"),
        ("AbortSignal.timeout('1s')", 'AbortSignal.timeout: `ms` must be a number of milliseconds, got "1s"'),
        ("AbortSignal.any([1])", "AbortSignal.any: `signals` must be a list of signals, got 1"),
        (
            "new AbortController().signal.addEventListener('abort', 1)",
            "AbortSignal.addEventListener: `listener` must be a function, got 1",
        ),
    ],
)
def test_wrong_arguments_of_signals_name_the_parameter(source: str, expected: str) -> None:
    assert message(source) == expected


# -- chance -----------------------------------------------------------------------------------------------------------

CHANCE = """
const numbers = crypto.getRandomValues(new Uint16Array(4));
export default [crypto.randomUUID(), crypto.randomUUID(), Array.from(numbers)]"""


def test_names_by_chance_are_the_same_for_the_same_seed() -> None:
    first, again, other = [result(CHANCE, seed=seed) for seed in (5, 5, 6)]
    assert first == again
    assert first[0] != first[1]
    assert set(first[:2]).isdisjoint(other[:2])
    assert re.fullmatch(r"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}", first[0])


def test_names_by_chance_leave_the_numbers_alone() -> None:
    assert result("crypto.randomUUID(); export default Math.random()") == result("export default Math.random()")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("new Float64Array(1)", "TypeMismatchError"), ("[1]", "TypeMismatchError"),
        ("new Uint8Array(65537)", "QuotaExceededError"), ("new DataView(new ArrayBuffer(1))", "TypeMismatchError"),
    ],
)  # fmt: skip
def test_chance_fills_only_whole_numbers_and_not_too_many(source: str, name: str) -> None:
    found = result(f"try {{ crypto.getRandomValues({source}) }} catch (e) {{ var name = e.name }} export default name")
    assert found == name


def test_crypto_has_nothing_that_could_be_taken_for_safe() -> None:
    found = error("crypto.subtle")
    assert found["message"] == "`crypto.subtle` is not defined"


# -- console, and what a script may do to all this --------------------------------------------------------------------


def test_an_error_with_a_name_is_an_error() -> None:
    source = 'const e = new DOMException("m", "NotFoundError");'
    source += "export default [e instanceof Error, e.name, e.code, e.message, `${e}`]"
    assert result(source) == [True, "NotFoundError", 0, "m", "m"]
    assert error('throw new DOMException("m", "TimeoutError")')["kind"] == "timeout"
    assert error('\nthrow new DOMException("m")')["where"]["line"] == 2


def test_the_globals_cannot_be_replaced() -> None:
    for name in ("URL", "fetch", "setTimeout", "structuredClone", "crypto"):
        if name != "fetch":
            assert "Cannot assign to read only property" in message(f"globalThis.{name} = 1")


def test_there_is_no_fetch_without_the_op_that_sends_requests() -> None:
    found = error("await fetch('http://a')")
    assert found["data"] == {"undefined": "fetch"}
    assert result("export default [typeof fetch, typeof Response, typeof Request]") == ["undefined"] * 3


POISON = """
const poison = () => { throw new Error("poison") };
const Typed = Object.getPrototypeOf(Uint8Array);
const kinds = [String, Array, Map, Set, Uint8Array, Typed, ArrayBuffer, RegExp, Date, Promise];
for (const kind of kinds) {
  for (const name of Object.getOwnPropertyNames(kind.prototype)) {
    const found = Object.getOwnPropertyDescriptor(kind.prototype, name);
    if (name === "constructor" || !found.configurable) continue;
    if (kind === Promise && name === "then") continue;
    Object.defineProperty(kind.prototype, name, found.get ? { get: poison } : { value: poison });
  }
}
for (const key of ["0", "1", "name", "value", "done", "then", "kind", "fatal", "stream", "once"]) {
  Object.defineProperty(Object.prototype, key, { __proto__: null, set: poison, configurable: true });
}
for (const key of [Symbol.replace, Symbol.match, Symbol.split, Symbol.search]) RegExp.prototype[key] = poison;
Array.prototype[Symbol.iterator] = String.prototype[Symbol.iterator] = poison;
Uint8Array.fromBase64 = String.fromCharCode = String.fromCodePoint = Math.max = Math.min = Math.floor = poison;
"""


def test_what_a_script_does_to_the_language_does_no_harm_here() -> None:
    source = (
        POISON
        + """
    const url = new URL("../x?a=1&b=ä#f", "http://ü.de:80/a/b/");
    url.searchParams.append("c", "d e"); url.host = "0x7f.1";
    print(url.href, url.searchParams.get("b"));
    print(new TextDecoder().decode(new TextEncoder().encode("aä€😀")), atob(btoa("hey")));
    print(crypto.randomUUID() !== crypto.randomUUID());
    const controller = new AbortController(); controller.signal.onabort = () => print("aborted"); controller.abort();
    const to = structuredClone({ list: [1, { x: 2 }], text: "t" }); print(to.list[1].x, to.text);
    const headers = new Headers(); headers.append("B", "1"); headers.append("A", "2");
    headers.forEach((value, name) => print(name, value));
    await new Promise((done) => setTimeout(done, 5)); print("end")"""
    )
    assert printed(play(source)).splitlines() == [
        "http://127.0.0.1/a/x?a=1&b=%C3%A4&c=d+e#f ä", "aä€😀 hey", "true", "aborted", "2 t", "a 2", "b 1", "end",
    ]  # fmt: skip


def test_a_wrong_receiver_is_refused() -> None:
    for source in ("URL.prototype.href", "AbortSignal.prototype.aborted", "Headers.prototype.get.call({}, 'a')"):
        assert error(source)["kind"] == "script"
