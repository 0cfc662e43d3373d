"""A spell that only computes: what the lock and the engine's build cost against the language's own binary."""

import shutil
import subprocess

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import LANGUAGES, cast, in_turns

ROUNDS = 5
BAR = Bar("ratio", 1.2, 1.1)

# Both hosts run the same lines, which take their own time, so that starting up counts for neither.
FIB = {
    "lua": """
        local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
        local started = os.clock()
        fib(32)
        local ms = (os.clock() - started) * 1000
    """,
    "javascript": """
        const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
        const started = Date.now();
        fib(38);
        const ms = Date.now() - started;
    """,
}
GUEST = {"lua": "return ms", "javascript": "export default ms;"}
NATIVE = {"lua": ("lua5.4", "-e", "print(ms)"), "javascript": ("node", "-e", "console.log(ms)")}


def rows() -> list[Row]:
    """Measure the same function in a spell and in the binary of its language."""
    return [row(language) for language in LANGUAGES]


def row(language: str) -> Row:
    """Measure one language."""
    source = FIB[language] + GUEST[language]
    binary, flag, tail = NATIVE[language]
    what = f"computing Fibonacci numbers, {LANGUAGES[language]}"
    if shutil.which(binary) is None:
        (alone,) = in_turns(ROUNDS, lambda: cast(source, language))
        return Row(what, Figure(alone, "ms"), f"not measured: no {binary}", bar=BAR)
    command = [binary, flag, FIB[language] + tail]
    mine, other = in_turns(ROUNDS, lambda: cast(source, language), lambda: float(subprocess.check_output(command)))
    return Row(what, Figure(mine, "ms"), f"`{binary}`", Figure(other, "ms"), BAR)
