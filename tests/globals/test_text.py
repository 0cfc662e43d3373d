"""Helpers for text: what holds for every text."""

import csv
import io
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell import Host, Spell
from llmspell.errors import ArgumentError
from llmspell.globals.text import Text

TEXT = Text(Host(environ={}).prepare(Spell.from_source("", "lua")).context)
TEXTS = st.text(st.sampled_from("ab .!\n\té𝄞"), max_size=200)
FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1, max_size=8)


@given(TEXTS, st.integers(1, 30), st.data())
async def test_chunks_are_the_text_cut_in_pieces(text: str, size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, size // 2))
    chunks = await TEXT.chunk(text, size=size, overlap=overlap)
    assert all(0 < len(chunk) <= size for chunk in chunks)
    assert "".join(chunk if i == 0 else chunk[overlap:] for i, chunk in enumerate(chunks)) == text


@given(TEXTS)
async def test_chunks_end_at_a_break_where_there_is_one(text: str) -> None:
    chunks = await TEXT.chunk(text, size=20)
    for chunk in chunks[:-1]:
        assert chunk[-1] in " \n" or not set(chunk[10:]) & set(" \n")


@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=1, max_size=9), st.sampled_from(",;\t|"))
async def test_a_csv_that_was_written_is_read_again(rows: list[list[str]], separator: str) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=separator).writerows(rows)
    assert await TEXT.csv(file.getvalue(), header=False, separator=separator) == rows


@given(st.text())
async def test_a_slug_is_a_slug_already(text: str) -> None:
    try:
        slug = await TEXT.slug(text)
    except ArgumentError:
        return
    assert await TEXT.slug(slug) == slug
    assert "/" not in slug
    assert not slug.startswith("-")


async def test_rows_that_are_too_large_as_maps_are_refused() -> None:
    with pytest.raises(ArgumentError, match="too large as maps"):
        await TEXT.csv("x" * 100_000 + ",b\n" + "1,2\n" * 1000)


async def test_a_field_that_is_too_large_is_refused() -> None:
    with pytest.raises(ArgumentError, match="field larger than field limit"):
        await TEXT.csv("x" * 200_000)


@given(st.text(st.sampled_from(" \t\nab"), max_size=100))
async def test_a_text_loses_the_indentation_that_its_lines_share(text: str) -> None:
    wanted = textwrap.dedent(f"\n{text}\n")
    assert await TEXT.dedent(f"\n{text}\n") == wanted[1:-1]


async def test_an_indentation_of_megabytes_is_removed() -> None:
    margin = " " * 4_000_000
    assert await TEXT.dedent(f"{margin}a\n{margin} b") == "a\n b"
