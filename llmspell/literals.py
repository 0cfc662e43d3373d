"""Reads the literal that `spell{…}` is given, without running the script."""

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from llmspell.data import DEPTH
from llmspell.errors import ConfigError, Place
from llmspell.lexis import JavaScript, Lexis, Lua, Quote
from llmspell.wording import clip

NODES = 10_000
"""Values that a manifest may have, nested ones counted."""

_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"0[xX][\w.]*(?:(?<=[pP])[+-]\w+)?|\.?\d[\w.]*(?:(?<=[eE])[+-]\d\w*)?", re.ASCII)
_MARK = re.compile(r"\.\.\.?|=>|[=!]==?|~=|&&|\|\||\?\?|.", re.DOTALL)
_DOTTED = re.compile(r"[\w$]+(?:\.[\w$]+)*")
LEXES: Mapping[str, Lexis] = {"lua": Lua(), "javascript": JavaScript()}
"""By language, how its tokens are written."""


@dataclass(frozen=True)
class Node:
    """A literal and where it begins: a scalar, a list of nodes, or a table of nodes with where its keys begin."""

    value: Any
    start: int
    keys: dict[str, int] = field(default_factory=dict)

    def plain(self) -> Any:
        """Return the literal as plain data."""
        if isinstance(self.value, list):
            return [each.plain() for each in self.value]
        if isinstance(self.value, dict):
            return {key: each.plain() for key, each in self.value.items()}
        return self.value


class Token(NamedTuple):
    """A name, number, string or mark, and where it stands."""

    kind: str
    text: str
    start: int
    end: int
    quote: Quote | None = None


class Source:
    """The text of a spell; knows the line and column of each offset."""

    def __init__(self, text: str, language: str, name: str) -> None:
        self.text = text
        self.language = language
        self.name = name

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(newline.end() for newline in re.finditer("\n", self.text))]

    def place(self, offset: int) -> Place:
        """Return the line and column of an offset."""
        line = bisect_right(self._lines, offset)
        return Place(self.name, line, offset - self._lines[line - 1] + 1)

    def error(self, offset: int, message: str, hint: str | None = None) -> ConfigError:
        """Return an error that stands at an offset."""
        return ConfigError(message, hint=hint, where=self.place(offset), source=self.text)


def manifests(source: Source) -> Iterator[Node]:
    """Yield what each statement `spell{…}` at column 0 is given.

    Raises:
        ConfigError: it is not one literal; the error stands at the part that is not.
    """
    if "spell" not in source.text:
        return
    reader = _LuaReader(source) if source.language == "lua" else _JavaScriptReader(source)
    for at in reader.lexis.statements(source.text):
        if node := reader.argument(at + len("spell")):
            yield node


class Tokens:
    """Reads the tokens of a source from an offset on, and skips space and comments."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.lexis = LEXES[source.language]
        self.at = 0

    def peek(self) -> Token:
        """Return the next token and stay before it."""
        at = self._skip(self.at)
        if at == len(self.text):
            return Token("end", "the end of the file", at, at)
        for kind, pattern in (("name", self.lexis.name), ("number", _NUMBER)):
            if found := pattern.match(self.text, at):
                return Token(kind, found[0], at, found.end())
        if quote := self.lexis.quote(self.text, at):
            return Token("string", self.text[at : quote.end], at, quote.end, quote)
        found = _MARK.match(self.text, at)
        assert found is not None
        return Token("mark", found[0], at, found.end())

    def next(self) -> Token:
        """Return the next token and step behind it."""
        token = self.peek()
        self.at = token.end
        return token

    def _skip(self, at: int) -> int:
        while True:
            space = _SPACE.match(self.text, at)
            assert space is not None
            at = space.end()
            if (end := self.lexis.comment_end(self.text, at)) is None:
                return at
            at = end


class _Reader(Tokens, ABC):
    """Reads literals at an offset of a source."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.nodes = 0

    @abstractmethod
    def argument(self, at: int) -> Node | None:
        """Return the argument of a call whose function ends at an offset, or None if it is no call."""

    @abstractmethod
    def table(self, opening: Token, depth: int) -> Node:
        """Return the table or list that begins with a bracket."""

    # -- values -------------------------------------------------------------------------------------------------------

    def value(self, depth: int) -> Node:
        """Return the literal that comes next."""
        token = self.next()
        self.nodes += 1
        if self.nodes > NODES:
            raise self.source.error(token.start, f"a manifest may have at most {NODES:,} values")
        if token.kind == "string":
            return self._string(token)
        if token.kind == "number":
            return Node(self._number(token.text, token), token.start)
        if token.kind == "name" and token.text in self.lexis.constants:
            return Node(self.lexis.constants[token.text], token.start)
        if token.text == "-" and self.peek().kind == "number":
            return Node(-self._number(self.peek().text, self.next()), token.start)
        if token.text in ("{", "["):
            if depth == DEPTH:
                raise self.source.error(token.start, f"the manifest is nested more than {DEPTH} deep")
            return self.table(token, depth)
        raise self.not_literal(token)

    def separated(self, opening: Token, closing: str, separators: tuple[str, ...] = (",",)) -> Iterator[None]:
        """Yield before each entry of a bracket, and step behind what separates and closes them."""
        while self.peek().text != closing:
            if self.peek().kind == "end":
                raise self._unclosed(opening, closing)
            yield
            if self.peek().text in separators:
                self.next()
            elif self.peek().text != closing:
                raise self.unexpected(self.peek(), opening, closing)
        self.next()

    def key(self, node: Node) -> str:
        """Return a key that stands in brackets."""
        if not isinstance(node.value, str):
            raise self.source.error(node.start, "the keys of a manifest are names or strings")
        return node.value

    def entry(self, table: Node, key: str, start: int, node: Node) -> None:
        """Put an entry into a table."""
        if key in table.value:
            raise self.source.error(start, f"`{clip(key, 40)}` is given twice")
        table.value[key] = node
        table.keys[key] = start

    def close(self, opening: Token, closing: str) -> None:
        """Step behind a closing bracket, which must come next."""
        if self.peek().text != closing:
            raise self.unexpected(self.peek(), opening, closing)
        self.next()

    def unexpected(self, token: Token, opening: Token, closing: str) -> ConfigError:
        """Return the error for a token behind a value where a bracket must close or a comma stand."""
        if token.kind == "end":
            return self._unclosed(opening, closing)
        if token.kind == "mark" or token.text in self.lexis.operators:
            return self.not_literal(token)
        return self.source.error(token.start, f"a comma is missing before `{clip(token.text, 40)}`")

    def not_literal(self, token: Token) -> ConfigError:
        """Return the error for a value that would have to be computed."""
        dotted = _DOTTED.match(self.text, token.start) if token.kind == "name" else None
        text = clip(dotted[0] if dotted else token.text, 40)
        hint = "write the value itself: a manifest is read without running the script"
        return self.source.error(token.start, f"manifest values must be literals, found `{text}`", hint)

    def _unclosed(self, opening: Token, closing: str) -> ConfigError:
        return self.source.error(
            opening.start, f"the manifest is not closed: this `{opening.text}` lacks its `{closing}`"
        )

    def _string(self, token: Token) -> Node:
        assert token.quote is not None
        if token.quote.computed is not None:
            raise self.not_literal(Token("mark", "${", token.quote.computed, token.quote.end))
        if not token.quote.closed:
            raise self.source.error(token.start, "this string is not closed")
        if token.quote.raw:
            return Node(token.quote.body, token.start)
        try:
            return Node(self.lexis.unescape(token.quote.body), token.start)
        except ValueError:
            raise self.source.error(token.start, "this string has an escape that is not valid") from None

    def _number(self, text: str, token: Token) -> int | float:
        try:
            return self.lexis.number(text)
        except ValueError:
            message = f"`{clip(text, 40)}` is not a number that a manifest can hold"
            raise self.source.error(token.start, message) from None


class _LuaReader(_Reader):
    def argument(self, at: int) -> Node | None:
        self.at = at
        opening = self.peek()
        if opening.text == "{" or opening.kind == "string":
            return self.value(0)
        if opening.text != "(":
            return None
        self.next()
        node = Node({}, opening.start) if self.peek().text == ")" else self.value(0)
        self.close(opening, ")")
        return node

    def table(self, opening: Token, depth: int) -> Node:
        if opening.text == "[":
            raise self.not_literal(opening)
        items: list[Node] = []
        table = Node({}, opening.start)
        for _ in self.separated(opening, "}", (",", ";")):
            start = self.peek().start
            key = self._key()
            node = self.value(depth + 1)
            if key is None:
                items.append(node)
            elif node.value is not None:
                self.entry(table, key, start, node)
        if items and table.value:
            raise self.source.error(opening.start, "this table mixes named and positional entries")
        return Node(items, opening.start) if items else table

    def _key(self) -> str | None:
        """Return the key that comes next and step behind its `=`, or None before a positional entry."""
        token = self.peek()
        if token.text == "[":
            self.next()
            key = self.key(self.value(DEPTH))
            self.close(token, "]")
        else:
            before, key = self.at, token.text
            self.next()
            if token.kind != "name" or self.peek().text != "=":
                self.at = before
                return None
        if self.peek().text != "=":
            raise self.not_literal(self.peek())
        self.next()
        return key


class _JavaScriptReader(_Reader):
    def argument(self, at: int) -> Node | None:
        self.at = at
        opening = self.peek()
        if opening.text == "{" and "\n" not in self.text[at : opening.start]:
            raise self.source.error(opening.start, "a manifest in JavaScript is `spell({ … })`", "add the parentheses")
        if opening.text != "(":
            return None
        self.next()
        node = Node({}, opening.start) if self.peek().text == ")" else self.value(0)
        if self.peek().text == ",":
            self.next()
        self.close(opening, ")")
        return node

    def table(self, opening: Token, depth: int) -> Node:
        if opening.text == "[":
            return Node([self.value(depth + 1) for _ in self.separated(opening, "]")], opening.start)
        table = Node({}, opening.start)
        for _ in self.separated(opening, "}"):
            start = self.peek().start
            key = self._key()
            self.entry(table, key, start, self.value(depth + 1))
        return table

    def _key(self) -> str:
        """Return the key that comes next and step behind its colon."""
        token = self.next()
        key = token.text
        if token.text == "[":
            key = self.key(self.value(DEPTH))
            self.close(token, "]")
        elif token.kind == "string":
            key = self._string(token).value
        elif token.kind != "name":
            raise self.not_literal(token)
        if self.peek().text != ":":  # `{ words }` and `{ words() {} }` are computed too
            raise self.not_literal(token)
        self.next()
        return key
