"""Breadth: which rules people have to look at twice, before all others."""

import os
import re
from itertools import takewhile

from llmspell.secrets import names_secret
from llmspell.security import reserved
from llmspell.security.globs import SPECIAL
from llmspell.security.rules import FILES, Kind, Wish

_WHOLE: tuple[Kind, ...] = ("tools", "run")
"""Kinds that stand out whatever the pattern is: what a tool destroys is gone, and a program may do anything."""

_ONE = re.compile(r"\[[^!]\]")
"""One character, whatever it means otherwise."""

_SYSTEM = frozenset(("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "root", "run", "sbin", "sys", "usr"))
"""Folders of the system: what is written there other programs read, or run."""


def is_broad(wish: Wish) -> bool:
    """Return whether a wish is for much more than some files, hosts or scopes of a name, or for what is dangerous."""
    kind, pattern = wish.kind, _ONE.sub("x", wish.pattern)
    if kind in FILES:
        return _is_broad_path(kind, pattern)
    if kind == "net":
        return "*" in pattern or "/" in pattern
    if kind == "secrets":
        name, _, host = pattern.partition("@")
        return bool(SPECIAL & set(name)) or "*" in host or "/" in host
    return kind in _WHOLE or bool(SPECIAL & set(pattern)) or (kind == "env" and names_secret(pattern))


def _is_broad_path(kind: Kind, pattern: str) -> bool:
    home = os.path.expanduser("~")  # noqa: PTH111 - `Path.home` fails where nobody knows it
    path = f"{home}{pattern[1:]}" if pattern == "~" or pattern.startswith("~/") else pattern
    every = [name for name in path.split("/") if name not in ("", ".")]
    names = [name for name in every if name not in ("..", "~")]
    named = list(takewhile(lambda name: not SPECIAL & set(name), names))
    outside = path.startswith(("/", "~", ".."))
    if len(named) < (2 if outside else 1):
        return True
    folded = reserved.folded(tuple(names))
    if reserved.holds_keys(folded, 0) or (kind == "write" and reserved.starts_by_itself(folded, 0)):
        return True
    if not outside:
        return False
    holds_home = [name for name in home.split("/") if name][: len(named)] == named
    is_home = len(named) == 2 and named[0] in ("home", "Users") and len(names) == len(named)
    return holds_home or is_home or (named[0] in _SYSTEM and kind == "write") or named[0] in ("proc", "root")
