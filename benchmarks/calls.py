"""Calls from a spell to the host and back, one after another and many at once."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.table import Bar, Figure, Row
from benchmarks.timing import LANGUAGES, between_marks, in_turns
from llmspell.protocol import Frames, frame

ROUNDS = 3
CALLS = 20_000
IN_FLIGHT = 100
BODY = b'["c",12345,"Bench.echo",[12345],3,1]'

ONE_BY_ONE = {
    "lua": "Bench.mark() for i = 1, {calls} do Bench.echo(i) end Bench.mark()",
    "javascript": "await Bench.mark(); for (let i = 1; i <= {calls}; i++) await Bench.echo(i); await Bench.mark();",
}
AT_ONCE = {
    "lua": """
        local items = {} for i = 1, {calls} do items[i] = i end
        Bench.mark() map(items, function(i) return Bench.echo(i) end, {limit = {in_flight}}) Bench.mark()
    """,
    "javascript": """
        const items = Array.from({length: {calls}}, (_, i) => i);
        await Bench.mark(); await map(items, (i) => Bench.echo(i), {limit: {in_flight}}); await Bench.mark();
    """,
}
BARS = {
    ("lua", 1): Bar("figure", 20_000, 30_000),
    ("javascript", 1): Bar("figure", 5_000, 8_000),
    ("lua", IN_FLIGHT): Bar("figure", 60_000, 100_000),
    ("javascript", IN_FLIGHT): Bar("figure", 60_000, 100_000),
}

# A process that can do nothing but answer each frame with the same frame: the least that any worker costs.
MIRROR = """
import socket, struct, sys
wire, kept = socket.socket(fileno=int(sys.argv[1])), b""
while data := wire.recv(65536):
    kept, out = kept + data, b""
    while len(kept) >= 4 and len(kept) >= (end := 4 + struct.unpack_from("<I", kept)[0]):
        out, kept = out + kept[:end], kept[end:]
    if out:
        wire.sendall(out)
"""


def rows() -> list[Row]:
    """Measure host calls in both languages beside frames to a bare Python process."""
    return [row("host calls one after another", ONE_BY_ONE, language, 1) for language in LANGUAGES] + [
        row(f"host calls, {IN_FLIGHT} in flight", AT_ONCE, language, IN_FLIGHT) for language in LANGUAGES
    ]


def row(what: str, sources: dict[str, str], language: str, in_flight: int) -> Row:
    """Measure one language and the mirror in turns."""
    source = sources[language].replace("{calls}", str(CALLS)).replace("{in_flight}", str(in_flight))
    seconds, reference = in_turns(ROUNDS, lambda: between_marks(source, language), lambda: mirrored(in_flight))
    return Row(
        f"{what}, {LANGUAGES[language]}",
        Figure(CALLS / seconds, "per s"),
        "frames to a bare process",
        Figure(CALLS / reference, "per s"),
        BARS[language, in_flight],
    )


def mirrored(in_flight: int) -> float:
    """Return the seconds that as many frames take to the mirror and back, so many at once."""
    batch = frame(BODY) * in_flight
    with mirror() as wire:
        started = time.perf_counter()
        for _ in range(CALLS // in_flight):
            wire.sendall(batch)
            frames, seen = Frames(len(BODY)), 0
            while seen < in_flight:
                seen += len(frames.feed(wire.recv(65536)))
        return time.perf_counter() - started


@contextmanager
def mirror() -> Iterator[socket.socket]:
    """Run the mirror and yield the socket to it."""
    near, far = socket.socketpair()
    command = [sys.executable, "-I", "-S", "-c", MIRROR, str(far.fileno())]
    with near, subprocess.Popen(command, pass_fds=[far.fileno()]) as process:
        far.close()
        near.sendall(frame(b""))
        near.recv(4)  # it is up
        yield near
        near.shutdown(socket.SHUT_WR)
        process.wait()
