"""Lua's `io` over ops does what Lua's own does: the same acts, in the same order, with the same answers."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lupa import lua54

from llmspell import Host, Spell
from llmspell.testing import InlineWorker

SCRIPT = """
local file, problem, number = io.open("%(path)s", "%(mode)s")
local told = {}
local function tell(...)
  local words = table.pack(...)
  for i = 1, words.n do
    local word = words[i]
    words[i] = math.type(word) == "float" and string.format("%%.3f", word) or word == file and "file" or tostring(word)
  end
  told[#told + 1] = table.concat(words, ",", 1, words.n)
end
if not file then tell(file, problem, number) else
%(acts)s
tell(file:close())
tell(io.type(file))
end
local left = io.open("%(path)s", "rb")
tell(left and left:read("a"))
if left then left:close() end
return table.concat(told, "\\n"):gsub("[^ -~\\n]", function(c) return string.format("\\\\%%d", c:byte()) end)
"""

FORMATS = st.sampled_from(['"l"', '"L"', '"n"', '"a"', "0", "1", "3", "7", '"*l"', '"l", "l"', '"n", "L"', ""])
PIECES = st.sampled_from(
    ['"a\\nb"', '"12 "', '"0x1F,"', "7", "1.5", '""', '"\\255\\0"', '("line\\n"):rep(5)', '" -3e2\\n"']
)
SEEKS = st.sampled_from(
    ['"set"', '"end"', '"cur"', '"set", 3', '"end", -2', '"cur", 1', '"set", 9', '"cur", -1', '"set", -1']
)
ACTS = st.lists(
    st.one_of(
        FORMATS.map(lambda form: f"file:seek('cur') tell(file:read({form}))"),
        st.lists(PIECES, max_size=3).map(lambda pieces: f"file:seek('cur') tell(file:write({', '.join(pieces)}))"),
        SEEKS.map(lambda seek: f"tell(file:seek({seek}))"),
        st.just("tell(file:flush())"),
        st.just("file:seek('cur') tell((pcall(function() for line in file:lines() do tell(line) end end)))"),
    ),
    max_size=8,
)
MODES = st.sampled_from(["r", "w", "a", "r+", "w+", "a+", "rb", "r+b"])
BEFORE = st.sampled_from(
    [None, b"", b"one\ntwo\n", b"12 0x1F -3.5e1 nan\nlast", b"\n\n", b"\xff\x00\n\xfe", b"x" * 300 + b"\n5"]
)


async def of_ours(source: str, folder: Path) -> Any:
    async with Host(profile="low", environ={}) as host:
        (folder / "spell.lua").write_text(source)
        run = host.prepare(Spell.from_path(folder / "spell.lua"))
        await run.execute(InlineWorker("lua"))
    assert run.error is None, run.error
    return run.value


def of_lua(source: str) -> Any:
    found = lua54.LuaRuntime(encoding="latin-1").execute(source)
    return found[0] if isinstance(found, tuple) else found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=BEFORE, mode=MODES, acts=ACTS)
def test_files_behave_as_those_of_lua(tmp_path: Path, before: bytes | None, mode: str, acts: list[str]) -> None:
    told = []
    for way in ("lua", "ours"):
        file = tmp_path / "file"
        file.unlink(missing_ok=True)
        if before is not None:
            file.write_bytes(before)
        source = SCRIPT % {"path": file, "mode": mode, "acts": "\n".join(acts)}
        told.append(of_lua(source) if way == "lua" else asyncio.run(of_ours(source, tmp_path)))
    assert told[1] == told[0]


def test_a_large_file_is_read_and_written_in_pieces(tmp_path: Path) -> None:
    source = f"""
    local file = io.open("{tmp_path}/large", "w")
    for i = 1, 200000 do file:write("line ", i, "\\n") end
    file:close()
    local n = 0
    for line in io.lines("{tmp_path}/large") do n = n + 1 assert(line == "line " .. n) end
    local all = io.open("{tmp_path}/large"):read("a")
    return {{ n, #all }}
    """
    count, size = asyncio.run(of_ours(source, tmp_path))
    assert count == 200_000
    assert size == (tmp_path / "large").stat().st_size


@pytest.mark.parametrize("profile", ["medium", "high"])
@pytest.mark.parametrize("name", ["io", "os.execute", "os.getenv", "os.remove", "os.rename", "os.tmpname", "System"])
async def test_nothing_of_it_is_there_where_the_profile_does_not_grant_it(profile: str, name: str) -> None:
    async with Host(profile=profile, environ=dict(os.environ)) as host:
        run = host.prepare(Spell.from_source(f"return {name}", "lua"))
        await run.execute(InlineWorker("lua"))
    assert run.error is not None
    assert run.value is None


async def test_a_wrong_offset_is_told_as_it_was_given(tmp_path: Path) -> None:
    source = f"""
    local file = io.open("{tmp_path}/file", "w")
    return attempt(function() file:seek("set", "x") end).error.message
    """
    assert await of_ours(source, tmp_path) == 'file:seek: `offset` must be an integer, got "x"'
