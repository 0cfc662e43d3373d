"""The lexical rules of Lua and JavaScript, as far as reading literals and skipping the rest need them.

Whatever a text holds, each function takes time linear in what it consumes. Nothing is ever run.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

_DECIMAL = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 70


class Quote(NamedTuple):
    """A string as it stands in a text; `computed` is the offset of the first `${`, if it has one."""

    body: str
    end: int
    closed: bool = True
    raw: bool = False
    computed: int | None = None


class Lexis(ABC):
    """The lexical rules of a language."""

    name: ClassVar[re.Pattern[str]]
    constants: ClassVar[dict[str, Any]]
    operators: ClassVar[frozenset[str]]
    """The operators that are words."""

    @abstractmethod
    def comment_end(self, text: str, at: int) -> int | None:
        """Return where the comment that begins at an offset ends, or None if none begins there."""

    @abstractmethod
    def quote(self, text: str, at: int) -> Quote | None:
        """Return the string that begins at an offset, or None if none begins there."""

    @abstractmethod
    def unescape(self, body: str) -> str:
        """Return the value of what stands between quotes.

        Raises:
            ValueError: an escape is wrong, or the value is not valid text.
        """

    @abstractmethod
    def number(self, word: str) -> int | float:
        """Return the value of a number.

        Raises:
            ValueError: it is malformed or too large.
        """

    @abstractmethod
    def statements(self, text: str) -> Iterator[int]:
        """Yield where `spell` stands in each statement at column 0 that begins with it or stores its result."""

    @abstractmethod
    def words(self, text: str) -> Iterator[int]:
        """Yield where a word ends that may name a module: `require`, `import`, `export`. It is code, and no field."""


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _quotes(escape: str) -> dict[str, re.Pattern[str]]:
    """Return the patterns of strings by their quotes; the second group is empty if the line ends first."""
    return {
        quote: re.compile(rf"{quote}([^{quote}\\\n]*(?:\\{escape}[^{quote}\\\n]*)*)({quote}?)", re.DOTALL)
        for quote in "\"'"
    }


def _quoted(patterns: dict[str, re.Pattern[str]], text: str, at: int) -> Quote | None:
    pattern = patterns.get(text[at : at + 1])
    match = pattern.match(text, at) if pattern else None
    return Quote(match[1], match.end(), closed=bool(match[2])) if match else None


def _decimal(word: str) -> float:
    value = float(word) if _DECIMAL.fullmatch(word) else float("inf")
    if value == float("inf"):
        raise ValueError
    return value


def _hexadecimal(word: str) -> float:
    try:
        return float.fromhex(word)
    except OverflowError:
        raise ValueError from None


class Lua(Lexis):
    """The lexical rules of Lua 5.4."""

    name = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
    constants: ClassVar[dict[str, Any]] = {"true": True, "false": False, "nil": None}
    operators = frozenset(("and", "or"))

    _NOTABLE = re.compile(
        r"""--|\[=*\[|["']|^(?:(?:local[ \t]+)?[A-Za-z_]\w*(?:[ \t]*<[ \t]*\w+[ \t]*>)?[ \t]*=[ \t]*|return[ \t]+)?"""
        r"(spell)(?!\w)",
        re.MULTILINE,
    )
    _WORD = re.compile(r"""--|\[=*\[|["']|(?:(?<![\w.:])|(?<=\.\.))(require)(?!\w)""")
    _QUOTED = _quotes(r"(?:z\s*|.)")
    _LONG = re.compile(r"\[(=*)\[\n?")
    _ESCAPE = re.compile(rb"\\(?:z\s*|x([0-9a-fA-F]{2})|(\d{1,3})|u\{0*([0-9a-fA-F]{1,6})\}|(.))", re.DOTALL)
    _SIMPLE: ClassVar[dict[bytes, bytes]] = {
        b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v",
        b"\\": b"\\", b'"': b'"', b"'": b"'", b"\n": b"\n",
    }  # fmt: skip
    _HEX_FLOAT = re.compile(r"0[xX](?:[0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?|\.[0-9a-fA-F]+)(?:[pP][+-]?\d{1,5})?")

    def comment_end(self, text: str, at: int) -> int | None:
        """Return where a comment ends: its line, or its long bracket."""
        if not text.startswith("--", at):
            return None
        block = self._long(text, at + 2)
        return block.end if block else _line_end(text, at)

    def quote(self, text: str, at: int) -> Quote | None:
        """Return a string in quotes or in long brackets."""
        return _quoted(self._QUOTED, text, at) or self._long(text, at)

    def unescape(self, body: str) -> str:
        """Return the value of what stands between quotes."""
        return self._ESCAPE.sub(self._escaped, body.encode()).decode()

    def number(self, word: str) -> int | float:
        """Return the value of a number of at most 64 bits."""
        if len(word) > _LONGEST_NUMBER:
            raise ValueError
        if word.isdigit() or re.fullmatch("0[xX][0-9a-fA-F]+", word):
            value = int(word, 10 if word.isdigit() else 16)
            if value >= 2**63:
                raise ValueError
            return value
        return _hexadecimal(word) if self._HEX_FLOAT.fullmatch(word) else _decimal(word)

    def statements(self, text: str) -> Iterator[int]:
        """Yield where `spell` stands in each statement at column 0."""
        return (found.start(1) for found in self._found(self._NOTABLE, text))

    def words(self, text: str) -> Iterator[int]:
        """Yield where `require` ends."""
        return (found.end() for found in self._found(self._WORD, text))

    def _found(self, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
        """Yield the matches that have a first group, outside of comments and strings."""
        at = 0
        while found := pattern.search(text, at):
            at = found.end()
            if found[1]:
                yield found
            elif found[0] == "--":
                at = self.comment_end(text, found.start()) or at
            elif quote := self.quote(text, found.start()):
                at = quote.end

    def _long(self, text: str, at: int) -> Quote | None:
        opening = self._LONG.match(text, at)
        if not opening:
            return None
        closing = f"]{opening[1]}]"
        end = text.find(closing, opening.end())
        if end < 0:
            return Quote("", len(text), closed=False, raw=True)
        return Quote(text[opening.end() : end], end + len(closing), raw=True)

    def _escaped(self, escape: re.Match[bytes]) -> bytes:
        hexadecimal, decimal, code, simple = escape.groups()
        if hexadecimal or decimal:
            return bytes([int(hexadecimal, 16) if hexadecimal else int(decimal)])
        if code:
            return chr(int(code, 16)).encode()
        if simple is None:  # \z swallows the space that follows
            return b""
        if simple not in self._SIMPLE:
            raise ValueError
        return self._SIMPLE[simple]


class JavaScript(Lexis):
    """The lexical rules of JavaScript modules."""

    name = re.compile(r"(?:[^\W\d]|\$)[\w$]*")
    constants: ClassVar[dict[str, Any]] = {"true": True, "false": False, "null": None}
    operators = frozenset(("in", "instanceof"))

    _QUOTED = _quotes(".")
    _TEMPLATE = re.compile(r"\\.|`|\$\{", re.DOTALL)
    _ESCAPE = re.compile(
        r"\\(?:u\{0*([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(0)(?!\d)|(.))", re.DOTALL
    )
    _SIMPLE: ClassVar[dict[str, str]] = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\n": ""}
    _INTEGER = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)|0|[1-9][0-9]*")

    def comment_end(self, text: str, at: int) -> int | None:
        """Return where a comment ends."""
        if text.startswith("//", at):
            return _line_end(text, at)
        if text.startswith("/*", at):
            end = text.find("*/", at + 2)
            return len(text) if end < 0 else end + 2
        return None

    def quote(self, text: str, at: int) -> Quote | None:
        """Return a string in quotes, or a template."""
        if not text.startswith("`", at):
            return _quoted(self._QUOTED, text, at)
        end, computed = self.template_end(text, at + 1)
        if computed:
            return Quote("", end, computed=end - 2)
        return Quote(text[at + 1 : end - 1], end) if end else Quote("", len(text), closed=False)

    def template_end(self, text: str, at: int) -> tuple[int, bool]:
        """Return where the text of a template ends, and whether a `${` ends it; 0 if nothing does."""
        for found in self._TEMPLATE.finditer(text, at):
            if not found[0].startswith("\\"):
                return found.end(), found[0] == "${"
        return 0, False

    def unescape(self, body: str) -> str:
        """Return the value of what stands between quotes."""
        # Two escapes may be the halves of one character; a half that is left over is not valid text.
        return self._ESCAPE.sub(self._escaped, body).encode("utf-16-le", "surrogatepass").decode("utf-16-le")

    def number(self, word: str) -> int | float:
        """Return the value of a number that JavaScript holds exactly, if it is an integer."""
        if len(word) > _LONGEST_NUMBER:
            raise ValueError
        digit = "[0-9a-fA-F]" if word[:2] in ("0x", "0X") else "[0-9]"
        digits = re.sub(f"(?<={digit})_(?={digit})", "", word)
        if self._INTEGER.fullmatch(digits):
            value = int(digits, 0)
            if value >= 2**53:
                raise ValueError
            return value
        if re.match("0[0-9]", digits):
            raise ValueError
        return _decimal(digits)

    def statements(self, text: str) -> Iterator[int]:
        """Yield where `spell` stands in each statement at column 0."""
        return (found.start(1) for found in _Scan(self, text).outside_of_templates())

    def words(self, text: str) -> Iterator[int]:
        """Yield where `import` or `export` ends."""
        return (found.end() for found in _Scan(self, text).words())

    def _escaped(self, escape: re.Match[str]) -> str:
        *codes, zero, simple = escape.groups()
        if code := next(filter(None, codes), None):
            return chr(int(code, 16))
        if zero:
            return "\0"
        if simple in "ux" or simple.isdigit():
            raise ValueError
        return self._SIMPLE.get(simple, simple)


class _Scan:
    """One walk through JavaScript that knows code from strings, templates, comments and patterns."""

    _CODE = re.compile(
        r"""//|/\*|["'`/]|^(?:(?:(?:export[ \t]+)?(?:const|let|var)[ \t]+)?(?:[\w$]+|\{[\w$\s,:]*\})[ \t]*=[ \t]*"""
        r"|export[ \t]+default[ \t]+)?(?:await[ \t]+)?(spell)(?![\w$])",
        re.MULTILINE,
    )
    _INSIDE = re.compile(r"""//|/\*|["'`/{}]()""")
    _WORD = re.compile(r"""//|/\*|["'`/{}]|(?:(?<![\w$.])|(?<=\.\.\.))(import|export)(?![\w$])""")
    _PATTERN = re.compile(r"\\.|[\[\]/\n]")
    _DIVIDED = re.compile(r"[\w$)\]}]\Z")
    _WANTING = re.compile(
        r"(?<![\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|do|else|instanceof|await|yield|default)\Z"
    )

    def __init__(self, lexis: JavaScript, text: str) -> None:
        self.lexis = lexis
        self.text = text
        self.at = 0
        self.before = ""
        """The last code before here; it tells whether a slash divides or begins a pattern."""
        self.templates: list[int] = []
        """For each template whose `${` we are in, the braces that are open there."""

    def outside_of_templates(self) -> Iterator[re.Match[str]]:
        """Yield the statements that may be a manifest."""
        while found := (self._INSIDE if self.templates else self._CODE).search(self.text, self.at):
            if found[1]:
                yield found
            self._step(found)

    def words(self) -> Iterator[re.Match[str]]:
        """Yield the words that may name a module."""
        while found := self._WORD.search(self.text, self.at):
            if found[1]:
                yield found
            self._step(found)

    def _step(self, found: re.Match[str]) -> None:
        if code := self.text[self.at : found.start()].rstrip():
            self.before = code[-12:]
        self._pass(found[0], found.start(), found.end())

    def _pass(self, mark: str, start: int, end: int) -> None:
        if mark in ("//", "/*"):
            self.at = self.lexis.comment_end(self.text, start) or end
        elif mark == "`":
            self._template(end)
        elif mark == "/":
            self._slash(start)
        elif mark in "{}":
            self._brace(mark, end)
        else:
            quote = self.lexis.quote(self.text, start)
            self.at, self.before = (quote.end if quote else end), ")"

    def _template(self, at: int) -> None:
        end, computed = self.lexis.template_end(self.text, at)
        self.at = end or len(self.text)
        self.before = "(" if computed else ")"
        if computed:
            self.templates.append(0)

    def _slash(self, start: int) -> None:
        divides = self._DIVIDED.search(self.before) and not self._WANTING.search(self.before)
        self.at, self.before = (start + 1, "/") if divides else (self._pattern_end(start + 1), ")")

    def _pattern_end(self, at: int) -> int:
        """Return where a regular expression ends, at the latest with its line."""
        in_class = False
        for found in self._PATTERN.finditer(self.text, at):
            if found[0] == "\n":
                return found.start()
            if found[0] == "/" and not in_class:
                return found.end()
            in_class = found[0] == "[" or (in_class and found[0] != "]")
        return len(self.text)

    def _brace(self, mark: str, end: int) -> None:
        self.at, self.before = end, mark
        if not self.templates:
            return
        if mark == "{":
            self.templates[-1] += 1
        elif self.templates[-1]:
            self.templates[-1] -= 1
        else:
            self.templates.pop()
            self._template(end)
