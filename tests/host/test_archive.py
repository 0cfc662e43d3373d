"""Records that are not what llmspell wrote are refused as such."""

from typing import Any

import pytest
from msgspec.structs import replace

from llmspell import Host, Spell
from llmspell.errors import ConfigError
from llmspell.host import archive


@pytest.mark.parametrize(
    "change",
    [
        {"info": {}},
        {"info": {"profile": 1}},
        {"info": {"surface": "{"}},
        {"info": {"limits": {}}},
        {"info": {"granted": {"read": [1]}}},
        {"error": {"kind": 1}},
    ],
)
async def test_a_record_that_is_damaged_or_planted_is_refused(change: dict[str, Any]) -> None:
    async with Host(model="echo", environ={}) as host:
        record = archive.record(host.prepare(Spell.from_source("return 1", "lua")))
    archive.check(record)
    changed = {"info": record.info | change["info"]} if change.get("info") else change
    with pytest.raises(ConfigError, match=f"the record of run {record.run_id} is damaged"):
        archive.check(replace(record, **changed))
