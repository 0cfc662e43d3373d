"""The committed stubs and reference say what the ops say. `make stubs` writes them."""

from pathlib import Path

import pytest

from llmspell.bridge.render import FACES
from llmspell.bridge.surface import Surface
from llmspell.host.host import builtin_globals

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("path", FACES)
def test_a_generated_file_is_fresh(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == FACES[path](Surface(builtin_globals())), "run `make stubs`"


def test_every_op_and_parameter_is_documented() -> None:
    surface = Surface(builtin_globals())
    reference = FACES["docs/reference.md"](surface)
    for spec in [*(spec for _, spec in surface.ops.values()), *surface.guest]:
        assert spec.about, f"{spec.path} has no docstring"
        assert (f"### `{spec.path}(" in reference) is not spec.hidden
    assert "|  |\n" not in reference, "a parameter without a meaning"


@pytest.mark.parametrize(
    ("op", "marks"),
    [
        ("Fs.read", "`read-only`"), ("Fs.write", None), ("Fs.remove", "`destructive`"),
        ("Http.get", "`read-only`, `sends out`"), ("Http.delete", "`destructive`, `sends out`"), ("attempt", None),
    ],
)  # fmt: skip
def test_the_reference_says_what_an_op_can_do_to_others(op: str, marks: str | None) -> None:
    about = FACES["docs/reference.md"](Surface(builtin_globals())).split(f"### `{op}(")[1].partition("\n#")[0]
    said = [f"Marks: {marks}."] if marks else []
    assert [line for line in about.splitlines() if line.startswith("Marks: ")] == said
