"""Records that are not what llmspell wrote are refused as such."""

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from llmspell import Host, Spell
from llmspell.bundle import Bundle, Module
from llmspell.errors import ArgumentError, ConfigError
from llmspell.host import archive
from llmspell.journal.records import RunRecord
from llmspell.security.profile import Profile


@pytest.mark.parametrize(
    "change",
    [
        {"info": {}},
        {"info": {"profile": 1}},
        {"info": {"surface": "{"}},
        {"info": {"limits": {}}},
        {"info": {"granted": {"read": [1]}}},
        {"error": {"kind": 1}},
        {"info": {"surface": '{"ops": [{}], "features": {}}'}},
    ],
)
async def test_a_record_that_is_damaged_or_planted_is_refused(change: dict[str, Any]) -> None:
    async with Host(model="echo", environ={}) as host:
        record = archive.record(host.prepare(Spell.from_source("return 1", "lua")))
    archive.check(record)
    changed = {"info": record.info | change["info"]} if change.get("info") else change
    with pytest.raises(ConfigError, match=f"the record of run {record.run_id} is damaged"):
        archive.check(replace(record, **changed))
    for part, name, value in [
        *(("limits", name, value) for name in record.info["limits"] for value in (-1, "x", True)),
        *(
            ("profile", name, value)
            for name, value in (("base", "none"), ("base", ["low"]), ("jit", 1), ("about", "\x1b"))
        ),
    ]:
        planted = record.info | {part: record.info[part] | {name: value}}
        with pytest.raises(ConfigError, match="is damaged"):
            archive.check(replace(record, info=planted))


async def test_a_record_never_raises_a_limit_of_today() -> None:
    async with Host(model="echo", environ={}) as host:
        record = archive.record(host.prepare(Spell.from_source("return 1", "lua")))
    today, high = Profile.load("medium"), Profile.load("high")

    def planted(profile: dict[str, Any] | None = None, **limits: Any) -> RunRecord:
        info = {"limits": record.info["limits"] | limits, "profile": record.info["profile"] | (profile or {})}
        return replace(record, info=record.info | info)

    assert archive.profile(record, today) == archive.pinned(record, today) == today
    most = dict.fromkeys(("memory", "memory_hard", "calls"), 2**50) | dict.fromkeys(("cpu", "turn", "wall"), 1e9)
    wide = planted({"base": "low", "jit": True}, **most)
    archive.check(wide)
    assert archive.usual(wide) == "medium"
    assert archive.usual(planted({"base": "high"})) == "high"
    assert archive.profile(wide, today) == archive.pinned(wide, today) == today
    few = archive.profile(planted({"jit": False}, memory=2**20, turn=0.5, output=5), today)
    assert (few.limits.memory, few.limits.turn, few.limits.output, few.jit) == (2**20, 0.5, 5, False)
    assert archive.pinned(planted(output=5, turn=0.5), today).limits == dataclasses.replace(today.limits, output=5)
    for name in ("in_flight", "output", "frame"):
        for check in (archive.profile, archive.pinned):
            with pytest.raises(ArgumentError, match=rf"limits\.{name} = 1073741824, and security: medium .* allows"):
                check(planted(**{name: 2**30}), today)
    small = {name: getattr(high.limits, name) for name in ("in_flight", "output", "frame")}
    with pytest.raises(ArgumentError, match=r"engine\.codegen = true, and security: high .* allows false"):
        archive.profile(planted(**small), high)


@pytest.mark.parametrize(
    "change",
    [
        {"spell": {"path": 5}},
        {"spell": {"language": "python"}},
        {"spell": {"language": "json"}},
        {"modules": [{"path": "m", "language": [], "source": "", "uses": {}}]},
        {"modules": [{"path": "m", "language": "python", "source": "", "uses": {}}]},
        {"modules": [{"path": "m", "language": "lua", "source": "", "uses": {"a": 1}}]},
        {"modules": 1},
        {"folder": None},
    ],
)
def test_a_bundle_that_is_damaged_or_planted_is_refused(change: dict[str, Any]) -> None:
    files = archive.files(Bundle(Module("it.lua", "lua", "return 1"), (Module("d.json", "json", "{}", {}),)))
    assert archive.files(archive.bundle(files)) == files
    changed = {name: files[name] | value if name == "spell" else value for name, value in change.items()}
    with pytest.raises(ConfigError, match="a spell in the journal is damaged"):
        archive.bundle(files | changed)


def test_a_bundle_is_the_one_that_a_run_has_begun_with() -> None:
    mine, other = (Bundle(Module("it.lua", "lua", source)) for source in ("return 1", "return 2"))
    assert archive.bundle(archive.files(mine), mine.sha) == mine
    with pytest.raises(ConfigError, match="is not the one that the run has begun with"):
        archive.bundle(archive.files(other), mine.sha)
