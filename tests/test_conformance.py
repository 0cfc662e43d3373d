"""Both languages held to one contract: pairs `NAME.lua` and `NAME.js` with one expectation, `NAME.json`.

Each case is written down, and then repeated by another process from its record alone, with nothing that differs.

A pair means the same and must do the same. What a language has alone stands in a folder of its name. A case with
modules is a folder `modules/NAME` with `main.lua`, `main.js`, `main.json` and the modules of both. The keys of an
expectation, each optional; the sections `lua` and `javascript` hold what differs:

    args                        what the person gave to the spell
    files, allow, profile       what is in the folder of the spell, what the person has granted, the security profile
    left                        what is in that folder afterwards: text, a list of bytes, or null for nothing
    result, output, logs        what came of it; `like_output` and `unlike_output` are patterns
    error                       its fields; `like` is a pattern of the message. Its place is the line that ends
                                with HERE, unless it is `nowhere` or `anywhere`; `trace` is the lines of the trace,
                                or `FILE:LINE`
    calls, peak                 how many calls the host got, and how many at once
    progress                    the lines about how far it is
    noted, cancelled            what `Watch.note` got, in order, and how many times `Watch.hang` was cancelled
    line_ends, byte_order_mark  how the source is written before it runs
"""

import asyncio
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from conftest import Heard
from repeating import Repeater, Seen, check_repeated, write_down
from website import Page, answer, echo, redirect, website

from llmspell import Function, Global, Host, Profile, Run, Spell, Value, op
from llmspell.bundle import Bundle
from llmspell.errors import Place
from llmspell.journal.sqlite import SqliteStore
from llmspell.testing import InlineWorker, Probe

CASES = Path(__file__).parent / "conformance"
MODULES = CASES / "modules"
LANGUAGES = {"lua": ".lua", "javascript": ".js"}
KEYS = {
    "args", "result", "output", "like_output", "unlike_output", "output_counts_to", "logs", "error", "calls", "peak",
    "progress", "noted", "cancelled", "line_ends", "byte_order_mark", "files", "allow", "profile", "left",
}  # fmt: skip
OF_ERRORS = {
    "kind", "message", "hint", "retryable", "data", "cause", "like", "column", "trace", "nowhere", "anywhere",
}  # fmt: skip


PAGES: dict[str, Page] = {
    "/data": answer('{"name":"Ada"}', kind="application/json"),
    "/list": answer('["a", null, "c"]', kind="application/json"),
    "/big": answer('{"id": 123456789012345678901}', kind="application/json"),
    "/null": answer("null", kind="application/json"),
    "/page": answer("<p>Sorry", "503 Service Unavailable", kind="text/html"),
    "/image": answer(b"\xff\xd8\xff\x00", kind="image/jpeg"),
    "/away": redirect("http://169.254.169.254/latest/"),
    "/echo": echo,
}
"""What is at `Watch.site`, the only site that a case may visit."""


SECRET = {"MAIL_TOKEN": "sk-of-the-tests-0123"}
"""The environment: one secret."""


class Watch(Global):
    """Ops that remember what the host saw."""

    def __init__(self, context: Any = None) -> None:
        super().__init__(context)
        self.notes: list[Any] = []
        self.quits = 0

    def constants(self) -> dict[str, Any]:
        """Return the address of the site, the one that is granted."""
        granted = self.context.rules.patterns("net")
        return {"site": f"http://{granted[0].pattern}"} if granted else {}

    @op(notify=True)
    async def note(self, value: Any) -> None:
        """Remember a value."""
        self.notes.append(value)

    @op()
    async def hang(self) -> None:
        """Wait until somebody cancels it, and count that."""
        self.context.sink.progress("hangs")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.quits += 1

    @op()
    async def unspeakable(self, fn: Function | None = None) -> Any:
        """Return what is no data, or give it to a function."""
        return object() if fn is None else await fn("\ud800")

    @op()
    async def large(self) -> int:
        """Return an integer that not every language can hold."""
        return 2**60

    @op()
    async def cancelled(self) -> int:
        """Return how many have been cancelled."""
        return self.quits


GLOBALS = [Probe, Watch]
TURN = 60.0
"""Seconds that a turn may take: the largest cases have long ones where the machine is busy."""


class Outcome(NamedTuple):
    """A run that was written down, what it has said, and what another process has seen that has repeated it."""

    run: Run
    heard: Heard
    again: Seen | None


def sources() -> list[Path]:
    found = [path for path in CASES.rglob("*") if path.suffix in LANGUAGES.values()]
    return sorted(path for path in found if MODULES not in path.parents or is_main(path))


def is_main(path: Path) -> bool:
    """Return whether a file is the spell of a case with modules."""
    return path.stem == "main" and path.parent.parent == MODULES


def name_of(path: Path) -> str:
    return str(path.relative_to(CASES))


def language_of(path: Path) -> str:
    return next(language for language, suffix in LANGUAGES.items() if suffix == path.suffix)


def expectation(path: Path) -> dict[str, Any]:
    """Return what a case has to do in its language."""
    shared: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    own = [shared.pop(language, {}) for language in LANGUAGES]
    expected = shared | own[list(LANGUAGES).index(language_of(path))]
    assert expected, "a case expects something"
    assert expected.keys() <= KEYS
    assert (expected.get("error") or {}).keys() <= OF_ERRORS
    return expected


def prepared(path: Path, expected: dict[str, Any], folder: Path) -> Path:
    """Write the source of a case as its expectation wants it, and what is beside it."""
    for name, content in expected.get("files", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(beside(content))
    text = path.read_text("utf-8").replace("\n", expected.get("line_ends", "\n"))
    mark = "\ufeff" if expected.get("byte_order_mark") else ""
    if is_main(path):
        shutil.copytree(path.parent, folder, dirs_exist_ok=True)
    copy = folder / path.name
    copy.write_bytes((mark + text).encode())
    return copy


def beside(content: str | list[int] | dict[str, str]) -> bytes:
    """Return what a file holds: a text, bytes, or `{"fixture": path}`, a copy of a file in `fixtures`."""
    match content:
        case str():
            return content.encode()
        case {"fixture": path}:
            return (CASES.parent / "fixtures" / path).read_bytes()
    return bytes(content)  # type: ignore[arg-type]


def plain(value: Any) -> Any:
    """Return a value with typed values as their text."""
    if isinstance(value, Value):
        return str(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def same(found: Any, expected: Any) -> bool:
    """Compare as a script would: true is not 1, and 2.0 is 2."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in expected)
    return bool(found == expected)


async def execute(
    spell: Spell,
    heard: Heard,
    args: dict[str, Any] | None = None,
    seed: int = 7,
    profile: str = "medium",
    allow: dict[str, list[str]] | None = None,
    store: SqliteStore | None = None,
) -> Run:
    limits = Profile.load(profile)
    async with (
        website(PAGES) as site,
        Host(
            globals=GLOBALS,
            profile=replace(limits, limits=replace(limits.limits, turn=TURN)),
            model="echo",
            environ=SECRET,
            allow={"net": [site.host], **(allow or {})},  # type: ignore[dict-item]
        ) as host,
    ):
        run = host.prepare(spell, spell.manifest.arguments(args or {}), sink=heard, seed=seed)
        if store is not None:
            write_down(run, store)
        return await host.execute(run)


def cast(path: Path, repeater: Repeater) -> Outcome:
    expected, heard = expectation(path), Heard()
    with TemporaryDirectory() as folder:
        spell = Spell.from_path(prepared(path, expected, Path(folder)))
        of_host = {key: expected[key] for key in ("allow", "profile") if key in expected}
        run = asyncio.run(execute(spell, heard, expected.get("args"), **of_host, store=repeater.store))
        check_left(Path(folder), expected.get("left", {}))
        return Outcome(run, heard, None if is_long(run) else repeater.repeat(run, GLOBALS))


def is_long(run: Run) -> bool:
    """Return whether a run takes many seconds to be repeated: of ten thousand calls only those of Lua are."""
    return run.spell.language == "javascript" and run.calls > 5000


def check_left(folder: Path, expected: dict[str, Any]) -> None:
    for name, content in expected.items():
        found = (folder / name).read_bytes() if (folder / name).exists() else None
        assert found == (content.encode() if isinstance(content, str) else content and bytes(content)), name


def watch_of(run: Run) -> Watch:
    return next(each for each in run.surface.globals if isinstance(each, Watch))


def check_error(run: Run, expected: dict[str, Any] | None) -> None:
    error = run.error
    if expected is None:
        assert error is None, f"{error} ({error.kind}) at {error.where}"
        return
    assert error is not None, f"no error, but the result {run.value!r}"
    for key in ("kind", "message", "hint", "retryable", "data", "cause"):
        if key in expected:
            assert getattr(error, key) == expected[key], f"{error}: {error.hint}"
    assert re.search(expected.get("like", ""), error.message), error.message
    if "trace" in expected:
        assert [spot(place, expected["trace"]) for place in error.trace] == expected["trace"]
    if "anywhere" not in expected:
        found = None if error.where is None else (error.where.file, error.where.line)
        assert found == marked_place(run.bundle, expected), f"{error} at {error.where}"
    if "column" in expected:
        assert error.where is not None
        assert error.where.column == expected["column"]


def spot(place: Place, expected: list[Any]) -> int | str:
    """Return a place as an expectation writes it."""
    file = Path(place.file).name if Path(place.file).is_absolute() else place.file
    return place.line if isinstance(expected[0], int) else f"{file}:{place.line}"


def marked_place(bundle: Bundle, expected: dict[str, Any]) -> tuple[str, int] | None:
    """Return the file and line that is marked in a spell or one of its modules."""
    if "nowhere" in expected:
        return None
    (place,) = [
        (file, number)
        for file, source in bundle.sources.items()
        for number, text in enumerate(source.split("\n"), 1)
        if text.endswith("HERE")
    ]
    return place


def check_host(run: Run, expected: dict[str, Any], heard: Heard) -> None:
    if "logs" in expected:
        assert [list(each) for each in heard.logs] == expected["logs"]
    assert heard.lines == expected.get("progress", heard.lines)
    for key, found in (("calls", run.calls), ("peak", run.peak)):
        assert found == expected.get(key, found), key
    watch = watch_of(run)
    assert watch.notes == expected.get("noted", watch.notes)
    assert watch.quits == expected.get("cancelled", watch.quits)


def check_output(text: str, expected: dict[str, Any]) -> None:
    if "output_counts_to" in expected:
        assert text == "".join(f"{n}\n" for n in range(1, expected["output_counts_to"] + 1))
    assert text == expected.get("output", text)
    assert re.search(expected.get("like_output", ""), text), text
    if "unlike_output" in expected:
        assert not re.search(expected["unlike_output"], text), text


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_the_contract(path: Path, outcome: Outcome) -> None:
    expected, (run, heard, again) = expectation(path), outcome
    check_error(run, expected.get("error"))
    if "result" in expected:
        assert same(plain(run.value), expected["result"]), json.dumps(plain(run.value), ensure_ascii=False)
    check_output(heard.text, expected)
    check_host(run, expected, heard)
    if again is not None:
        check_repeated(Seen.of(run, heard), again)


def test_every_case_comes_in_both_languages() -> None:
    names = {language: {path.stem for path in CASES.glob(f"*{suffix}")} for language, suffix in LANGUAGES.items()}
    expectations = {path.stem for path in CASES.glob("*.json")}
    assert names["lua"] == names["javascript"] == expectations
    for folder in MODULES.iterdir():
        assert {path.name for path in folder.glob("main.*")} == {"main.lua", "main.js", "main.json"}
    for language, suffix in LANGUAGES.items():
        own = CASES / language
        assert {path.stem for path in own.glob(f"*{suffix}")} == {path.stem for path in own.glob("*.json")}


# -- what takes two runs, or somebody outside of one ------------------------------------------------------------------

CHANCE = {
    "lua": "local list = {} for i = 1, 20 do list[i] = math.random(1000000) end return list",
    "javascript": "export default Array.from({ length: 20 }, () => Math.floor(Math.random() * 1e9));",
}
WAITING = {
    "lua": "print('waiting') Watch.hang() print('goes on')",
    "javascript": "print('waiting'); await Watch.hang(); print('goes on');",
}
STUBBORN = {
    "lua": "print('waiting') while true do pcall(Watch.hang) end",
    "javascript": "print('waiting'); while (true) try { await Watch.hang(); } catch {}",
}
LAST_WORDS = {
    "lua": "print('waiting') local ok, e = pcall(Watch.hang) print(e.kind) Log.info('bye')",
    "javascript": "print('waiting'); try { await Watch.hang(); } catch (e) { print(e.kind); } Log.info('bye');",
}
languages = pytest.mark.parametrize("language", LANGUAGES)


class Canceller(Heard):
    """Cancels a run as soon as it hangs."""

    run: Run

    def progress(self, line: str) -> None:
        asyncio.get_running_loop().call_soon(self.run.cancel, "interrupted")


async def cancelled(source: str, language: str) -> tuple[Run, Heard]:
    async with Host(globals=[Probe, Watch], environ={}) as host:
        heard = Canceller()
        heard.run = host.prepare(Spell.from_source(source, language), sink=heard)
        return await asyncio.wait_for(host.execute(heard.run), 10), heard


@languages
async def test_the_same_seed_gives_the_same_numbers(language: str) -> None:
    spell = Spell.from_source(CHANCE[language], language)
    first, again, other = [(await execute(spell, Heard(), seed=seed)).value for seed in (42, 42, 43)]
    assert first == again
    assert first != other
    assert len(set(first)) > 15


@languages
async def test_a_spell_that_is_cancelled_ends_as_cancelled(language: str) -> None:
    run, heard = await cancelled(WAITING[language], language)
    assert run.error is not None
    assert (run.error.kind, run.error.message) == ("cancelled", "interrupted")
    assert run.error.where is not None
    assert watch_of(run).quits == 1
    assert heard.text == "waiting\n"


@languages
async def test_a_spell_that_catches_its_cancelling_is_ended_all_the_same(language: str) -> None:
    run, _ = await cancelled(STUBBORN[language], language)
    assert run.error is not None
    assert run.error.kind == "cancelled"
    assert watch_of(run).quits == 1


@languages
async def test_a_cancelled_spell_may_say_last_words_but_ask_for_nothing(language: str) -> None:
    run, heard = await cancelled(LAST_WORDS[language], language)
    assert run.error is not None
    assert run.error.kind == "cancelled"
    assert heard.text == "waiting\ncancelled\n"
    assert heard.logs == []


@languages
async def test_a_test_can_run_a_spell_in_its_own_process(language: str) -> None:
    source = {"lua": "return Probe.echo(1)", "javascript": "export default await Probe.echo(1);"}[language]
    async with Host(globals=[Probe], environ={}) as host:
        run = host.prepare(Spell.from_source(source, language))
        await run.execute(InlineWorker(language))
    assert run.value == 1
