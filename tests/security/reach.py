"""The ways to a folder, both of which a test goes: by `openat2`, and name by name."""

import pytest

from llmspell.security import beneath

WAYS = ("openat2", "walk")


def take(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach folders by one way from now on; a kernel that has no `openat2` has only the walk."""
    monkeypatch.setattr(beneath, "WALKS", 0)
    if way == "walk":
        monkeypatch.setattr(beneath, "_call", lambda: None)
