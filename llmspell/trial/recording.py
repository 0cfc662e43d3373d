"""Recorded models: what real models have answered to the spells of a test file, kept in a file beside it."""

import asyncio
import difflib
import json
import math
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from heapq import nsmallest
from pathlib import Path
from typing import Any

from llmspell import data, files
from llmspell.errors import ArgumentError, BudgetError, ConfigError, PermissionDenied, SpellError
from llmspell.models import Answer, Request, Usage
from llmspell.secrets import Secrets
from llmspell.trial.answers import Unanswered, asked
from llmspell.wording import clip, visible

SUFFIX = ".recorded.json"
"""What the name of a recording has behind that of its test file."""
SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes of a recording."""

_VERSION = 1
_ABOUT = "answers of real models, by llmspell test --record; keep this file with the test"
_TOLD = 160
_COMPARED = 4000  # characters of a prompt
_CANDIDATES = 100  # prompts that are compared letter by letter, which takes long

Ask = Callable[[Request], Awaitable[Answer]]


class Purse:
    """What all recordings of a session may cost together.

    A request is sent if there is room for one as dear as any before. The first goes alone, so that this is known, and
    none follows one that has no price, unless there is no bound.

    Args:
        most: USD.
    """

    def __init__(self, most: float = 0.0) -> None:
        self._left = most
        self._dearest: float | None = None
        self._unpriced: str | None = None
        self._first = asyncio.Lock()

    async def pay(self, ask: Ask, request: Request) -> Answer:
        """Return the answer to a request.

        Raises:
            BudgetError: it may cost too much.
        """
        if self._dearest is None:
            async with self._first:
                if self._dearest is None:
                    return await self._pay(ask, request)
        return await self._pay(ask, request)

    async def _pay(self, ask: Ask, request: Request) -> Answer:
        if self._unpriced is not None and self._left < math.inf:
            raise BudgetError(
                f"--record cannot tell what it costs: the price of {self._unpriced} is not known",
                hint="--max-usd=inf records without a bound",
            )
        reserved = self._dearest or 0.0
        if self._left <= 0 or self._left < reserved:
            raise BudgetError("--record has cost what it may cost", hint="--max-usd sets how much that is")
        self._left -= reserved
        try:
            answer = await ask(request)
        except SpellError as error:
            self._left -= (error.data.get("usage") or {}).get("usd") or 0.0
            raise
        finally:
            self._left += reserved
        self._left -= answer.usage.usd or 0.0
        self._dearest = max(reserved, self._dearest or 0.0, answer.usage.usd or 0.0)
        if answer.usage.usd is None:
            self._unpriced = clip(visible(answer.model), 100)
        return answer


class Recording:
    """The answers of one test file.

    Args:
        file: the test file.
        name: its path, for people.
        known: the values that must never be in a recording.
        ask: asks a real model, where this is to be recorded; None to answer from the file alone.
        purse: what all recordings of a session may cost together.
    """

    def __init__(
        self, file: Path, name: str, known: Secrets, ask: Ask | None = None, purse: Purse | None = None
    ) -> None:
        self.path = file.with_name(file.name + SUFFIX)
        self.asks = ask is not None
        self._name = name
        self._ask = ask
        self._purse = purse or Purse()
        self._secrets = known
        self._tests = self._read()
        self._used: dict[tuple[str, str], int] = {}
        self._made: dict[str, dict[str, dict[str, Any]]] = {}

    def source(self, test: str, spell: str, model: Callable[[], str | None]) -> "Recorded":
        """Return what answers the requests of one cast.

        Args:
            test: the name of the test.
            spell: the path of the spell.
            model: returns the model that is asked where the spell names none.
        """
        return Recorded(self, test, spell, model)

    async def answer(self, test: str, spell: str, request: Request, model: str | None) -> Answer:
        """Return the answer to a request of a test.

        Raises:
            Unanswered: it is not recorded.
        """
        told = asked(request, model)
        if self._ask is not None:
            return await self._record(test, spell, told, request)
        key = _canonical(told)
        entry = self._tests.get(test, {}).get(key)
        used = self._used[test, key] = self._used.get((test, key), 0) + 1
        if entry is None or used > len(entry["answers"]):
            raise self._missing(test, told, entry)
        return _answer(entry["answers"][used - 1])

    def stale(self, test: str) -> list[str]:
        """Return the prompts of a test that are recorded, and that nothing has asked for."""
        found = self._tests.get(test, {}) if not self.asks else {}
        return [
            clip(visible(entry["request"].get("prompt", "")), _TOLD)
            for key, entry in found.items()
            if self._used.get((test, key), 0) < len(entry["answers"])
        ]

    def strange(self, tests: list[str]) -> list[str]:
        """Return the tests that are recorded, and that the file does not have."""
        return [] if self.asks else sorted(self._tests.keys() - set(tests))

    def save(self, tests: list[str]) -> bool:
        """Write what was recorded; what belongs to none of the file's tests goes. Return whether anything changed."""
        kept = {name: found for name, found in self._tests.items() if name in tests}
        kept |= {name: found for name, found in self._made.items() if found}
        if not self.asks or (kept == self._tests and not self._made):
            return False
        listed = {name: [found[key] for key in sorted(found)] for name, found in sorted(kept.items())}
        document: dict[str, Any] = {"about": _ABOUT, "version": _VERSION, "tests": listed}
        text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        self._refuse_secrets(document, "what was recorded")
        _replace(self.path, text)
        return True

    async def _record(self, test: str, spell: str, told: dict[str, Any], request: Request) -> Answer:
        assert self._ask is not None
        self._refuse_secrets(told, "the request")
        try:
            answer = await self._purse.pay(self._ask, request)
        except BudgetError:
            raise
        except SpellError as error:  # it would be missing from now on
            raise Unanswered(
                f"the model has failed, and nothing is recorded: {error.message}", hint=error.hint
            ) from None
        kept = {"text": answer.text, "data": answer.data, "model": answer.model, "usage": asdict(answer.usage)}
        self._refuse_secrets(kept, "the answer")
        entries = self._made.setdefault(test, {})
        entry = entries.setdefault(_canonical(told), {"request": told, "spell": spell, "answers": []})
        entry["answers"].append(kept)
        return answer

    def _refuse_secrets(self, value: Any, what: str) -> None:
        if self._secrets.scrub(value) == value:
            return
        found = self._secrets.find(_canonical(value))
        whose = f"the value of {found.name}" if found else "a secret of the environment"
        raise PermissionDenied(f"{what} has {whose} in it: it is not recorded")

    def _missing(self, test: str, told: dict[str, Any], entry: dict[str, Any] | None) -> Unanswered:
        prompt = clip(visible(told["prompt"]), _TOLD)
        hint = f'llmspell test {visible(self._name)} --record -k "{visible(test)}" asks a real model once'
        if entry is not None:
            count = len(entry["answers"])
            return Unanswered(f'recorded {count} times, and asked once more: "{prompt}"', hint=hint)
        near = self._nearest(test, told["prompt"])
        return Unanswered(f'this request is not recorded: "{prompt}"', hint=hint, cause=near)

    def _nearest(self, test: str, prompt: str) -> str | None:
        prompts = [entry["request"].get("prompt", "") for entry in self._tests.get(test, {}).values()]
        if not prompts:
            return None
        prompts = nsmallest(_CANDIDATES, prompts, key=lambda each: abs(len(each) - len(prompt)))
        near = max(prompts, key=lambda each: _alike(each, prompt))
        at = next(
            (n for n, (a, b) in enumerate(zip(near, prompt, strict=False)) if a != b), min(len(near), len(prompt))
        )
        start = max(0, at - 30)
        mark = "…" if start else ""
        return f'the nearest that is recorded goes on "{mark}{clip(visible(near[start:]), _TOLD)}"'

    def _read(self) -> dict[str, dict[str, dict[str, Any]]]:
        if not os.path.lexists(self.path):
            return {}
        if self.path.is_symlink():
            raise ConfigError(f"{self.path.name} is a symbolic link", hint="a recording is a file of its own")
        with files.opened(str(self.path)) as file:
            text = files.decoded(files.limited(file, SIZE_LIMIT, self.path.name), self.path.name)
        try:
            found = data.parse_json(text, self.path.name)
            return _checked(found)
        except (ArgumentError, KeyError, TypeError, AttributeError, ValueError) as error:
            reason = error.message if isinstance(error, SpellError) else "it is not what --record writes"
            raise ConfigError(f"{self.path.name}: {reason}", hint="remove it, and record again") from None


class Recorded:
    """Answers of a recording to the requests of one cast."""

    def __init__(self, recording: Recording, test: str, spell: str, model: Callable[[], str | None]) -> None:
        self._recording = recording
        self._test = test
        self._spell = spell
        self._model = model

    async def answer(self, request: Request, number: int) -> Any:  # noqa: ARG002
        """Return the recorded answer."""
        return await self._recording.answer(self._test, self._spell, request, self._model())


def _checked(found: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the entries of a recording by test and request; it may have been written by anybody."""
    if found["version"] != _VERSION:
        raise ValueError
    tests: dict[str, dict[str, dict[str, Any]]] = {}
    for name, entries in found["tests"].items():
        for entry in entries:
            for answer in entry["answers"]:
                _answer(answer)
            if not isinstance(entry["request"]["prompt"], str):
                raise TypeError
            tests.setdefault(name, {})[_canonical(entry["request"])] = entry
    return tests


def _answer(kept: Any) -> Answer:
    usage = kept["usage"]
    counts = [usage[name] for name in ("input_tokens", "output_tokens", "cached_tokens")]
    usd = usage["usd"]
    texts = (kept["text"], kept["model"])
    if not all(type(count) is int and count >= 0 for count in counts) or not all(isinstance(t, str) for t in texts):
        raise TypeError
    if usd is not None and not (isinstance(usd, int | float) and usd >= 0):
        raise TypeError
    return Answer(texts[0], kept["data"], texts[1], Usage(counts[0], counts[1], counts[2], usd), "recorded")


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _alike(left: str, right: str) -> float:
    return difflib.SequenceMatcher(None, left[:_COMPARED], right[:_COMPARED], autojunk=False).quick_ratio()


def _replace(path: Path, text: str) -> None:
    """Put a text in the place of a file at once; no link is followed."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
