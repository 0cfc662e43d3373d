"""Hints of syntax errors: for a spell that is written in the other language."""

import pytest

from llmspell.errors import ScriptError
from llmspell.host.faults import foreign

FAULT = ScriptError("syntax error", data={"syntax": True})


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("lua", "x = 1\n\n\tconst x = 1"),
        ("lua", "  // no"),
        ("javascript", "\n  local x = 1"),
        ("javascript", "if x then \n"),
        ("javascript", "\tend"),
    ],
)
def test_the_other_language_is_told(language: str, source: str) -> None:
    assert "this looks like" in (foreign(FAULT, source, language).hint or "")


@pytest.mark.parametrize("language", ["lua", "javascript"])
@pytest.mark.parametrize("blank", ["\n", " ", "\t", "then ", "then\n", " \n"])
def test_a_source_of_blanks_takes_no_time(language: str, blank: str) -> None:
    assert foreign(FAULT, blank * 1_000_000 + "x = = 1", language).hint is None or blank == "then\n"
