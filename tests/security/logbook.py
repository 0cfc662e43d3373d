"""What the tests of the audit log share: one that is written, looked at, and put back as it was."""

import json
from pathlib import Path
from typing import Any

import pytest

from llmspell.security import proof
from llmspell.security.audit import Audit
from llmspell.security.proof import Report

NOW = 1_767_337_203.25
GIVEN = {
    "at": "spells/digest.lua:9:14", "op": "Http.get", "kind": "net", "value": "api.y.com:443", "decision": "deny",
    "rule": "profile.medium.net", "source": "security_profiles/medium.toml:12", "by": "policy",
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".llmspell" / "audit.jsonl"


def log(path: Path, run: str = "7Q2M", **options: Any) -> Audit:
    return Audit(path, run, "spells/digest.lua", clock=lambda: NOW, **options)


def wrote(path: Path, count: int, run: str = "7Q2M", largest: int = 2**20, begin: int = 0) -> None:
    one = log(path, run, largest=largest)
    for number in range(begin, begin + count):
        one.note(**GIVEN | {"value": f"host-{number}.example"})
    one.close()


def lines(path: Path) -> list[dict[str, Any]]:
    found = [*sorted(path.parent.glob("audit-*")), *path.parent.glob(path.name)]
    return [json.loads(line) for file in found for line in file.read_text("utf-8").splitlines()]


def verified(path: Path) -> Report:
    with proof.opened(path) as book:
        return book.verify()


def add(path: Path, text: str) -> None:
    """Write behind the end, as no process of ours does."""
    with path.open("a") as file:
        file.write(text)


def files(path: Path) -> dict[Path, bytes]:
    return {each: each.read_bytes() for each in path.parent.glob("audit*")}


def restore(path: Path, kept: dict[Path, bytes]) -> None:
    for each in path.parent.glob("audit*"):
        each.unlink()
    for each, raw in kept.items():
        each.write_bytes(raw)
        each.chmod(0o600)
