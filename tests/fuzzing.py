"""Looks for bytes that break what is fuzzed, as long as one likes: `python tests/fuzzing.py places -max_total_time=60`.

This needs atheris, which nothing else does: `pip install atheris`. What stands behind the name of the target goes to
libFuzzer; without a name it tells the names. A unit that takes more than a second is a finding, unless told otherwise.
"""

import sys
import tempfile
from pathlib import Path


def main(words: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["llmspell"], enable_loader_override=False):
        from fuzzed import TARGETS
    if not words or words[0] not in TARGETS:
        raise SystemExit(f"targets: {' '.join(TARGETS)}")
    target = TARGETS[words[0]]
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder, "words")
        known.write_text("".join(f'"{quoted(each)}"\n' for each in target.pieces if each))
        usual = [f"-dict={known}", "-timeout=1", f"-max_len={min(target.most, 4096)}", "-rss_limit_mb=1024"]
        atheris.Setup([sys.argv[0], *usual, *words[1:]], target.check)
        atheris.Fuzz()


def quoted(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(sys.argv[1:])
