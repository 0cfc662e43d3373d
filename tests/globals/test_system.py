"""Programs and variables: who may, what a program inherits, and that none outlives the call that ran it."""

import asyncio
import os
import select
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from llmspell import Host, Spell
from llmspell.bridge.dispatch import Gate
from llmspell.errors import ArgumentError, PermissionDenied, ScriptError, TimeLimitError
from llmspell.security.profile import Profile

ENVIRON = {"PATH": "/usr/bin:/bin", "HOME": "/home/somebody", "SECRET_KEY": "sk-secret"}


def gate(profile: str | Profile = "low", **allow: Any) -> Gate:
    host = Host(profile=profile, environ=ENVIRON, allow=allow)
    return host.prepare(Spell.from_source("", "lua")).gate


def declared(**allow: Any) -> Gate:
    return gate("medium", **allow)


async def run(found: Gate, command: Any, **options: Any) -> Any:
    return await found.call("System.run", [command, options])


def alive(number: str) -> bool:
    """Return whether a process goes on living."""
    try:
        process = os.pidfd_open(int(number))
    except ProcessLookupError:
        return False
    with os.fdopen(process):
        return not select.select([process], [], [], 5)[0]


async def test_a_trusted_spell_has_the_whole_environment() -> None:
    assert (await run(gate(), 'printf "%s" "$SECRET_KEY"')).out == "sk-secret"
    assert await gate().call("System.env", ["SECRET_KEY"]) == "sk-secret"
    assert await gate().call("System.env", ["OTHER"]) is None


@pytest.mark.parametrize(
    ("language", "form"), [("lua", '{ "git", "log" }'), ("javascript", '["git", "log"]')]
)  # fmt: skip
@pytest.mark.parametrize("command", ["", [], [""]])
async def test_a_command_is_something(language: str, form: str, command: Any) -> None:
    host = Host(profile="low", environ=ENVIRON)
    with pytest.raises(ArgumentError, match="`command` must not be empty") as caught:
        await run(host.prepare(Spell.from_source("", language)).gate, command)
    assert caught.value.hint == f'write {form} or "git log"'


async def test_a_program_under_any_other_profile_has_a_clean_environment() -> None:
    found = declared(run=["env"], env=["HOME", "LLM_*"])
    ended = await run(found, ["env"])
    names = {line.partition("=")[0] for line in ended.out.splitlines()} - {"LC_CTYPE"}
    assert names == {"PATH", "HOME"}
    assert await found.call("System.env", ["HOME"]) == "/home/somebody"
    assert await found.call("System.env", ["LLM_X"]) is None
    with pytest.raises(PermissionDenied, match='reading the variable "SECRET_KEY" is not allowed'):
        await found.call("System.env", ["SECRET_KEY"])


@pytest.mark.parametrize(
    ("command", "granted"),
    [
        (["git", "log", "-1"], True), (["git", "log"], True), (["git", "push"], False), (["git"], False),
        (["gitlog"], False), (["/tmp/git", "log"], False), ("git log", False), ("true", False),
        (["git log"], False), (["git", "log; id"], False), ("git log; id", False), (["sh", "-c", "git log"], False),
    ],
)  # fmt: skip
async def test_a_rule_grants_a_program_with_the_arguments_that_it_begins_with_and_no_shell(
    command: Any, granted: bool
) -> None:
    found = declared(run=["git log"])
    if granted:
        with suppress(ScriptError):  # there need be no git here
            await run(found, command, cwd=".")
    else:
        with pytest.raises(PermissionDenied, match="running"):
            await run(found, command, cwd=".")


async def test_what_a_program_leaves_running_ends_with_it(tmp_path: Path) -> None:
    ended = await asyncio.wait_for(run(gate(), "sleep 60 & echo $!; exit 0"), 20)
    assert ended.status == 0
    assert not alive(ended.out)


@pytest.mark.parametrize("way", ["timeout", "cancel"])
async def test_a_program_is_killed_with_all_that_it_has_started(tmp_path: Path, way: str) -> None:
    pids = tmp_path / "pids"
    command = f"sleep 60 & echo $! > {pids}.new; echo $$ >> {pids}.new; mv {pids}.new {pids}; wait"
    running = asyncio.ensure_future(run(gate(), command, **({"timeout": 1} if way == "timeout" else {})))
    if way == "cancel":
        ended = await run(gate(), f"while ! test -e {pids}; do sleep 0.01; done", timeout=20)
        assert ended.status == 0
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    else:
        with pytest.raises(TimeLimitError, match="took longer than 1 s"):
            await running
    assert [number for number in pids.read_text().split() if alive(number)] == []


async def test_a_program_that_prints_without_end_is_ended() -> None:
    with pytest.raises(ScriptError, match=r"System\.run: yes printed more than \d+ bytes"):
        await asyncio.wait_for(run(gate(), ["yes"]), 20)


async def test_a_program_that_does_not_read_is_given_its_input_in_vain() -> None:
    ended = await run(gate(), ["true"], input="x" * 1_000_000)
    assert ended.status == 0


async def test_output_that_is_not_utf_8_is_shown_as_such() -> None:
    ended = await run(gate(), "printf 'a\\377b'; printf '\\376' >&2")
    assert (ended.out, ended.err) == ("a\ufffdb", "\ufffd")


async def test_a_program_inherits_no_descriptor_of_ours() -> None:
    ended = await run(gate(), ["ls", "/proc/self/fd"])
    assert set(ended.out.split()) <= {"0", "1", "2", "3"}  # the last is that of the listing


@pytest.mark.parametrize("command", [[], [""], "", ["a\0b"], "a\0b", [1], {"a": "b"}, None])
async def test_what_is_no_command_is_a_wrong_argument(command: Any) -> None:
    with pytest.raises(ArgumentError):
        await run(gate(), command)


async def test_where_a_program_starts_must_be_readable(tmp_path: Path) -> None:
    assert (await run(gate(), ["pwd"], cwd=str(tmp_path))).out.strip() == str(tmp_path)
    with pytest.raises(PermissionDenied, match="reading"):
        await run(declared(run=["pwd"]), ["pwd"], cwd="/etc")


@pytest.mark.parametrize("env", [{"PATH": "."}, {"LD_PRELOAD": "x.so"}, {"GIT_EXTERNAL_DIFF": "x"}, {"A": "1"}])
async def test_a_program_that_a_rule_grants_gets_no_variables_that_could_make_it_another(env: dict[str, str]) -> None:
    with pytest.raises(PermissionDenied, match="`env` is not allowed for a program that a rule grants"):
        await run(declared(run=["env"]), ["env"], env=env)
    assert (await run(declared(run=["*"]), ["env"], env={"EXTRA": "1"})).out.count("EXTRA=1") == 1


async def test_a_shell_is_granted_as_the_program_that_it_is() -> None:
    with pytest.raises(PermissionDenied) as caught:
        await run(declared(run=["echo"]), "echo a")
    assert caught.value.message == "running \"/bin/sh -c 'echo a'\" is not allowed"
    assert (await run(declared(run=["/bin/sh -c 'echo a'"]), "echo a")).out == "a\n"
    assert (await run(declared(run=["/bin/sh -c *"]), "echo $((1 + 1))")).out == "2\n"
    with pytest.raises(PermissionDenied):
        await run(declared(run=["/bin/sh -c 'echo a'"]), "echo a; id")


async def test_what_is_denied_no_shell_runs_either() -> None:
    def denying(*patterns: str) -> Gate:
        host = Host(profile="low", environ=ENVIRON, deny={"run": list(patterns)})
        return host.prepare(Spell.from_source("", "lua")).gate

    found = denying("echo a -i", "printf")
    assert (await run(found, ["echo", "a"])).out == "a\n"
    for command in (
        ["echo", "a", "-i"], ["/usr/bin/echo", "a", "-i", "x"], ["/usr/bin/printf", "a"], "echo a", "pri''ntf a",
        ["sh", "-c", "printf a"], ["/usr/bin/env", "printf", "a"], ["xargs", "printf"], ["busybox", "printf", "a"],
        ["timeout", "9", "printf", "a"], ["bash", "x.sh"],
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            await run(found, command)
    with pytest.raises(PermissionDenied):
        await run(denying("*"), ["echo", "a"])


async def test_what_is_denied_no_link_runs_either(tmp_path: Path) -> None:
    (tmp_path / "spell.lua").write_text("")
    (tmp_path / "llmspell.toml").write_text("")
    (tmp_path / "bin").mkdir()
    links = {"p": "/usr/bin/printf", "bin/q": "../p", "s": "/bin/sh", "e": "/bin/echo", "round": "round"}
    for name, to in links.items():
        (tmp_path / name).symlink_to(to)
    host = Host(profile="low", environ=ENVIRON, deny={"run": ["printf"]})
    found = host.prepare(Spell.from_path(tmp_path / "spell.lua")).gate
    assert (await run(found, ["./e", "a"])).out == "a\n"
    assert (await run(found, ["e", "a"], env={"PATH": "."})).out == "a\n"
    for command, options in (
        (["./p", "a"], {}), (["bin/q", "a"], {}), (["./q", "a"], {"cwd": "bin"}), (["./s", "-c", "x"], {}),
        (["p", "a"], {"env": {"PATH": "."}}), (["p", "a"], {"env": {"PATH": f"/none:{tmp_path}"}}),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied) as caught:
            await run(found, command, **options)
        assert "usr" not in caught.value.message
    with pytest.raises(ScriptError, match="cannot be started"):
        await run(found, ["./round", "a"])


async def test_a_variable_that_is_denied_reaches_no_program() -> None:
    host = Host(profile="low", environ=ENVIRON | {"SHOWN": "1"}, deny={"env": ["SECRET_*", "HOME"]})
    found = host.prepare(Spell.from_source("", "lua")).gate
    printed = (await run(found, ["env"])).out
    assert "SHOWN=1" in printed
    assert "SECRET" not in printed
    assert "HOME" not in printed
    assert (await run(found, ["printenv", "HOME"], env={"HOME": "/mine"})).out == "/mine\n"


async def test_a_command_that_rules_are_asked_about_is_bounded() -> None:
    with pytest.raises(ArgumentError, match="at most 8192 characters"):
        await run(declared(run=["echo"]), ["echo", "x" * 10_000])
    assert len((await run(gate(), ["echo", "x" * 10_000])).out) == 10_001


async def test_a_temporary_file_is_made_where_the_spell_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for found in (gate(), declared(write=[str(tmp_path)])):
        made = await found.call("System.temporary", [])
        assert os.path.dirname(made) == str(tmp_path)  # noqa: PTH120
        assert os.stat(made).st_size == 0  # noqa: PTH116
    with pytest.raises(PermissionDenied, match="writing"):
        await declared().call("System.temporary", [])
    assert len(os.listdir(tmp_path)) == 2  # noqa: PTH208
