"""What the host adds to reading a file: the decision, and the way to it by descriptor; beside a bare open and read."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import between_marks, in_turns
from llmspell.language import SUFFIXES
from llmspell.project import Project
from llmspell.security import beneath
from llmspell.security.disk import Disk
from llmspell.security.paths import Paths
from llmspell.security.profile import Profile
from llmspell.security.rules import Rule, Rules

ROUNDS = 15
TIMES = 500
READS = 500
FILE = "a/b/c/file.txt"
RAW = "bare `open` and `read`"
SPELL = 'for i = 1, 10 do Fs.read("{file}") end Bench.mark() for i = 1, {reads} do Fs.read("{file}") end Bench.mark()'


def rows() -> list[Row]:
    """Measure a decision, a read by both ways and under rules that deny, and the op as a spell calls it."""
    with TemporaryDirectory() as place:
        root = Path(place).resolve()
        (root / FILE).parent.mkdir(parents=True)
        (root / FILE).write_text("x" * 4096)
        free, fenced = disk(root), disk(root, "secrets/", "**/*.bak", "~/private")
        decision, denied, called, walked, behind, raw = in_turns(
            ROUNDS,
            lambda: repeated(lambda: free.paths.decide("read", FILE)),
            lambda: repeated(lambda: fenced.paths.decide("read", FILE)),
            lambda: by("openat2", free),
            lambda: by("walk", free),
            lambda: by("walk", fenced),
            lambda: repeated(lambda: bare(str(root / FILE))),
        )
        spell = median(in_spell(root) for _ in range(3))
    beside, bar = Figure(1000 / raw, "per s"), Bar("figure", 50_000, 100_000)
    return [
        Row("decision about a path", Figure(1000 / decision, "per s"), "at most 20 µs each", None, bar),
        Row("decision about a path, three rules deny", Figure(1000 / denied, "per s"), "at most 20 µs each", None, bar),
        Row("file of 4 KB, three folders deep, by `openat2`", Figure(1000 / called, "per s"), RAW, beside),
        Row("file of 4 KB, three folders deep, by a walk", Figure(1000 / walked, "per s"), RAW, beside),
        Row("file of 4 KB, three rules deny", Figure(1000 / behind, "per s"), RAW, beside),
        Row("`Fs.read` of 4 KB in a spell, Lua", Figure(1000 / spell, "per s"), RAW, beside),
    ]


def disk(root: Path, *denied: str) -> Disk:
    """Return the files of a run under medium security."""
    medium = Profile.load("medium")
    rules = Rules(medium.label, medium.permissions).deny("read", [Rule(each, "[deny]") for each in denied])
    return Disk(Paths(rules, Project(root), root / "spell.lua", SUFFIXES))


def repeated(act: Callable[[], object]) -> float:
    """Return the milliseconds that one act costs the processor, whatever else goes on."""
    started = time.thread_time()
    for _ in range(TIMES):
        act()
    return (time.thread_time() - started) / TIMES * 1000


def by(way: str, files: Disk) -> float:
    """Return the milliseconds of one read that goes one way."""
    with only(way):
        return repeated(lambda: files.read(FILE, 2**20))


@contextmanager
def only(way: str) -> Iterator[None]:
    """Reach folders by one way: the call of the kernel, or a walk."""
    before, beneath.WALKS = beneath.WALKS, 0 if way == "openat2" else 2**60
    try:
        yield
    finally:
        beneath.WALKS = before


def bare(path: str) -> bytes:
    """Read a file without asking anybody."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 8192)
    finally:
        os.close(descriptor)


def in_spell(root: Path) -> float:
    """Return the milliseconds of one `Fs.read` in a spell."""
    source = SPELL.format(file=root / FILE, reads=READS)
    return between_marks(source, "lua") / READS * 1000
