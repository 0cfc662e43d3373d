"""Run the benchmarks and print their table: `python -m benchmarks [NAME...] [--write FILE]`."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks import asking, calls, cpu, files, journal, keeping, kill, locking, maps, requests, startup
from benchmarks.table import markdown

MEASURES = {
    "startup": startup, "calls": calls, "maps": maps, "cpu": cpu, "kill": kill, "locking": locking, "files": files,
    "requests": requests, "asking": asking, "keeping": keeping, "journal": journal,
}  # fmt: skip
PAGE = """\
# Benchmarks

Made by `make bench`, which measures each row in turns with its reference and takes medians; `benchmarks/` tells how.
`hold` is the bar that a change must not break, `aim` where we want to be. Ratios travel between machines; the rest
does not.

{machine}

{table}"""


def main() -> None:
    """Measure what is asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure llmspell beside its references.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(MEASURES)}")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page, too")
    options = parser.parse_args()
    if unknown := set(options.names) - MEASURES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    rows = []
    for name in options.names or MEASURES:
        print(f"measuring {name} ...", file=sys.stderr)
        rows += MEASURES[name].rows()
    table = markdown(rows)
    print(table, end="")
    if options.write:
        options.write.write_text(PAGE.format(machine=machine(), table=table), encoding="utf-8")


def machine() -> str:
    """Say on what the numbers were measured."""
    parts = [
        f"llmspell {version('llmspell')}",
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores",
        f"Python {platform.python_version()}",
    ]
    if shutil.which("node"):
        parts.append(f"Node {subprocess.check_output(['node', '--version'], text=True).strip().removeprefix('v')}")
    return ", ".join(parts) + "."


if __name__ == "__main__":
    main()
