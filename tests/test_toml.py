"""TOML tells on which line a key or an element stands, however it is written; and a stranger's file has its bounds."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell import toml
from llmspell.errors import ConfigError

TEXT = '''# a = 1
[deny]                      # line 2
net = ["10.0.0.0/8", "a]b", # [ "x"
  # nothing
  """c
  \\""" d""",
  'e#', { x = 1,
  }, [
    2, [ 3 ] ], 1979-05-27 07:32:00 ]
"quoted.key" = 1
"\\u0061bc" = """
more = [
"""""
lit = \'\'\'
x = [\'\'\'
[spells.digest]
allow.net = ["a.com"]
allow . 'write' = { one = [1, {b = 2}], two.three = "}", }
[[rule]]
name = "first"
[rule.inner]
deep = 1
[[rule]]
name = "second"
parts = [
]
[spells]
late = true
[empty]'''
AT_1_1 = {"{ x = 1,\n  }": "{ x = 1 }\n", '"}", }': '"}" }'}
"""What only a later version of the language has, and what the one before has for it."""


def older(text: str) -> str:
    for new, old in AT_1_1.items():
        text = text.replace(new, old)
    return text


@pytest.fixture(scope="module")
def document() -> toml.Document:
    return toml.parse(older(TEXT).replace("\n", "\r\n").replace("'''\r\n", "'''\n"), "x.toml")


@pytest.mark.parametrize(
    ("key", "index", "line"),
    [
        ("deny", None, 2),
        ("deny.net", None, 3),
        ("deny.net", 0, 3),
        ("deny.net", 1, 3),
        ("deny.net", 2, 5),
        ("deny.net", 3, 7),
        ("deny.net", 4, 7),
        (("deny", "net", 4, "x"), None, 7),
        ("deny.net", 5, 8),
        (("deny", "net", 5, 1, 0), None, 9),
        ("deny.net", 6, 9),
        ("deny.net", 7, None),
        ("deny.net.x", None, None),
        (("deny", "quoted.key"), None, 10),
        ("deny.quoted.key", None, None),
        ("deny.abc", None, 11),
        ("deny.lit", None, 14),
        ("deny.more", None, None),
        ("spells.digest", None, 16),
        ("spells.digest.allow", None, 17),
        ("spells.digest.allow.net", 0, 17),
        ("spells.digest.allow.write.one", 1, 18),
        ("spells.digest.allow.write.two.three", None, 18),
        ("rule", None, 19),
        ("rule", 0, 19),
        (("rule", 0, "name"), None, 20),
        (("rule", 0, "inner", "deep"), None, 22),
        ("rule", 1, 23),
        (("rule", 1, "name"), None, 24),
        (("rule", 1, "inner"), None, None),
        (("rule", 1, "parts"), 0, None),
        ("spells", None, 27),
        ("spells.late", None, 28),
        ("empty", None, 29),
        ("", None, None),
    ],
)
def test_a_place_is_the_line_where_it_begins(
    document: toml.Document, key: Any, index: int | None, line: int | None
) -> None:
    parts = key.split(".") if isinstance(key, str) else key
    assert document.place(key if index is None else (*parts, index)) == line


def test_a_place_is_told_with_the_name_of_the_file(document: toml.Document) -> None:
    assert document.where(("deny", "net", 2)) == "x.toml:5"
    assert document.where("deny.nothing") == "x.toml"


def test_the_data_is_what_the_library_reads(document: toml.Document) -> None:
    assert document.data == tomllib.loads(older(TEXT))


def test_tables_in_braces_may_go_on_over_lines() -> None:
    """As version 1.1 of the language has it, which later versions of Python read."""
    late = toml.Document("a = {\n  b = 1,\n  c.d = [\n2], # }\n}\ne = 1", {}, "x")
    assert [late.place(key) for key in ("a.b", "a.c.d", "e")] == [2, 3, 6]
    assert late.place(("a", "c", "d", 0)) == 4


def test_of_what_is_no_toml_nobody_can_tell_a_place() -> None:
    for text in ("a = [1, 2", "a", "a = {b", "[a", '"a', "a = ", 'a = """x', "a.", "= 1", "a = ]", "[[a]"):
        assert toml.Document(text, {}, "x").place("a") is None


class Writer:
    """Writes a document line by line; its numbers are all different, so that each is found on one line only."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.count = draw, 1000

    def number(self) -> str:
        self.count += 1
        return str(self.count)

    def gap(self) -> str:
        return self.draw(st.sampled_from(("", " ", "\n", "\r\n", ' # ]}\'"""\n  ', "\t\n\n")))

    def value(self, depth: int) -> str:
        match self.draw(st.integers(0, 5 if depth < 3 else 1)):
            case 0 | 1:
                return self.number()
            case 2:
                pairs = [f"{self.key(n)} = {self.value(3)}" for n in range(self.draw(st.integers(0, 3)))]
                return "{ " + ", ".join(pairs) + " }"
            case 3:
                return self.draw(st.sampled_from(('"]"', "'''\n['''", '"""\n\\"""\n"""""', "'\"'", '"#\\""', "-1.5e3")))
            case _:
                inner = [self.gap() + self.value(depth + 1) + self.gap() for _ in range(self.draw(st.integers(0, 3)))]
                return "[" + ",".join(inner) + self.draw(st.sampled_from(("", ",\n") if inner else ("",))) + "]"

    def key(self, number: int) -> str:
        names = ("k{}", '"k.{}"', "'k {}'", 'k . "\\u0061" . k{}', '"\\"{}"')
        return self.draw(st.sampled_from(names)).format(number)


@st.composite
def documents(draw: st.DrawFn) -> str:
    writer, lines = Writer(draw), []
    for number in range(draw(st.integers(1, 6))):
        lines.append(draw(st.sampled_from(("[t{}]", "[[l.'x']]", '[ u."t{}" ] # ]', ""))).format(number))
        lines += [f"{writer.key(number * 10 + n)} = {writer.value(0)}" for n in range(draw(st.integers(0, 3)))]
        lines.append(draw(st.sampled_from(("", "# x = [", "\n"))))
    return "\n".join(lines)


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], object]]:
    match value:
        case dict():
            return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]
        case list():
            return [leaf for number, each in enumerate(value) for leaf in leaves(each, (*path, number))]
    return [(path, value)]


@given(documents())
@settings(max_examples=150)
def test_each_number_is_on_the_line_of_its_place(text: str) -> None:
    document = toml.parse(text, "x")
    lines = text.split("\n")
    for path, value in leaves(document.data):
        place = document.place(path)
        assert place is not None, path
        if isinstance(value, int):
            assert str(value) in lines[place - 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[journal", "x.toml is not TOML"),
        ("x = " + "[" * 5000, "is nested more than|is not TOML"),
        ("a." * 100 + "b = 1", "x.toml: a key has more than 64 parts"),
        ("x" * 70_000, "too large"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_out_of_bounds_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        toml.parse(text, "x.toml")


def test_a_file_is_read_if_it_is_there_and_a_file(tmp_path: Path) -> None:
    assert toml.read(tmp_path / "x.toml", "x.toml") is None
    (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbfa = 1")
    found = toml.read(tmp_path / "x.toml", "x.toml")
    assert found is not None
    assert (found.data, found.place("a")) == ({"a": 1}, 1)
    for raw, message in ((b"\xff", "not UTF-8"), (b"#" * 65_537, "too large")):
        (tmp_path / "x.toml").write_bytes(raw)
        with pytest.raises(ConfigError, match=message):
            toml.read(tmp_path / "x.toml", "x.toml")
    with pytest.raises(ConfigError, match="is a directory"):
        toml.read(tmp_path, "x.toml")


def test_the_places_of_a_large_file_are_found_in_one_walk() -> None:
    """So deep, and so long, that a walk which goes back or which calls itself would be seen."""
    text = "a = " + "[" * 30_000 + "]" * 30_000
    assert toml.Document(text, {}, "x").place(("a", *[0] * 29_999)) == 1
    wide = "a = [" + "1,\n" * 20_000 + "]"
    assert toml.parse(wide, "x").place(("a", 19_999)) == 20_000
