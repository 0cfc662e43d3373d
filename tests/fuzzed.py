"""What is fuzzed: each target takes any bytes, says what must hold of them, and raises if it does not.

A reader gives a value or an error for people, and the same again; what it gives is bounded by what it got. So a target
takes what a stranger writes: the bytes of a worker, the text of a spell, a file of a project, words of an op.
"""

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from llmspell import durations, imports, language, manifest, settings, template, toml
from llmspell.bridge.values import Handles, Reviver
from llmspell.bundle import Bundle
from llmspell.data import DEPTH
from llmspell.errors import ArgumentError, ConfigError
from llmspell.host import faults
from llmspell.literals import LEXES, Source
from llmspell.messages import Call, Codec, Done, Failed
from llmspell.project import Project
from llmspell.protocol import HEADER, Frames
from llmspell.sections import section
from llmspell.security import bindings, chain, hosts, proof, urls
from llmspell.security.commands import forbids, matches
from llmspell.security.commands import meaning as meaning_of
from llmspell.security.globs import Glob
from llmspell.security.paths import Paths, begin
from llmspell.security.profile import _SETTINGS, Profile
from llmspell.security.rules import KINDS, Rule, Rules, meaning, unfit
from llmspell.spell import Spell


class Target(NamedTuple):
    """Something that is fuzzed.

    Args:
        check: takes bytes.
        pieces: of which texts are made that get further than noise does.
        most: bytes that its reader may be given in earnest.
    """

    check: Callable[[bytes], None]
    pieces: tuple[bytes, ...]
    most: int


TARGETS: dict[str, Target] = {}


def target(pieces: Iterable[str | bytes], most: int = 64 * 1024) -> Callable[[Callable[[bytes], None]], Any]:
    def named(check: Callable[[bytes], None]) -> Callable[[bytes], None]:
        words = tuple(each if isinstance(each, bytes) else each.encode() for each in pieces)
        TARGETS[check.__name__] = Target(check, words, most)
        return check

    return named


def text_of(data: bytes) -> str:
    """Return bytes as a file that was decoded has them."""
    return data.decode("utf-8", "replace")


def word_of(data: bytes) -> str:
    """Return bytes as a command line has them: what is no UTF-8 stands for itself."""
    return data.decode("utf-8", "surrogateescape")


def twice(read: Callable[[], Any], *refusals: type[Exception]) -> Any:
    """Return what comes of reading, or None if it is refused; it must be the same twice."""
    found = []
    for _ in range(2):
        try:
            found.append((read(), None))
        except refusals as error:
            found.append((None, f"{type(error).__name__} {error}"))
    assert len(found[0][1] or "") < 4000
    # Floats that are no numbers differ from themselves.
    assert found[0] == found[1] or repr(found[0]) == repr(found[1])
    return found[0][0]


# -- the bytes of a worker --------------------------------------------------------------------------------------------

LIMIT = 4096


@target([b"\0", b"\5\0\0\0", b"\0\x10\0\0", b"\1\x10\0\0", b"\xff\xff\xff\xff", b"[[]]"])
def frames(data: bytes) -> None:
    """The same bodies come of a stream however it is cut, none too long, and nothing is kept but a begun frame."""
    size = 1 + data[0] % 7 if data else 1
    whole, cut = Frames(LIMIT), Frames(LIMIT)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    at_once, ends = _fed(whole, [data])
    in_pieces, ends_too = _fed(cut, pieces)
    assert ends == ends_too
    assert at_once == in_pieces[: len(at_once)]
    assert len(cut._buffer) <= LIMIT + HEADER.size + size
    assert all(len(body) <= LIMIT for body in in_pieces)
    if not ends and len(whole._buffer) >= HEADER.size:
        assert HEADER.unpack_from(whole._buffer)[0] <= LIMIT


def _fed(reader: Frames, pieces: Iterable[bytes]) -> tuple[list[bytes], bool]:
    bodies: list[bytes] = []
    try:
        for piece in pieces:
            bodies += reader.feed(piece)
    except ValueError:
        return bodies, True
    return bodies, False


REVIVER = Reviver(Handles(), {}, lambda *_: None)
BUNDLE = Bundle.alone(Spell.from_source("return 1", "lua", "spell.lua"))
MESSAGES = (
    b'[["c",1,"Probe.echo",[{"$function":1}],1,1]]', b'["c",', b'["d",', b'["e",{"kind":"permission","message":"x"}]',
    b'{"$bytes":"AA=="}', b'{"$handle":1}', b'{"$type":"Reply"}', b'{"$$x":', b"[", b"]", b",", b"1e999", b"-0.0",
    b'"\\ud800"', b"\x91", b"\x94\xa1c\x01\xa1x\x90", b"\x92\xa1d", b"\xdd\xff\xff\xff\xff", b"\xdf\x7f\xff\xff\xff",
    b"\xc4\x01\xff", b"\xcb\x7f\xf8\0\0\0\0\0\0", b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", b"\x81\xa2$x\x01",
)  # fmt: skip


@target(MESSAGES)
def messages(data: bytes) -> None:
    """A body is messages or refused; what they hold is data or refused, and not much more than the bytes were."""
    for each in ("lua", "javascript"):
        codec = Codec(each)
        read = twice(lambda: codec.decode(data), msgspec.MsgspecError, RecursionError, UnicodeDecodeError)  # noqa: B023
        for message in read or ():
            values = message.args if isinstance(message, Call) else [message.value] if isinstance(message, Done) else []
            parts = twice(lambda: _parts(REVIVER.arguments(values, binary=True)[0]), ArgumentError)  # noqa: B023
            assert parts is None or parts <= 8 * len(data) + 8
            if isinstance(message, Failed):
                _check_error(message.error)


def _check_error(shape: dict[str, Any]) -> None:
    error = faults.unwire(shape, BUNDLE, [])
    assert len(error.message) < 20_000
    assert error.where is None or error.where.file == "spell.lua"
    assert "rule" not in error.data


def _parts(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_parts, value.values()))
    return 1 + sum(map(_parts, value)) if isinstance(value, list) else 1


# -- the text of a spell ----------------------------------------------------------------------------------------------

LUA = (
    "spell{", "spell(", "spell ", "local x = spell{", "}", ")", "{", "(", "[", "]", "[[", "]]", "[==[", "]==]", "--",
    "--[[", "\n", "'", '"', "\\", "\\z", "\\u{10FFFF}", "\\xff", "\\999", "=", ",", ";", "about = ", "params = ",
    "allow = ", "net = ", "read = ", '"*.x.org"', '"GET|POST x.org/v1/*"', "schedule = ", 'cron = "0 7 * * *"',
    'every = "1h"', "budget = ", "usd = ", "1", "-", "0x", "1e9", "0x1p9", "nil", "true", "type = ", '"list"',
    "choices = ", "default = ", "min = ", "require", "require(", '"lib.util"', "..", "a.b",
)  # fmt: skip
JAVASCRIPT = (
    "spell({", "spell(", "const x = spell(", "export default spell(", "})", "}", ")", "{", "(", "[", "]", "//", "/*",
    "*/", "/", "\n", "'", '"', "`", "${", "\\", "\\u{10FFFF}", "\\ud800", "\\x41", ":", ",", "about: ", "params: ",
    "allow: ", "net: ", "read: ", '"*.x.org"', "schedule: ", "budget: ", "1", "-", "0x", "0b", "1_0", "1e9", "null",
    "import ", "import(", "export * from ", "export {", "from ", '"./lib/util.js"', "return", "=", "typeof ",
)  # fmt: skip


def _spell(data: bytes, written: str) -> None:
    text = text_of(data)
    lines = text.count("\n") + 1
    for read in (lambda: manifest.read(text, written, "x"), lambda: list(imports.uses(Source(text, written, "x")))):
        wrong: list[ConfigError] = []
        found = twice(lambda: _noting(read, wrong), ConfigError)  # noqa: B023
        assert all(each.where is not None and 0 < each.where.line <= lines for each in wrong)
        if isinstance(found, manifest.Manifest):
            _check_manifest(found, lines)
        elif found is not None:
            assert all(0 <= use.start <= len(text) for use in found)


def _noting(read: Callable[[], Any], wrong: list[ConfigError]) -> Any:
    try:
        return read()
    except ConfigError as error:
        wrong.append(error)
        raise


def _check_manifest(found: manifest.Manifest, lines: int) -> None:
    assert all(0 < place.line <= lines for place in found.places.values())
    asked = [pattern for patterns in found.allow.values() for pattern in patterns]
    assert len(asked) <= manifest.MOST_PATTERNS
    assert [pattern for pattern in asked if unfit(pattern)] == []
    found.help("x")
    Profile.load("medium").rules(found.allow).missing(lambda *_: False)


@target(LUA)
def lua(data: bytes) -> None:
    """A manifest in Lua is read, or refused with its place."""
    _spell(data, "lua")


@target(JAVASCRIPT)
def javascript(data: bytes) -> None:
    """A manifest in JavaScript is read, or refused with its place."""
    _spell(data, "javascript")


@target(["\\", "\\u{", "}", "\\x4", "\\ud83d\\ude00", "\\z ", "0x", "1e", "p+9", ".", "_", "9" * 20, "\xff", "0b1"])
def literals(data: bytes) -> None:
    """A number is finite and small, a string is valid text."""
    text = text_of(data)
    for lexis in LEXES.values():
        number = twice(lambda: lexis.number(text), ValueError)  # noqa: B023
        assert number is None or (math.isfinite(number) and abs(number) < 2**1024)
        value = twice(lambda: lexis.unescape(text), ValueError)  # noqa: B023
        if value is not None:
            value.encode()
            assert len(value) <= len(text)


@target(["#!", "/usr/bin/env ", "lua", "node", "-S", "--engine=", "js", "\n", "\r", "\xef\xbb\xbf", "=", "5.4"], 4096)
def shebang(data: bytes) -> None:
    """A first line tells one of the languages, or it is refused."""
    found = twice(lambda: language.by_shebang(data, "x"), ConfigError, ArgumentError)
    assert found is None or found in language.LANGUAGES


@target(["{{", "}}", "{{name}}", "{{a.b}}", "{%", "{{ name", ".", "\xe9", " ", "\n", "-"])
def templates(data: bytes) -> None:
    """A template is filled in with what there is, or refused."""
    values = {"name": "x" * 9, "a": {"b": [1, None]}}
    found = twice(lambda: template.render(text_of(data), values), ArgumentError)
    assert found is None or len(found) <= 9 * len(data) + 9


@target(["1", "9" * 15, ".5", "h", "m", "s", "ms", "d", "KiB", "GiB", "-", "e9", "none", "\u0661"], 4096)
def spans(data: bytes) -> None:
    """A duration and a size have their bounds."""
    text = word_of(data)
    seconds, size = (twice(lambda: read(text), ArgumentError) for read in (durations.parse, durations.size))  # noqa: B023
    assert seconds is None or 0 <= seconds <= 3650 * 86400
    assert size is None or 0 <= size <= 2**50


# -- files of a project and of a person -------------------------------------------------------------------------------

SETTINGS = (
    "[deny]\n", "[allow]\n", "[security]\n", '[spells."a.lua"]\n', "[spells.x.deny]\n", "[[", "]]\n", "[folders.",
    "]\n",
    "profile = ", "taint = ", '"low"', '"ask"', "net = [", "read = [", "secrets = [", "run = [", "]", '"*"', '"a@b.c"',
    '"10.0.0.0/8"', '"GET x.org/v1/*"', ",", "\n", "#", "{", "}", "=", ".", '"', "'", '"""', "'''", "\\", "\\u00e9",
    "extends = ", "[limits]\n", 'memory = "1GiB"', "[permissions]\n", "[taint]\nsinks = ", "[journal]\n", "1e999",
    "1979-05-27T07:32:00Z", "0x", "inf", "nan", "security = ", "a.b.c.d",
)  # fmt: skip
HERE = Path("/nowhere")


@target(SETTINGS)
def files(data: bytes) -> None:
    """A file of settings, a profile: read, or refused with a line; and every part of it has a line of its own."""
    text = text_of(data)
    document = twice(lambda: _data(text), ConfigError)
    if document is None:
        return
    parsed = toml.parse(text, "x.toml")
    lines = text.count("\n") + 1
    for path in _ways(parsed.data):
        line = parsed.place(path)
        assert line is None or 0 < line <= lines
    readers = (settings.of_project, lambda it: settings.of_person(it, HERE), lambda it: section(it, _SETTINGS))
    for read in readers:
        twice(lambda: read(toml.parse(text, "x.toml")), ConfigError)  # noqa: B023


def _data(text: str) -> str:
    return repr(toml.parse(text, "x.toml").data)


def _ways(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the ways to the parts of data, the first hundred of each."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for _, (key, value) in zip(range(100), inner, strict=False):
        yield (*path, key)
        if len(path) < DEPTH:
            yield from _ways(value, (*path, key))


LINE = (
    b'{"v":1,"n":1,"t":"2026-01-02T07:00:03Z","run":"7Q2M","spell":"digest","at":"","op":"Http.get","kind":"net",'
    b'"value":"x","decision":"deny","rule":"","source":"","by":"policy","prev":""}\n'
)
HEAD = chain._packed(chain.Head(n=1, end=len(LINE), last=chain.digest(LINE[:-1])))


@target(
    [LINE, HEAD, b"\n", b"\0", b'"n":2', b'"n":99999999999999999999', b'"kind":"audit"', b'"decision":"note"', b"{"]
)
def log(data: bytes) -> None:
    """An audit log is told whole only if it is: each line in its place, and followed by the head."""
    head, _, lines = data.partition(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "audit.jsonl")
        for file, raw in ((path, lines), (chain.head_path(path), head + b"\n")):
            file.write_bytes(raw)
            file.chmod(0o600)
        report = twice(lambda: _verified(path), ConfigError)
        assert report is not None
    found = chain.head_of(head + b"\n")
    assert found is None or chain._packed(found) == head + b"\n"
    if report[0]:
        assert found is None or found.n == len(lines.splitlines())


def _verified(path: Path) -> tuple[bool, int, list[str], list[str]]:
    with proof.opened(path) as book:
        report = book.verify()
    assert all(len(each) < 4000 for each in (*report.faults, *report.notes))
    return report.whole, report.lines, report.faults, report.notes


# -- words of an op, and patterns of a rule ---------------------------------------------------------------------------

URLS = (
    "http://", "https://", "//", "/", "\\", "@", ":", "80", "65536", "?", "#", "%2e", "%2F", "%00", "%", "..", ".",
    "[::1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "127.1", "0x7f.1", "017700000001", "2130706433", "localhost",
    "x.org", "xn--", "\u3002", "\u2460", "\xdf", "\u200d", "\t", " ", "\0", ";", "*", "A", "a" * 64,
)  # fmt: skip


@target(URLS, 8000)
def addresses(data: bytes) -> None:
    """What a URL says is said again by how it is written, and by nothing in it two ways."""
    text = word_of(data)
    found = twice(lambda: urls.parse(text), ArgumentError)
    urls.told(text)
    if found is not None:
        again = urls.parse(str(found))
        assert again == found
        assert ".." not in found.route.split("/")
        assert str(found).isascii()
        assert str(found).isprintable()
        assert " " not in str(found)
        assert urls.parse(f"http://{urls.written(found.host, found.port)}/").host == found.host


@target([*URLS, "*.", ":*", "GET ", "POST|", "10.0.0.0/8", "::/1", "/v1/*", "*" * 9], 1000)
def places(data: bytes) -> None:
    """A pattern of hosts covers itself, and denies all that it grants."""
    text = word_of(data)
    found = twice(lambda: hosts.parse(text), ArgumentError)
    if found is None:
        return
    assert hosts.uncovered([text], [text]) == [] or hosts.is_here(found.names)
    hosts.pathless(text)
    path = urls.route(found.path or "/any")
    method = min(found.methods or {"GET"})
    if found.grants(method, path):
        assert found.forbids(method, path)
        assert found.forbidding().forbids(method, path)
    if found.network is None and found.names.startswith("*."):
        assert not found.covers_name(found.names[2:], 80)


@target(["a", "b/", "..", "/", "~", "~/", ".", "**", "*", "?", "[", "]", "[!a]", "[a-z]", "\0", ".env", ".git/", "\xff",
         "\u212a", "e\u0301", " ", "x" * 256, "{", ",", "-"], 4096)  # fmt: skip
def paths(data: bytes) -> None:
    """A rule that denies covers all that the same rule grants; a rule that means one path grants that and no other."""
    word, _, rule = word_of(data).partition("\n")
    project = Project(Path("/nowhere/project"))
    begin(word)
    names = twice(lambda: Paths(_rules(), project).absolute(word), ArgumentError)
    assert names is None or not {"", ".", ".."} & set(names)
    if names is None or not rule:
        return
    try:
        granted, denied = Paths(_rules((rule,)), project), Paths(_rules((rule,), (rule,)), project)
        allowed = granted.decide("read", word).allowed
    except ArgumentError:
        return
    assert not denied.decide("read", word).allowed or not allowed
    if allowed and rule == meaning(rule):
        way = granted.absolute(rule)
        assert names[: len(way)] == way


def _rules(granted: Iterable[str] = (), denied: Iterable[str] = ()) -> Rules:
    modes = dict.fromkeys(KINDS, "declared")
    rules = Rules("test", modes).grant("read", granted, "granted")  # type: ignore[arg-type]
    return rules.deny("read", [Rule(each, "denied") for each in denied])


@target(["*", "**", "?", "[", "]", "[!", "-", "a", ".", "\n", "\\", "/", "[a-", "\xff"], 500)
def globs(data: bytes) -> None:
    """A pattern matches what it matches hidden or not; what means one name matches that name."""
    pattern, _, name = word_of(data).partition("\n")
    names = name.split("/")
    glob = twice(lambda: Glob(pattern.split("/")).matches(names), ArgumentError)
    if glob is not None:
        hidden = Glob(pattern.split("/"), hidden=True)
        assert hidden.matches(names) or not glob
        assert hidden.begins(names) or not hidden.matches(names)
    if name and len(name) < 60:
        assert Glob([meaning(each) for each in names]).matches(names)


@target(["git ", "log", "*", " ", "'", '"', "\\", "/bin/sh ", "-c ", "/usr/bin/", "$(", ";", "\n", "[", "?", ","], 4000)
def commands(data: bytes) -> None:
    """The pattern that means a command matches it, and a rule that denies covers what the same rule grants."""
    command, _, rule = word_of(data).partition("\n")
    meant = twice(lambda: meaning_of(command))
    matched = matches(rule, command)
    assert forbids(rule, command) or not matched
    if meant and "," not in command:
        assert matches(meant, command)


@target(["a", "KEY", "*", "?", "@", "x.org", ":80", "*.x.org", "10.0.0.1", "/", "GET ", "[::1]", "localhost"], 1000)
def secrets(data: bytes) -> None:
    """A secret goes where a rule names the host, and nowhere else."""
    text = word_of(data)
    found = twice(lambda: bindings.parse(text), ArgumentError)
    if found is None:
        return
    for host in ("x.org", "a.x.org", "localhost", "10.0.0.1"):
        value = f"KEY@{host}"
        if bindings.allows(text, value, (), free=False):
            assert found.places is not None
            assert bindings.forbids(text, value, ["key"])
