"""Known secrets: values of the environment that nothing but the spell that asks for them by name may hold."""

import base64
import html
import json
import os
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

import msgspec

from llmspell.errors import ArgumentError, ConfigError, Place

SHORTEST = 8
"""Characters below which a value is no secret: it would be found in every other text."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_SECRET = re.compile(
    r"(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|PASS|CREDENTIALS?|APIKEY|PAT)(?:_|$)|KEY$|PASSWORD",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"_(?:URL|URI|PATH|FILE|DIR|NAME|ID|HOST|PORT|TYPE|TTL|MODEL|ENDPOINT|ALGORITHM)$", re.IGNORECASE)
"""Names of what is not the secret itself, but says something about it."""
_WORD = re.compile(r"[a-z]{1,11}|[A-Z]{1,11}|[A-Z][a-z]{1,10}")
_NUMBER = re.compile(r"[-+]?[0-9.,_]+")
_PATH = ("/", "~/", "./", "../")
_HARMLESS = frozenset((type(None), bool, int, float))
_DEEP = 250  # no data of a script is nested so deep: it is refused later
_DIFFERENT = 5  # characters: fewer are a line of stars
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@:]*:([^/?#@]+)@")

_LINE = 16  # characters of a line that says something of a secret of many lines
_CLIPPED = 6  # characters of the beginning of a secret that say too much of it
_CUT = "…"  # stands where a message was clipped
_MARGIN = 3  # characters of base64 before the first that a secret alone decides

_RUN = re.compile(r"[A-Za-z0-9+/_-]{11,}={0,2}")  # of base64: fewer characters hold no secret
_END = re.compile(r"\r?\n|(?:\\+r)?\\+n")  # of a line, in JSON too
_WRAPPED = re.compile(rf"(?:[A-Za-z0-9+/]{{60,76}}(?:{_END.pattern}))+[A-Za-z0-9+/]{{1,76}}={{0,2}}")
_CHUNK = 24  # two of them are in one of these lines, and at most one has a line break in it
_WINDOWS = ((0, 0), (1, 2), (2, 3))
"""By the place of a secret among three bytes: the first character of base64 that it alone decides."""
_QUOTED_NAME = re.compile(r"(?:%5B|\[)secret(?:%3A|:)([A-Za-z_][A-Za-z0-9_]{0,99})(?:%5D|\])", re.IGNORECASE)
_QUOTED, _HEX = "%5bsecret", "5b7365637265743a"
_HEX_LETTER = "(?:5f|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])"
_HEX_NAME = re.compile(rf"{_HEX}({_HEX_LETTER}(?:3[0-9]|{_HEX_LETTER}){{0,99}})5d", re.IGNORECASE)
SIGN = "[secret:"
"""How what stands for a secret begins."""
_PLACEHOLDER = re.compile(r"\[secret:([A-Za-z_][A-Za-z0-9_]{0,99})\]")


_pack = msgspec.msgpack.Encoder().encode


def placeholder(name: str) -> str:
    """Return what stands for the value of a variable."""
    return f"{SIGN}{name}]"


def names_in(value: Any) -> list[str]:
    """Return the names that stand for secrets in data that was scrubbed, in their order."""
    return sorted(set(_PLACEHOLDER.findall(json.dumps(value, default=str))))


class Found(NamedTuple):
    """Where the value of a variable stands in a text."""

    start: int
    name: str


class Secrets:
    """Finds known secrets in data and writes their names in their places.

    Args:
        values: the secrets by name.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = dict(values or {})
        forms: dict[str, str] = {}
        for name, value in sorted(self.values.items(), key=lambda item: (-len(item[1]), item[0])):
            for form in _forms(value):
                forms.setdefault(form, name)
                forms.setdefault(_raw(form), name)
        self._forms = forms
        by_length = sorted(forms, key=len, reverse=True)  # of two that begin at one place the longer one is meant
        self._matcher = re.compile("|".join(map(re.escape, by_length)) or r"(?!)")
        self._windows = {
            window: (start, name) for name, value in self.values.items() for window, start in _windows(value)
        }
        self._chunks = tuple(dict.fromkeys(chunk for window in self._windows for chunk in _chunks(window)))
        self._signs = (*forms, *self._chunks, _QUOTED, _QUOTED.replace("b", "B"), _HEX, _HEX.upper())
        self._raw_signs = tuple(map(_raw, self._signs))
        names = forms | {window: name for window, (_, name) in self._windows.items()}
        self._texts = sorted(names.items())
        self._longest = max((len(_raw(text)) for text in names), default=1)
        self._letters = frozenset("".join(names))
        self._first = re.compile("|".join(sorted({re.escape(text[0]) for text in names})) or r"(?!)")
        self._begins = tuple({text[:_CLIPPED] for text in names if len(text) > _CLIPPED})
        self._raw_begins = tuple(map(_raw, self._begins))

    @classmethod
    def of(cls, environ: Mapping[str, str], named: Mapping[str, str] | None = None) -> "Secrets":
        """Return the secrets of an environment, and those that settings name.

        These are the values of variables whose names say so (`…_API_KEY`, `…_TOKEN`, `…_SECRET`, `…PASSWORD…`), and
        the passwords in those that are URLs. Left alone is what would be found everywhere: values under eight
        characters, short words, numbers, files that exist, and URLs without a password.
        """
        found = {}
        for name, text in environ.items():
            if not (_NAME.fullmatch(name) and _is_text(text)):
                continue  # no text of a spell can hold it
            if (value := _secret(name, text.strip())) is not None:
                found[name] = value
        whole = {name: text for name, text in (named or {}).items() if is_findable(text)}
        inner = {f"{name}_PASSWORD": found[name] for name in whole if found.get(name, whole[name]) != whole[name]}
        return cls(found | inner | whole)

    def scrub(self, value: Any) -> Any:
        """Return data with each known secret in it replaced, as it is or encoded: `[secret:NAME]`.

        So is the beginning of one where a message was clipped, in front of `…`.

        To scrub twice is to scrub once. A text that was made with a placeholder where there had been a secret comes
        out as the text with the secret does; so a replay without the secret asks for the same as the run did.
        """
        kind = type(value)
        if kind is str:
            for sign in self._signs:  # a plain loop takes half the time of `any`, and each call pays for it
                if sign in value:
                    return self._text(value)
            return self._unclipped(value) if _CUT in value else value
        return value if kind in _HARMLESS or not self._near(value) else self._walk(value, 0)

    def held(self, text: str) -> int:
        """Return how many characters at the end of a text may be the beginning of a secret that goes on behind it."""
        begun = self._begun(text)
        end = len(text) if begun is None else max(0, len(text) - len(begun[0]) - _MARGIN)
        while end < len(text) and (at := self._around(text, end)) is not None:
            end = max(0, at - _MARGIN)
        return len(text) - end

    def find(self, text: str) -> Found | None:
        """Return the first place of a text where a secret stands."""
        match = self._matcher.search(text) if any(form in text for form in self._forms) else None
        return match and Found(match.start(), self._forms[match[0]])

    def check(self, sources: Mapping[str, str]) -> None:
        """Refuse files in which a secret stands.

        Args:
            sources: what each file holds, by the path that people are told.

        Raises:
            ConfigError: one does; it names the line and the variable.
        """
        for path, text in sources.items():
            if (found := self.find(text)) is not None:
                line = text.count("\n", 0, found.start) + 1
                raise ConfigError(
                    f"the value of the environment variable {found.name} stands in this line",
                    hint=f'take it out of the file; `System.env("{found.name}")` reads it where that is allowed',
                    where=Place(path, line),
                    source=self.scrub(text),
                )

    def restored(self, value: Any, names: Collection[str], what: str) -> Any:
        """Return data with the secrets of these names in their places again.

        Args:
            value: data that was scrubbed.
            names: of secrets that may be given back.
            what: what the data is, for errors.

        Raises:
            ArgumentError: there is another secret in it, or the environment does not have it.
        """
        match value:
            case str():
                return _PLACEHOLDER.sub(lambda found: self._given(found[1], names, what), value)
            case list():
                return [self.restored(each, names, what) for each in value]
            case dict():
                return {key: self.restored(each, names, what) for key, each in value.items()}
        return value

    def _given(self, name: str, names: Collection[str], what: str) -> str:
        if name not in names:
            message = f"{what} had the value of {name}, and the journal has only its name"
            raise ArgumentError(message, hint=f"--secret={name} hands it over again")
        if name not in self.values:
            raise ArgumentError(f"--secret={name}: the environment has no secret of that name", hint=f"export {name}=…")
        return self.values[name]

    def _near(self, value: Any) -> bool:
        """Return whether something in a value looks like a secret: one look at all of it."""
        try:
            packed = _pack(value).decode("latin-1")  # to look into text takes a fifth of the time
        except (TypeError, ValueError, OverflowError, RecursionError):  # too large a number, or no data
            return True
        for sign in self._raw_signs:
            if sign in packed:
                return True
        parts = packed.split(_RAW_CUT)
        return any(begin in part[-self._longest :] for part in parts[:-1] for begin in self._raw_begins)

    def _walk(self, value: Any, depth: int) -> Any:
        match value:
            case _ if depth > _DEEP:
                return value
            case str():
                return self._text(value)
            case bytes():
                text = value.decode("latin-1")
                return value if (clean := self._text(text)) == text else clean.encode("latin-1")
            case list() | tuple():
                return [self._walk(each, depth + 1) for each in value]
            case dict():
                return {self.scrub(key): self._walk(each, depth + 1) for key, each in value.items()}
            case msgspec.Struct():
                return self._walk(msgspec.to_builtins(value, builtin_types=(bytes,)), depth)
        return value

    def _text(self, text: str) -> str:
        if any(chunk in text for chunk in self._chunks):
            text = _RUN.sub(self._encoded, _WRAPPED.sub(self._wrapped, text) if _END.search(text) else text)
        if _QUOTED in text or _QUOTED.replace("b", "B") in text:
            text = _QUOTED_NAME.sub(lambda match: placeholder(match[1]), text)
        if _HEX in text or _HEX.upper() in text:
            text = _HEX_NAME.sub(lambda match: placeholder(bytes.fromhex(match[1]).decode()), text)
        text = self._matcher.sub(lambda match: placeholder(self._forms[match[0]]), text)
        return self._unclipped(text) if _CUT in text else text

    def _unclipped(self, text: str) -> str:
        """Return a text without the beginnings of secrets where something was left out."""
        *parts, end = text.split(_CUT)
        for number, part in enumerate(parts):
            near = any(begin in part[-self._longest :] for begin in self._begins)
            begun = self._begun(part) if near else None
            if begun is not None and len(begun[0]) >= _CLIPPED:
                parts[number] = part.removesuffix(begun[0]) + placeholder(begun[1])
        return _CUT.join([*parts, end])

    def _begun(self, text: str) -> tuple[str, str] | None:
        """Return the longest end of a text with which a secret begins, and the name of that."""
        if text[-1:] not in self._letters:
            return None
        for match in self._first.finditer(text, max(0, len(text) - self._longest)):
            rest = text[match.start() :]
            at = bisect_left(self._texts, (rest, ""))
            if at < len(self._texts) and self._texts[at][0].startswith(rest):
                return rest, self._texts[at][1]
        return None

    def _around(self, text: str, place: int) -> int | None:
        """Return where a secret begins that stands on both sides of a place in a text."""
        found = (text.find(each, max(0, place - len(each) + 1), place + len(each) - 1) for each, _ in self._texts)
        return min((at for at in found if 0 <= at < place), default=None)

    def _wrapped(self, match: re.Match[str]) -> str:
        """Return base64 in lines, as mails have it, with what it encodes scrubbed."""
        first, end, *_ = re.split(f"({_END.pattern})", match[0])
        whole = _END.sub("", match[0])
        if not any(window in whole for window in self._windows):
            return match[0]
        clean = _RUN.sub(self._encoded, whole)
        lines = [clean[at : at + len(first)] for at in range(0, len(clean), len(first))]
        return end.join(lines)

    def _encoded(self, match: re.Match[str]) -> str:
        """Return a run of base64 with what it encodes scrubbed."""
        run = match[0]
        found = ((run.find(window), start) for window, (start, _) in self._windows.items())
        place = next(((at, start) for at, start in found if at >= 0), None)
        if place is None:
            return run
        begin = (place[0] - place[1]) % 4
        padded = run.endswith("=")
        body = run[begin:].rstrip("=")
        body, rest = (body[:-1], body[-1]) if len(body) % 4 == 1 else (body, "")
        special = b"-_" if "-" in body or "_" in body else b"+/"
        raw = base64.b64decode(body + "=" * (-len(body) % 4), special)
        clean = base64.b64encode(self._walk(raw, 0), special).decode()
        whole = padded or len(body) % 4 == 0
        run = run[:begin] + (clean if whole else clean.rstrip("=")) + rest
        for window, (_, name) in self._windows.items():  # what begins elsewhere, or ends in bits of something else
            run = run.replace(window, placeholder(name))
        return run


def _forms(value: str) -> Iterator[str]:
    """Yield a value as it stands in texts: as it is, in URLs, JSON and HTML, in hexadecimal, and by lines."""
    yield value
    for text in dict.fromkeys((value, _raw(value))):
        for escaped in _in_json(text):
            yield from (escaped, escaped.replace("/", "\\/"), *_in_json(escaped), *_in_json(_raw(escaped)))
            yield _IN_SCRIPT.sub(lambda sign: f"\\u{ord(sign[0]):04x}", escaped)
    marked = html.escape(value)
    yield from (html.escape(value, quote=False), marked, marked.replace("&#x27;", "&#39;"))
    yield from (marked.replace("&#x27;", "&#39;").replace("&quot;", "&#34;"), marked.replace("&#x27;", "&apos;"))
    for quoted in (quote(value, safe=""), quote(value), quote(value, safe="!~*'()"), quote_plus(value)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quoted)
    yield from (value.encode().hex(), value.encode().hex().upper())
    for text in (value, *_leaves(value)):
        lines = [line.strip() for line in text.splitlines() if text is not value or "\n" in value]
        long = (line for line in lines if len(line) >= _LINE and not line.startswith(_FENCE))
        yield from (line for line in long if not _is_plain(line))


def _in_json(text: str) -> Iterator[str]:
    yield from (json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))


def _leaves(value: str) -> Iterator[str]:
    """Yield the secret texts in a value that is JSON, as the key of a service is: each may be shown by itself."""
    items: list[tuple[str, Any]] = []
    with suppress(ValueError, RecursionError):
        items = [("", json.loads(value))] if value.startswith("{") else []
    while items:
        name, item = items.pop()
        if isinstance(item, dict):
            items += item.items()
        elif isinstance(item, str) and names_secret(name):
            yield item


def names_secret(name: str) -> bool:
    """Return whether a name says that what it has is secret."""
    return _SECRET.search(name) is not None and _ABOUT.search(name) is None


_IN_SCRIPT = re.compile("[<>&]")  # which JSON escapes where it may stand in HTML
_FENCE = "-----"  # around a private key


def _raw(text: str) -> str:
    """Return a text as its bytes, read as Latin-1."""
    return text.encode().decode("latin-1")


_RAW_CUT = _raw(_CUT)


def _chunks(window: str) -> Iterator[str]:
    """Yield two pieces of base64: if it is written in lines, one of them stands in one line."""
    size = min(len(window) // 2, _CHUNK)
    yield from (window[:size], window[size : 2 * size])


def _windows(value: str) -> Iterator[tuple[str, int]]:
    """Yield what base64 makes of a value, wherever it begins, with the place of that in its four characters."""
    raw = value.encode()
    for before, start in _WINDOWS:
        whole = (before + len(raw)) * 8 // 6
        text = base64.b64encode(bytes(before) + raw).decode()[start:whole]
        yield text, start
        if "+" in text or "/" in text:
            yield text.translate(_URL_SAFE), start


_URL_SAFE = str.maketrans("+/", "-_")


def _secret(name: str, value: str) -> str | None:
    """Return what is secret in the value of a variable, if anything is."""
    if (userinfo := _USERINFO.match(value)) is not None:
        value = userinfo[1]
    elif not names_secret(name) or "://" in value or _is_file(value):
        return None
    return value if is_findable(value) else None


def is_findable(value: str) -> bool:
    """Return whether a value can be found again where it stands, and does not stand everywhere."""
    return len(value) >= SHORTEST and not _is_plain(value) and _is_text(value)


def _is_plain(value: str) -> bool:
    """Return whether a value is too common to be looked for."""
    common = _WORD.fullmatch(value) or _NUMBER.fullmatch(value)
    return common is not None or len(set(value)) < _DIFFERENT


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_file(value: str) -> bool:
    return value.startswith(_PATH) and os.path.lexists(os.path.expanduser(value))  # noqa: PTH111
