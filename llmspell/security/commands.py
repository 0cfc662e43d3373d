"""Commands: a pattern of one is the words that it begins with; what denies speaks of more than what allows."""

import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

from llmspell.security import rules

SHELL = ("/bin/sh", "-c")
"""The words before a text that is for the shell."""

LAUNCHERS = frozenset((
    "ash", "bash", "chroot", "csh", "dash", "doas", "env", "fish", "ionice", "ksh", "nice", "nohup", "nsenter",
    "parallel", "setsid", "sh", "stdbuf", "su", "sudo", "tcsh", "time", "timeout", "unshare", "watch", "xargs", "zsh",
))  # fmt: skip
"""Programs that are there to run others, by their names."""

MANY = frozenset(("busybox", "toybox"))
"""Programs that are many: by the name under which they are run, or by the word that follows."""


def matches(pattern: str, command: str) -> bool:
    """Return whether a rule speaks of a command: its words begin with those of the rule, and a `*` is any word.

    Args:
        pattern: of a rule, as a shell would read it: `git log *`; `*` alone is everything.
        command: a program and its arguments, quoted as for a shell.
    """
    return pattern == "*" or _begins(_words(command), _words(pattern))


def forbids(pattern: str, command: str) -> bool:
    """Return whether a rule that denies speaks of a command: of the program wherever it lies, and of what runs any.

    What a shell runs, or another program that is there to run others, nobody can tell: a rule that denies any program
    denies all of them.
    """
    words, wanted = _words(command), _words(pattern)
    named = [PurePath(word).name for word in words[:1]] + words[1:]
    if pattern == "*" or not LAUNCHERS.union(MANY).isdisjoint(named[:1]):
        return True
    return _begins(words, wanted) or _begins(named, wanted)


def meaning(command: str) -> str:
    """Return the pattern that means one command: what is special in its words stands for itself."""
    return shlex.join(rules.meaning(word) for word in _words(command))


def _words(text: str) -> list[str]:
    """Return the words of a text as a shell would read it; none if it cannot be read."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _begins(words: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted or len(words) < len(wanted):
        return False
    return all(fnmatchcase(word, each) for word, each in zip(words, wanted, strict=False))
