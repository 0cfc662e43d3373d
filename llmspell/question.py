"""A question to a person as data, and what comes of each answer: the same wherever it is given."""

import json
from typing import Any, Literal, NamedTuple

import msgspec

from llmspell.durations import spoken
from llmspell.errors import ArgumentError
from llmspell.wording import clip, visible

TEXT = 4_000
"""Characters of a question: whoever answers it sees all of it."""
DETAILS = 16_000
"""Characters of its details, as JSON."""
REVIEWED = 256_000
"""Characters of a text that is reviewed, before and after."""
ANSWER = 64_000
"""Characters of an answer."""
CHOICES = 100
"""How many choices there may be."""
CHOICE = 200
"""Characters of a choice, or of a title."""
NOTE = 1_000
"""Characters of a note."""
ROW = 400
"""Characters of a question with its details that can be one row of a table."""

Sort = Literal["approve", "ask", "choose", "review"]


class Verdict(NamedTuple):
    """What somebody has decided: what the script gets, whether that is a result, and what it is called."""

    ok: bool
    value: Any
    word: str
    note: str = ""

    def meta(self, by: str, now: int) -> dict[str, Any]:
        """Return what the journal keeps of it beside the value: who has decided what, and when."""
        kept = {"by": by, "at_ms": now, "word": self.word, "note": self.note}
        return {"decided": {name: value for name, value in kept.items() if value != ""}}


class Question(msgspec.Struct, kw_only=True, frozen=True):
    """What a person is asked.

    Args:
        sort: what answers there are.
        verb: what the script has called.
        text: the question, or the text that is reviewed.
        title: of the text.
        details: what belongs to the question.
        choices: the answers, one of which is chosen.
        seconds: how long the person has; None if there is no hurry.
    """

    sort: Sort
    verb: str
    text: str
    title: str = ""
    details: Any = None
    choices: tuple[str, ...] = ()
    seconds: float | None = None

    @property
    def heading(self) -> str:
        """What it is about, in one line."""
        return self.title if self.sort == "review" and self.title else self.text

    def check(self) -> None:
        """Refuse what nobody could take in.

        Raises:
            ArgumentError: it is empty, or too long.
        """
        most = REVIEWED if self.sort == "review" else TEXT
        name = "text" if self.sort == "review" else "question"
        if not self.text.strip():
            raise ArgumentError(f"{self.verb}: `{name}` must not be empty")
        self._check_length(name, self.text, most)
        self._check_length("title", self.title, CHOICE)
        self._check_length("details", msgspec.json.encode(self.details).decode(), DETAILS)
        if self.sort == "choose":
            self._check_choices()

    def _check_length(self, name: str, text: str, most: int) -> None:
        if len(text) > most:
            raise ArgumentError(
                f"{self.verb}: `{name}` has {len(text)} characters, and a person is shown at most {most}",
                hint="ask about less at a time",
            )

    def _check_choices(self) -> None:
        if not 1 <= len(self.choices) <= CHOICES:
            raise ArgumentError(f"{self.verb}: `choices` has 1 to {CHOICES}, this one has {len(self.choices)}")
        for choice in self.choices:
            if not choice.strip():
                raise ArgumentError(f"{self.verb}: one of `choices` is empty")
            self._check_length("choices", choice, CHOICE)
        if len(set(self.choices)) < len(self.choices):
            raise ArgumentError(f"{self.verb}: two of `choices` are the same")

    @property
    def shown_details(self) -> str:
        """The details as text; empty if there are none."""
        if self.details is None or isinstance(self.details, str):
            return self.details or ""
        return json.dumps(self.details, ensure_ascii=False, default=str, indent=2)

    @property
    def row(self) -> str:
        """The details in one line; empty if there are none."""
        if self.details is None or isinstance(self.details, str):
            return self.details or ""
        return msgspec.json.encode(self.details).decode()

    # -- answers ------------------------------------------------------------------------------------------------------

    def approve(self, note: str = "") -> Verdict:
        """Return what comes of it when a person agrees.

        Raises:
            ArgumentError: it takes more than that to answer.
        """
        if self.sort not in ("approve", "review"):
            raise ArgumentError(f"{self.verb} wants an answer, and not only that you agree", hint=self.cure)
        return Verdict(True, True if self.sort == "approve" else self.text, "approved", checked_note(note))

    def deny(self, note: str = "") -> Verdict:
        """Return what comes of it when a person does not agree, or does not want to answer."""
        note = checked_note(note)
        if self.sort == "approve":
            return Verdict(True, False, "denied", note)
        message = f"{self.verb}: it was denied" + (f": {note}" if note else "")
        return Verdict(False, _error(message, denied=True), "denied", note)

    def answer(self, text: str, note: str = "") -> Verdict:
        """Return what comes of a text: an answer, one of the choices, or the text as it was edited.

        Raises:
            ArgumentError: it is none of these, or too long.
        """
        if self.sort == "approve":
            raise ArgumentError(f"{self.verb} is approved or denied, and takes no text")
        if self.sort == "choose" and text not in self.choices:
            listed = ", ".join(clip(visible(choice), 40) for choice in self.choices)
            raise ArgumentError(f"{clip(visible(text), 60)} is none of the choices", hint=f"they are: {listed}")
        most = REVIEWED if self.sort == "review" else ANSWER
        if len(text) > most:
            raise ArgumentError(f"an answer has at most {most} characters, this one has {len(text)}")
        word = {"ask": "answered", "choose": "chosen"}.get(self.sort, "edited" if text != self.text else "approved")
        return Verdict(True, text, word, checked_note(note))

    def noted(self, verdict: Verdict, note: str) -> Verdict:
        """Return a verdict with a note, unless it has one or needs none."""
        if verdict.note or not note:
            return verdict
        return self.deny(note) if verdict.word == "denied" else verdict._replace(note=note)

    @property
    def late(self) -> Verdict:
        """What comes of it when nobody has answered in time."""
        return Verdict(False, _error(f"{self.verb}: nobody answered within {spoken(self.seconds or 0)}"), "too late")

    @property
    def unanswered(self) -> Verdict:
        """What comes of it when a person leaves it, and it cannot wait."""
        return Verdict(False, _error(f"{self.verb}: nobody answered"), "left")

    @property
    def cure(self) -> str:
        """How it is answered from the shell, behind `llmspell approve RUN`."""
        return {"ask": "--text TEXT", "choose": "--choice CHOICE"}.get(self.sort, "nothing more, or --deny")


class Asked(NamedTuple):
    """A question that waits, with the call that asks it."""

    run_id: str
    no: int
    question: Question
    fingerprint: bytes
    place: str
    began_ms: int

    @property
    def due_ms(self) -> int | None:
        """Until when it can be answered, in milliseconds since the epoch; None if there is no hurry."""
        seconds = self.question.seconds
        return None if seconds is None else self.began_ms + round(seconds * 1000)

    def alike(self, other: "Asked") -> bool:
        """Return whether two can be decided together: the same place asks both whether to go on, in a few words."""
        mine, others = self.question, other.question
        return (
            mine.sort == others.sort == "approve"
            and (self.run_id, self.place, mine.verb) == (other.run_id, other.place, others.verb)
            and all(len(each.text) + len(each.row) <= ROW for each in (mine, others))
        )


GIVEN_UP = Verdict(False, {"kind": "cancelled", "message": "nobody wants the answer any more", "retryable": False}, "")
"""What becomes of a question that the script has given up."""


def checked_note(note: str) -> str:
    """Return a note.

    Raises:
        ArgumentError: it is too long.
    """
    if len(note) > NOTE:
        raise ArgumentError(f"a note has at most {NOTE} characters, this one has {len(note)}")
    return note


def _error(message: str, **data: Any) -> dict[str, Any]:
    return {"kind": "approval", "message": message, "retryable": False} | ({"data": data} if data else {})
