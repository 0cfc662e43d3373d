"""The parts of the JavaScript prelude share one function, where a second definition of a name would silently win."""

import re
from collections import Counter
from pathlib import Path

import pytest

from llmspell.engines import javascript

BRIDGE = Path(__file__).parents[2] / "bridge"
DEFINED = re.compile(r"^(?:async )?(?:function\*?|class|const|let) (?:(\w+)|\{([^}]*)\}|\[([^\]]*)\])", re.MULTILINE)


def names(paths: list[Path]) -> Counter[str]:
    found = [match for path in paths for match in DEFINED.findall(path.read_text("utf-8"))]
    return Counter(name.split(":")[-1].strip() for each in found for name in ",".join(filter(None, each)).split(","))


@pytest.mark.parametrize(
    "paths",
    [
        [*(BRIDGE / "javascript" / f"{part}.js" for part in javascript._PARTS), BRIDGE / "prelude.js"],
        [BRIDGE / "javascript" / "web" / f"{part}.js" for part in javascript._WEB],
    ],
    ids=["prelude", "web"],
)
def test_no_two_parts_define_the_same_name(paths: list[Path]) -> None:
    found = names(paths)
    assert len(found) > 50
    assert [name for name, times in found.items() if times > 1] == []
