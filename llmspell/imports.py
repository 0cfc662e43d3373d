"""Finds the modules that a source names by a literal, without running it: `require("lib.util")`, `import … from`."""

from collections.abc import Iterator
from dataclasses import dataclass

from llmspell.literals import Source, Token, Tokens


@dataclass(frozen=True)
class Use:
    """A module as a source names it, and the offset where that stands."""

    specifier: str
    start: int


def uses(source: Source) -> Iterator[Use]:
    """Yield the modules that a source names, in their order. A name that is computed is left to the run."""
    if not any(word in source.text for word in ("require", "import", "export")):
        return
    tokens = Tokens(source)
    find = _required if source.language == "lua" else _imported
    for at in tokens.lexis.words(source.text):
        tokens.at = at
        named = find(tokens, at)
        specifier = None if named is None else _value(tokens, named)
        if named is not None and specifier is not None:
            yield Use(specifier, named.start)


def _required(tokens: Tokens, _at: int) -> Token | None:
    """Return the string of `require "x"` or `require("x")`."""
    if tokens.peek().text != "(":
        return tokens.next()
    tokens.next()
    return _closed(tokens, ")")


def _imported(tokens: Tokens, at: int) -> Token | None:
    """Return the string of `import "x"`, `import("x")`, `import … from "x"` or `export … from "x"`."""
    exports = tokens.text.startswith("export", at - len("export"))
    first = tokens.peek()
    if first.text == "(" and not exports:
        tokens.next()
        return _closed(tokens, ")", ",")
    if first.kind == "string" and not exports:
        return first
    if exports and first.text not in ("*", "{"):
        return None
    return _clause(tokens)


def _clause(tokens: Tokens) -> Token | None:
    """Return the string behind the `from` of an import; None at the first token that cannot stand before it."""
    while True:
        token = tokens.next()
        if token.text == "from" and tokens.peek().kind == "string":
            return tokens.next()
        allowed = token.kind in ("name", "string") or token.text in ("{", "}", ",", "*")
        if not allowed or token.text in ("import", "export"):
            return None


def _closed(tokens: Tokens, *closing: str) -> Token | None:
    """Return the next token if one of some marks follows it: then it is all of an argument."""
    token = tokens.next()
    return token if tokens.peek().text in closing else None


def _value(tokens: Tokens, token: Token) -> str | None:
    quote = token.quote
    if quote is None or not quote.closed or quote.computed is not None:
        return None
    try:
        return quote.body if quote.raw else tokens.lexis.unescape(quote.body)
    except ValueError:
        return None  # the engine will say so
