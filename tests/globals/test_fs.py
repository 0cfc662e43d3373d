"""Files for scripts: what the host promises beyond what both languages show (`tests/conformance/fs*.json`)."""

import asyncio
import os
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell import Host, Run, Spell
from llmspell.bridge.dispatch import Gate
from llmspell.errors import ArgumentError, PermissionDenied, ScriptError, SpellError
from llmspell.globals.fs import Fs
from llmspell.host.host import builtin_globals
from llmspell.security import folder
from llmspell.security.access import Access
from llmspell.security.profile import Profile
from llmspell.security.rules import Kind, Rule


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


READS = ("read", "bytes", "exists", "stat", "list", "glob")
WRITES = ("write", "append", "remove", "mkdir", "copy", "move")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    (tmp_path / "a.txt").write_text("text")
    return tmp_path


def prepared(project: Path, source: str = "", profile: str | Profile = "medium", **allow: Any) -> Run:
    (project / "spell.lua").write_text(source)
    host = Host(profile=profile, model="echo", environ={}, allow=allow)
    return host.prepare(Spell.from_path(project / "spell.lua"))


def gate(project: Path, **given: Any) -> Gate:
    return prepared(project, **({"write": ["out/"]} | given)).gate


def test_the_ops_exist_where_the_profile_knows_their_kind(project: Path) -> None:
    def ops(profile: str, **allow: Any) -> set[str]:
        return {
            path.removeprefix("Fs.") for path in prepared(project, "", profile, **allow).surface.ops if "Fs." in path
        }

    assert ops("low") == ops("medium") == {*READS, *WRITES}
    assert ops("high") == set()
    assert ops("high", read=["a.txt"]) == set(READS)


async def test_text_has_no_byte_order_mark_and_bytes_do(project: Path) -> None:
    (project / "marked").write_bytes(b"\xef\xbb\xbfx")
    assert await gate(project).call("Fs.read", ["marked"]) == "x"
    assert await gate(project).call("Fs.bytes", ["marked"]) == b"\xef\xbb\xbfx"


async def test_a_file_that_does_not_fit_into_a_frame_is_refused_with_both_sizes(project: Path) -> None:
    most = Profile.load("medium").limits.frame
    with (project / "large").open("wb") as file:
        file.truncate(most + 7)
    with pytest.raises(ScriptError) as caught:
        await gate(project).call("Fs.read", ["large"])
    assert caught.value.message == f"Fs.read: large has {most + 7} bytes, over the limit of {most} bytes in one frame"
    assert await gate(project).call("Fs.bytes", ["large", {"offset": most, "length": 100}]) == b"\0" * 7
    assert await gate(project).call("Fs.bytes", ["large", {"offset": most + 8}]) == b""
    assert await gate(project).call("Fs.bytes", ["large", {"length": 0}]) == b""


@settings(max_examples=30, deadline=None)
@given(data=st.one_of(st.text(max_size=200), st.binary(max_size=200)), more=st.binary(max_size=50))
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: str | bytes, more: bytes
) -> None:
    folder_ = tmp_path_factory.mktemp("project")

    async def there_and_back() -> bytes:
        found = gate(folder_)
        await found.call("Fs.write", ["out/x", data])
        await found.call("Fs.append", ["out/x", more])
        return bytes(await found.call("Fs.bytes", ["out/x"]))

    assert asyncio.run(there_and_back()) == (data.encode() if isinstance(data, str) else data) + more


async def test_a_cancelled_write_leaves_the_old_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "out" / "x").write_text("old")
    begun, go_on = threading.Event(), threading.Event()

    def sync(_: int) -> None:
        begun.set()
        go_on.wait(10)

    monkeypatch.setattr(folder.os, "fsync", sync)
    writing = asyncio.ensure_future(gate(project).call("Fs.write", ["out/x", "new"]))
    await asyncio.to_thread(begun.wait, 10)
    writing.cancel()
    asyncio.get_running_loop().call_soon(go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert [(each.name, each.read_text()) for each in (project / "out").iterdir()] == [("x", "old")]


async def test_slow_work_does_not_hold_up_the_loop(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(folder.os, "fsync", lambda _: go_on.wait(10))
    found = gate(project)
    writing = asyncio.ensure_future(found.call("Fs.write", ["out/x", "new"]))
    assert await found.call("Fs.read", ["a.txt"]) == "text"
    go_on.set()
    await writing
    assert (project / "out" / "x").read_text() == "new"


async def test_no_more_is_read_than_the_worker_takes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, room, count = gate(project), asyncio.Event(), 0
    owner = found.surface.ops["Fs.read"][0]
    assert isinstance(owner, Fs)
    read = folder.read

    def counted(*given: Any) -> bytes:
        nonlocal count
        count += 1
        return read(*given)

    async def wait() -> None:
        await room.wait()

    monkeypatch.setattr(folder, "read", counted)
    owner.context.room = wait
    reading = [asyncio.ensure_future(found.call("Fs.read", ["a.txt"])) for _ in range(50)]
    assert await found.call("Fs.exists", ["a.txt"])
    assert count == 0
    room.set()
    assert await asyncio.gather(*reading) == ["text"] * 50
    assert count == 50


@pytest.mark.parametrize("language", ["lua", "javascript"])
async def test_a_worker_that_asks_for_much_and_reads_nothing_does_not_fill_the_host(
    project: Path, language: str
) -> None:
    with (project / "large").open("wb") as file:
        file.truncate(7 * 2**20)
    source = {
        "lua": "for i = 1, 200 do spawn(function() Fs.bytes('large') end) end sleep(0) while true do end",
        "javascript": "for (let i = 0; i < 200; i++) Fs.bytes('large').catch(() => 0); await sleep(0); for (;;);",
    }[language]
    spell = project / f"spell{'.lua' if language == 'lua' else '.js'}"
    spell.write_text(source)
    medium = Profile.load("medium")
    peak, before = 0, resident()

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, resident() - before)
            await asyncio.sleep(0.01)

    async with Host(profile=replace(medium, limits=replace(medium.limits, turn=1.0, wall=20)), environ={}) as host:
        watching = asyncio.ensure_future(watch())
        run = await host.execute(host.prepare(Spell.from_path(spell)))
        watching.cancel()
    assert run.error is not None
    assert peak < 300 * 2**20, "all of them have 1400 MiB"


async def test_writers_side_by_side_leave_one_whole_file(project: Path) -> None:
    found = gate(project)
    texts = [str(number) * 50_000 for number in range(10)]
    await asyncio.gather(*(found.call("Fs.write", ["out/x", text]) for text in texts))
    assert (project / "out" / "x").read_text() in texts
    assert os.listdir(project / "out") == ["x"]  # noqa: PTH208


async def test_the_input_that_a_person_names_is_granted_wherever_it_is(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "in.txt").write_text("given")
    (tmp_path / "project").mkdir()
    spell = tmp_path / "project" / "spell.lua"
    spell.write_text('local args = spell { input = "file" }\nreturn Fs.read(args.input)')
    loaded = Spell.from_path(spell)
    args = loaded.arguments([str(tmp_path / "elsewhere" / "in.txt")])
    for profile in ("medium", "high"):
        async with Host(profile=profile, environ={}) as host:
            run = await host.execute(host.prepare(loaded, args))
            assert run.value == "given", run.error
    with pytest.raises(PermissionDenied):
        await gate(tmp_path / "project", write=[]).call("Fs.read", [str(tmp_path / "elsewhere" / "in.txt")])


@pytest.mark.parametrize("name", ["*", "~/notes.txt", "a[1].txt", "nb\u00a0sp.txt", "?.txt", "~"])
async def test_the_input_is_one_file_whatever_its_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = tmp_path / "home"
    for path, text in {
        home / "notes.txt": "secret",
        tmp_path / "in" / name: "given",
        tmp_path / "b.txt": "not",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(tmp_path / "in")
    spell = tmp_path / "in" / "spell.lua"
    spell.write_text(
        'local args = spell { input = "files" }\nlocal seen = {}\n'
        'for _, path in ipairs { args.input[1], "~/notes.txt", "../b.txt", "/etc/hostname" } do\n'
        "  local ok, text = pcall(Fs.read, path)\n  seen[#seen + 1] = ok and text or false\nend\nreturn seen\n"
    )
    loaded = Spell.from_path(spell)
    for profile in ("medium", "high"):
        async with Host(profile=profile, environ={}) as host:
            run = await host.execute(host.prepare(loaded, loaded.arguments([f"./{name}"])))
            assert run.value == ["given", False, False, False], run.error


async def test_a_spell_does_not_rewrite_the_modules_that_it_has(project: Path) -> None:
    (project / "words.json").write_text("{}")
    found = prepared(project, 'return require("words.json")', write=["."]).gate
    for op, words in {"write": ["words.json", "[]"], "remove": ["words.json"], "copy": ["a.txt", "words.json"]}.items():
        with pytest.raises(PermissionDenied):
            await found.call(f"Fs.{op}", words)
    await prepared(project, 'return require("words.json")', write=["words.json"]).gate.call(
        "Fs.write", ["words.json", "[]"]
    )
    assert (project / "words.json").read_text() == "[]"


async def test_a_refusal_inside_a_folder_tells_the_path_as_the_script_has_said_it(project: Path) -> None:
    drop = project / "drop"
    (drop / "a").mkdir(parents=True)
    (drop / "a" / ".hidden").touch()
    (project / "inner").mkdir()
    (project / "inner" / "llmspell.toml").touch()
    granted = gate(project / "inner", write=[str(drop)], tools=["Fs.remove"])
    with pytest.raises(PermissionDenied) as caught:
        await granted.call("Fs.remove", [f"{drop}/a", {"recursive": True}])
    assert f'"{drop}/a/.hidden"' in caught.value.message


async def test_a_spell_rewrites_no_program(project: Path) -> None:
    (project / "tools").mkdir()
    (project / "tools" / "deploy").write_text("#!/usr/bin/env lua\n")
    found = gate(project, write=["."])
    for op, words in {
        "write": ["tools/deploy", "#!/usr/bin/env lua\n-- evil"], "append": ["tools/deploy", "-- evil"],
        "copy": ["a.txt", "tools/deploy"], "move": ["tools", "tools2"], "remove": ["tools/deploy"],
    }.items():  # fmt: skip
        with pytest.raises(PermissionDenied):
            await found.call(f"Fs.{op}", words)
    assert (project / "tools" / "deploy").read_text() == "#!/usr/bin/env lua\n"


async def test_a_spell_does_not_rewrite_itself_unless_it_is_named(project: Path) -> None:
    with pytest.raises(PermissionDenied):
        await gate(project, write=["."]).call("Fs.write", ["spell.lua", "evil"])
    await gate(project, write=["spell.lua"]).call("Fs.write", ["spell.lua", "-- mine"])
    assert (project / "spell.lua").read_text() == "-- mine"


async def test_names_that_are_not_utf_8_are_left_out(project: Path) -> None:
    (project / os.fsdecode(b"caf\xe9")).write_text("")
    (project / "café").write_text("")
    assert await gate(project).call("Fs.list", []) == ["a.txt", "café", "out/", "spell.lua"]
    assert await gate(project).call("Fs.glob", ["caf*"]) == ["café"]


async def test_a_search_finds_sorted_paths_as_they_were_asked_for(project: Path) -> None:
    for name in ("b.md", "a.md", "d/c.md", "d/e/f.md", "d/.hidden/g.md", "d/[x].md"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")
    found = gate(project)
    for pattern, expected in {
        "*.md": ["a.md", "b.md"], "**/*.md": ["a.md", "b.md", "d/[x].md", "d/c.md", "d/e/f.md"],
        "d/**": ["d/[x].md", "d/c.md", "d/e/f.md"], "./d/../?.md": ["a.md", "b.md"], "d/[[]x].md": ["d/[x].md"],
        "a.md": ["a.md"], "nothing/*": [], "a.md/*": [], "d": [], "d/": ["d/"], "*/": ["d/", "out/"],
        "d/.hidden/*": None, "../*": None, "/etc/*": None,
    }.items():  # fmt: skip
        if expected is None:
            with pytest.raises(PermissionDenied):
                await found.call("Fs.glob", [pattern])
        else:
            assert await found.call("Fs.glob", [pattern]) == expected, pattern
    assert await gate(project).call("Fs.glob", [f"{project}/?.md"]) == [f"{project}/a.md", f"{project}/b.md"]


@pytest.mark.parametrize("name", [*READS, *WRITES])
@pytest.mark.parametrize("value", [1, True, None, [], {"a": 1}, b"bytes", {"$bytes": "AA=="}, "\0", ""])
async def test_what_is_no_path_is_a_wrong_argument_of_the_op(project: Path, name: str, value: Any) -> None:
    found = gate(project)
    more = {"write": [""], "append": [""], "copy": ["out/x"], "move": ["out/x"]}.get(name, [])
    if name == "list" and value is None:
        return  # the folder of the project
    with pytest.raises(ArgumentError):
        await found.call(f"Fs.{name}", [value, *more])


def test_every_op_that_writes_says_how_it_may_be_repeated() -> None:
    host = Host(environ={})
    assert Fs in builtin_globals()
    effects = {
        path: spec.mark.effect for path, (_, spec) in host.prepare(Spell.from_source("", "lua")).surface.ops.items()
    }
    assert {effects[f"Fs.{name}"] for name in READS} == {"read"}
    assert {name for name in WRITES if effects[f"Fs.{name}"] == "once"} == {"append", "remove", "move"}
    assert {name for name in WRITES if effects[f"Fs.{name}"] == "keyed"} == {"write", "mkdir", "copy"}


def denying(project: Path, kind: Kind, *patterns: str) -> tuple[Gate, list[dict[str, str]]]:
    """Return a gate under rules that deny something, and the lines that its audit log gets."""
    found = gate(project, write=["."], tools=["*"])
    assert found.access is not None
    rules = found.access.rules.deny(kind, [Rule(each, "[deny]", place="llmspell.toml:7") for each in patterns])
    found.access = access = Access(rules, found.access.paths.under(rules), found.access.taint)
    lines: list[dict[str, str]] = []
    access.note = lambda **line: lines.append(line)
    found.surface.ops["Fs.list"][0].context.__dict__["access"] = access
    return found, lines


@pytest.mark.parametrize(
    ("op", "words", "value", "decision"),
    [
        ("list", ["."], ".", "allow"), ("list", [], ".", "allow"), ("list", ["out/../kept"], "kept", "deny"),
        ("list", ["kept/deep"], "kept/deep", "deny"), ("list", [".."], "..", "deny"), ("list", ["a*"], "a*", "allow"),
        ("glob", ["**/*"], ".", "allow"), ("glob", ["out/*.txt"], "out", "allow"),
        ("glob", ["kept/**"], "kept", "deny"), ("glob", ["../*"], "..", "deny"),
        ("glob", ["./kept/../kept/*"], "kept", "deny"), ("glob", ["/etc/*"], "/etc", "deny"),
    ],
)  # fmt: skip
async def test_where_a_script_looks_around_is_decided_and_written_down(
    project: Path, op: str, words: list[str], value: str, decision: str
) -> None:
    (project / "kept").mkdir()
    found, lines = denying(project, "read", "kept/")
    with suppress(SpellError):
        await found.call(f"Fs.{op}", words)
    assert [(line["op"], line["kind"], line["value"], line["decision"]) for line in lines] == [
        (f"Fs.{op}", "read", value, decision)
    ]
    if value.startswith("kept"):
        assert lines[0]["rule"] == '[deny] read = "kept/"'
        assert lines[0]["source"] == "llmspell.toml:7"


async def test_what_is_denied_inside_of_a_folder_is_refused_with_the_rule_and_written_down(project: Path) -> None:
    (project / "out" / "kept").mkdir()
    (project / "out" / "kept" / "x").touch()
    found, lines = denying(project, "write", "out/kept/")
    for op, words in {"remove": ["out", {"recursive": True}], "move": ["out", "other"]}.items():
        with pytest.raises(PermissionDenied) as caught:
            await found.call(f"Fs.{op}", words)
        assert caught.value.message == 'writing "out/kept" is not allowed'
        assert caught.value.data["rule"] == '[deny] write = "out/kept/" in llmspell.toml:7'
        assert (lines[-1]["decision"], lines[-1]["source"]) == ("deny", "llmspell.toml:7")
    assert (project / "out" / "kept" / "x").exists()


async def test_a_second_name_of_what_is_denied_is_refused_and_written_down(project: Path) -> None:
    (project / "kept").write_text("kept")
    os.link(project / "kept", project / "second")
    found, lines = denying(project, "read", "kept")
    with pytest.raises(PermissionDenied) as caught:
        await found.call("Fs.read", ["second"])
    assert caught.value.message == 'reading "second" is not allowed'
    assert [(line["value"], line["decision"]) for line in lines] == [("second", "allow"), ("second", "deny")]
    assert lines[-1]["source"] == "llmspell.toml:7"


async def test_no_folders_are_made_without_end(project: Path) -> None:
    found = gate(project)
    for op, more in {"mkdir": [], "write": ["x"], "append": ["x"]}.items():
        await found.call(f"Fs.{op}", [f"out/{'a/' * 60}x-{op}", *more])
        with pytest.raises(ScriptError, match="more than 64 folders deep"):
            await found.call(f"Fs.{op}", [f"out/{'b/' * 70}x", *more])
    with pytest.raises(ScriptError, match="more than 64 folders deep"):
        await found.call("Fs.move", [f"out/{'a/' * 60}x-write", f"out/{'b/' * 70}x"])
    assert not (project / "out" / "b").exists()
