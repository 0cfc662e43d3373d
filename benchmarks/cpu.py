"""A spell that only computes: what the lock and the engine's build cost against the language's own binary."""

import shutil
import subprocess

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import LANGUAGES, between_marks, in_turns

ROUNDS = 5
BAR = Bar("ratio", 1.2, 1.1)

# Both hosts run the same function and time it, so that starting up counts for neither; time stands in a spell.
FIB = {
    "lua": "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end ",
    "javascript": "const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)); ",
}
GUEST = {
    "lua": "Bench.mark() fib(32) Bench.mark()",
    "javascript": "await Bench.mark(); fib(38); await Bench.mark();",
}
NATIVE = {
    "lua": (
        "lua5.4",
        "-e",
        "local function now() local date <close> = io.popen('date +%s%N') return date:read('n') end "
        "local started = now() fib(32) print((now() - started) / 1e6)",
    ),
    "javascript": ("node", "-e", "const started = Date.now(); fib(38); console.log(Date.now() - started);"),
}


def rows() -> list[Row]:
    """Measure the same function in a spell and in the binary of its language."""
    return [row(language) for language in LANGUAGES]


def row(language: str) -> Row:
    """Measure one language."""
    source = FIB[language] + GUEST[language]
    binary, flag, tail = NATIVE[language]
    what = f"computing Fibonacci numbers, {LANGUAGES[language]}"
    if shutil.which(binary) is None:
        (alone,) = in_turns(ROUNDS, lambda: spell(source, language))
        return Row(what, Figure(alone, "ms"), f"not measured: no {binary}", bar=BAR)
    command = [binary, flag, FIB[language] + tail]
    mine, other = in_turns(ROUNDS, lambda: spell(source, language), lambda: float(subprocess.check_output(command)))
    return Row(what, Figure(mine, "ms"), f"`{binary}`", Figure(other, "ms"), BAR)


def spell(source: str, language: str) -> float:
    """Return the milliseconds that the function takes in a spell."""
    return between_marks(source, language) * 1000
