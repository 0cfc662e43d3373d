"""`URL` and `URLSearchParams`, against those of Node: both read an input alike, or both refuse it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript_guest import Guest, error, result

from llmspell.messages import Call

PROBE = """
const PARTS = [
  "href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];
const shape = (url) => [...PARTS.map((part) => url[part]), [...url.searchParams]];
const read = ([text, base, part, value]) => {
  try {
    const url = base === null ? new URL(text) : new URL(text, base);
    if (part !== undefined) url[part] = value;
    return shape(url);
  } catch { return null }
};
"""
NODE = PROBE + (
    "require('readline').createInterface({ input: process.stdin })"
    ".on('line', (line) => console.log(JSON.stringify(JSON.parse(line).map(read))));"
)
OURS = PROBE + "for (let cases = await echo(null);;) cases = await echo(cases.map(read));"

CORPUS: dict[str, Any] = json.loads(Path(__file__).with_name("urls.json").read_text("utf-8"))
ABSOLUTE, RELATIVE, SETTERS = CORPUS["absolute"], CORPUS["relative"], CORPUS["setters"]
BASES = [
    "http://example.com/a/b/c?q#f", "https://u:p@h:444/x", "http://h", "file:///C:/a/b", "file://host/d/e", "file:///a",
    "foo://h/p/q?r", "foo:/p/q", "ftp://f/",
]  # fmt: skip
OPAQUE = [
    (text, base)
    for base in ("foo:opaque", "data:,x?y#z", "mailto:a@b")
    for text in ("#f", "x", "/x", "?x", "", "http:x")
]

SET_ON = ["http://u:p@h:8080/a/b?q#f", "https://h/", "file:///C:/a", "foo://h:1/p", "foo://h", "foo:opaque"]


def agreed(case: Any) -> bool:
    """Return False where Node 20 is known to read otherwise than the standard says.

    It makes nothing of a path that goes above the root of a scheme that it does not know, instead of `/`.
    """
    text = "".join(part for part in case if part)
    return "foo:" not in text or (".." not in text and "%2e" not in text.lower())


GROUPS: dict[str, list[Any]] = {
    "absolute": [(text, None) for text in ABSOLUTE],
    "relative": [(text, base) for base in BASES for text in RELATIVE],
    "opaque": OPAQUE,
    "setters": [(url, None, part, value) for url in SET_ON for part, values in SETTERS.items() for value in values],
}

ATOMS = st.sampled_from(CORPUS["atoms"])
TEXTS = st.lists(ATOMS, min_size=1, max_size=7).map("".join)
WHOLE = st.builds(
    "".join, st.tuples(st.sampled_from(["http://", "https://", "foo://", "file://", "ws:", "foo:"]), TEXTS)
)
RANDOM: st.SearchStrategy[Any] = st.one_of(
    st.tuples(WHOLE, st.none()),
    st.tuples(TEXTS, st.sampled_from(BASES)),
    st.tuples(WHOLE, st.none(), st.sampled_from(["username", "password", "pathname", "search", "hash"]), TEXTS),
).filter(agreed)


@pytest.fixture(scope="module")
def node() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(["node", "-e", NODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


class Reader:
    """A spell that reads cases as long as it gets some."""

    def __init__(self) -> None:
        self.guest = Guest(OURS)
        (self.call,) = self.guest.first

    def read(self, cases: list[Any]) -> list[Any]:
        """Return what `URL` makes of each case."""
        assert isinstance(self.call, Call)
        (self.call,) = self.guest.reply(self.call.id, cases)
        assert isinstance(self.call, Call), self.call
        return cast(list[Any], self.call.args[0])


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    with reader.guest:
        yield reader


def theirs(node: subprocess.Popen[str], cases: list[Any]) -> list[Any]:
    """Return what the `URL` of Node makes of each case."""
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write(json.dumps(cases) + "\n")
    node.stdin.flush()
    return cast(list[Any], json.loads(node.stdout.readline()))


def told(cases: list[Any], found: list[Any], expected: list[Any]) -> list[Any]:
    return [(case, ours, theirs) for case, ours, theirs in zip(cases, found, expected, strict=True) if ours != theirs]


@pytest.mark.parametrize("group", ["absolute", "relative", "opaque", "setters"])
def test_the_corpus_is_read_as_node_reads_it(reader: Reader, node: subprocess.Popen[str], group: str) -> None:
    cases = [case for case in GROUPS[group] if agreed(case)]
    expected = theirs(node, cases)
    assert told(cases, reader.read(cases), expected) == []
    assert {type(each) for each in expected} == {list, type(None)} or group == "setters"


@settings(max_examples=30, deadline=None)
@given(st.lists(RANDOM, min_size=20, max_size=60))
def test_whatever_is_written_is_read_as_node_reads_it(
    reader: Reader, node: subprocess.Popen[str], cases: list[Any]
) -> None:
    assert told(cases, reader.read(cases), theirs(node, cases)) == []


PARAMS = """
const parts = (params) => [String(params), [...params], params.size];
const run = (init, steps) => {
  const p = new URLSearchParams(init);
  for (const [name, ...args] of steps) p[name](...args);
  return parts(p);
};
const all = [
  run("?a=1&b=2&a=3", []), run("a", []), run("??a", []), run({ x: 1, y: "ä ö" }, []), run([["a", "b"], ["c", 1]], []),
  run(new URLSearchParams("q=1"), []), run(undefined, []), run("a=+%2B%20&%zz=%ff", []), run(new Map([["m", "n"]]), []),
  run("a=1&b=2&a=3", [["append", "c", "*-._~ '()!"]]), run("a=1&b=2&a=3", [["delete", "a"]]),
  run("a=1&a=2", [["delete", "a", "2"]]), run("a=1&b=2&a=3", [["set", "a", 9]]), run("a=1", [["set", "z", null]]),
  run("z=1&a=1&z=0&é=1&a=0&😀=1&\ufffd=2", [["sort"]]),
];
const p = new URLSearchParams("a=1&b=2&a=3");
all.push(p.get("a"), p.get("x"), p.getAll("a"), p.has("a"), p.has("a", "3"), p.has("a", "4"));
all.push([...p.keys()], [...p.values()]);
p.forEach((value, name) => all.push([name, value]));
const url = new URL("http://h/?a=1#f");
url.searchParams.append("b", "ä&");
all.push(url.href);
url.search = "?c=3";
all.push([...url.searchParams]);
url.href = "http://h/?d";
all.push([...url.searchParams], url.searchParams === url.searchParams);
for (const [name] of [...url.searchParams]) url.searchParams.delete(name);
all.push(url.href, JSON.stringify({ url }), `${url}`, String(new URL("x", new URL("http://h/y/"))));
all.push(URL.canParse("x"), URL.canParse("x", "http://h"), URL.parse("x"), URL.parse("x", "http://h/y/z").href);
all.push(Object.prototype.toString.call(url), Object.prototype.toString.call(p));
"""


def test_search_params_are_those_of_node() -> None:
    done = subprocess.run(
        ["node", "-e", PARAMS + "console.log(JSON.stringify(all))"], capture_output=True, text=True, check=True
    )
    expected = json.loads(done.stdout)
    for index, (found, theirs) in enumerate(zip(result(PARAMS + "export default all"), expected, strict=True)):
        assert found == theirs, index


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("new URL('nope')", 'URL: "nope" is not a valid URL'),
        ("new URL('x', 'y')", 'URL: "y" is not a valid URL'),
        ("new URL()", 'URL: "undefined" is not a valid URL'),
        ("new URL('http://h').href = 'x'", 'URL.href: "x" is not a valid URL'),
        ("new URLSearchParams([['a']])", "URLSearchParams: `init` must be a list of [name, value], got a list"),
        ("new URLSearchParams({ a: Symbol('s') })", "a string was expected, got Symbol(s)"),
        ("new URLSearchParams('').forEach(1)", "URLSearchParams.forEach: `fn` must be a function, got 1"),
        ("new URL(echo('http://h'))", "missing `await` before echo(…)"),
    ],
)
def test_what_is_wrong_is_an_error_at_its_place(source: str, expected: str) -> None:
    found = error(f"let x;\n {source}")
    assert found["message"] == expected
    assert found["where"]["line"] == 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/a^b?c^d#e^f", "http://h/a%5Eb?c^d#e^f"),
        ("foo:/a/../..", "foo:/"),
        ("foo://h/a/../..", "foo://h/"),
    ],
)
def test_the_standard_is_followed_where_a_node_may_be_older(url: str, expected: str) -> None:
    assert result(f"export default new URL({url!r}).href") == expected
