"""Globs: what a pattern may be."""

import pytest

from llmspell.errors import ArgumentError
from llmspell.security.globs import LONGEST, Glob


@pytest.mark.parametrize("names", [["[" * 4000], ["[a]"] * 1000, ["*a" * 1_000_000]])
def test_a_pattern_that_takes_long_to_read_is_refused(names: list[str]) -> None:
    with pytest.raises(ArgumentError, match="at most 500 characters"):
        Glob(names)


def test_a_pattern_may_have_so_many_characters() -> None:
    assert Glob(["a" * (LONGEST - 2), "*"]).matches(["a" * (LONGEST - 2), "b"])


def test_what_is_denied_with_all_that_is_in_it_is_denied_itself() -> None:
    assert Glob(["**"], hidden=True).begins([])
    assert not Glob(["*"], hidden=True).begins([])
