"""Rows of results, their bars, and the table that they make."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

HEAD = """\
| what | llmspell | reference | compared | hold | aim | |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Figure:
    """A measured number: `ms`, `KB`, or so many `per s`."""

    number: float
    unit: Literal["ms", "KB", "per s"]

    def __str__(self) -> str:
        if self.unit == "ms":
            return f"{self.number:.{max(0, 3 - len(str(int(abs(self.number)))))}f} ms"
        return f"{self.number:,.0f} {self.unit}"


@dataclass(frozen=True)
class Bar:
    """What a number has to hold and what it aims for; `of` says which number.

    `ratio` is ours to the reference's, `excess` ours less the reference's, `figure` ours alone.
    """

    of: Literal["ratio", "excess", "figure"]
    hold: float
    aim: float


@dataclass(frozen=True)
class Row:
    """One measure beside its reference; `beside` names the reference, or tells why there is none."""

    what: str
    ours: Figure
    beside: str
    theirs: Figure | None = None
    bar: Bar | None = None

    def __str__(self) -> str:
        reference = self.beside if self.theirs is None else f"{self.beside}: {self.theirs}"
        cells = [self.what, str(self.ours), reference, self.compared(), *self.judged()]
        return f"| {' | '.join(cells)} |"

    def compared(self) -> str:
        """Return the ratio or the excess, as the bar wants it."""
        if self.theirs is None:
            return ""
        of = self.bar.of if self.bar and self.bar.of != "figure" else "ratio"
        return self._shown(of, self._number(of))

    def judged(self) -> tuple[str, str, str]:
        """Return hold, aim and verdict."""
        if self.bar is None:
            return "", "", ""
        hold, aim = (self._shown(self.bar.of, bar) for bar in (self.bar.hold, self.bar.aim))
        if self.bar.of != "figure" and self.theirs is None:
            return hold, aim, "not measured"
        reached = self._reaches(self.bar.hold), self._reaches(self.bar.aim)
        return hold, aim, {(True, True): "ok, aim reached", (True, False): "ok"}.get(reached, "over")

    def _reaches(self, bar: float) -> bool:
        assert self.bar is not None
        number = self._number(self.bar.of)
        return number >= bar if self.bar.of == "figure" and self.ours.unit == "per s" else number <= bar

    def _number(self, of: str) -> float:
        if of == "figure" or self.theirs is None:
            return self.ours.number
        if of == "excess":
            return self.ours.number - self.theirs.number
        return self.ours.number / self.theirs.number

    def _shown(self, of: str, number: float) -> str:
        if of == "ratio":
            return f"{number:.2f}x"
        sign = "+" if of == "excess" and number > 0 else ""
        return f"{sign}{Figure(number, self.ours.unit)}"


def markdown(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    return HEAD + "".join(f"{row}\n" for row in rows)
