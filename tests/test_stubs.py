"""The TypeScript stub is valid, accepts every sample, and finds the mistakes that people make."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
COMPILER = TESTS / "node_modules" / ".bin" / "tsc"
OPTIONS = {
    "allowJs": True, "checkJs": True, "lib": ["es2024"], "module": "esnext", "moduleDetection": "force",
    "noEmit": True, "strict": True, "target": "es2024", "types": [],
}  # fmt: skip

MISTAKES = """\
const args = spell({ about: "x", params: { words: 80, name: "string", tags: ["string"] } });
args.wrods; // HERE
args.words.toUpperCase(); // HERE
args.tags[0].toUpperCase();
const forgotten = ask("hi");
forgotten.text; // HERE
await ask("hi", { modle: "x" }); // HERE
const rated = await ask("hi", { schema: { risk: "int", why: "string" } });
rated.data.rsk; // HERE
rated.data.risk.toFixed(1);
rated.txt; // HERE
Log.inf("x"); // HERE
await map([1, 2], (x) => x.foo); // HERE
fail("x", { kind: "nope" }); // HERE
Run.dat; // HERE
await sleep({}); // HERE
"""


def check(folder: Path) -> list[str]:
    (folder / "jsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*.js", "*.d.ts"]}))
    shutil.copy(ROOT / "bridge" / "llmspell.d.ts", folder)
    done = subprocess.run(
        [COMPILER, "-p", folder / "jsconfig.json"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()


def test_every_sample_type_checks(tmp_path: Path) -> None:
    for sample in (ROOT / "spells").glob("*.js"):
        shutil.copy(sample, tmp_path)
    assert check(tmp_path) == []


def test_every_planted_mistake_is_found_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "mistakes.js").write_text(MISTAKES)
    planted = [n for n, line in enumerate(MISTAKES.splitlines(), 1) if line.endswith("HERE")]
    assert [int(line.split("(")[1].split(",")[0]) for line in check(tmp_path)] == planted


@pytest.mark.parametrize("word", ["ask", "say", "map", "Log", "Json", "Run", "SpellError"])
def test_a_wrong_type_of_what_is_declared_is_found(tmp_path: Path, word: str) -> None:
    (tmp_path / "wrong.js").write_text(f"/** @type {{number}} */\nconst wrong = {word};\nexport default wrong;\n")
    assert len(check(tmp_path)) == 1
