"""The system around a spell: programs and variables. Only a spell that is trusted has them."""

import os
import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from llmspell import durations
from llmspell.bridge.op import Duration, Global, ReadPath, Value, op
from llmspell.context import Context
from llmspell.errors import ArgumentError, within
from llmspell.security import folder, program
from llmspell.security.rules import ALL
from llmspell.wording import clip, visible

_SHELL = ("/bin/sh", "-c")
_COMMON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_DESCRIPTORS = Path("/proc/self/fd")


class Finished(Value):
    """How a program ended. It behaves as what it printed.

    Args:
        status: 0 if all went well; 128 and the number of the signal if one ended it.
        out: what it printed to stdout, as text in UTF-8; bytes that are none become U+FFFD.
        err: what it printed to stderr.
    """

    text_field = "out"

    status: int
    out: str
    err: str


class System(Global):
    """Run programs and read variables of the environment, in spells that are trusted: `--security low`."""

    context: Context

    @op(effect="once", needs="run")
    async def run(
        self,
        command: str | list[str],
        *,
        input: str | bytes = "",  # noqa: A002 - the word that scripts know it by
        timeout: Duration | None = None,  # noqa: ASYNC109 - it bounds the program
        cwd: ReadPath | None = None,
        env: dict[str, str] | None = None,
    ) -> Finished:
        """Run a program, wait for it, and return how it ended.

        What it leaves running in the background is ended too, unless that has made itself a session of its own.

        Args:
            command: a text is for the shell; a list is a program and its arguments, which no shell sees.
            input: what the program reads from stdin.
            timeout: how long it may take; then it is killed.
            cwd: the folder that it starts in; that of the project, unless given.
            env: variables beside those that it has anyway.
        """
        words = self._words(command)
        with within("System.run"), ExitStack() as stack:
            ended = await program.run(
                words,
                name=clip(visible(command if isinstance(command, str) else command[0]), 60),
                stdin=input.encode() if isinstance(input, str) else input,
                folder=self._folder(cwd, stack),
                environ=self._environ(env or {}),
                seconds=None if timeout is None else durations.parse(timeout),
                most=self.context.profile.limits.frame // 2,
            )
        status = ended.status if ended.status >= 0 else 128 - ended.status
        return Finished(
            status=status, out=ended.out.decode("utf-8", "replace"), err=ended.err.decode("utf-8", "replace")
        )

    @op(needs="env", reveals=True)
    async def env(self, name: str) -> str | None:
        """Return a variable of the environment; nothing if it is not set. The journal gets only the name of a secret.

        Args:
            name: of the variable.
        """
        rules = self.context.rules
        if not any(rule.pattern == ALL or fnmatchcase(name, rule.pattern) for rule in rules.patterns("env")):
            raise rules.refusal("env", name)
        return self.context.environ.get(name)

    @op(effect="read", needs="run")
    async def temporary(self) -> str:
        """Make an empty file among the temporary ones of the system and return its path."""
        descriptor, path = mkstemp(prefix="llmspell-")
        os.close(descriptor)
        return path

    def _words(self, command: str | list[str]) -> list[str]:
        if not command or not command[0]:
            raise ArgumentError("System.run: `command` must not be empty", hint='write { "git", "log" } or "git log"')
        rules = self.context.rules
        granted = [rule.pattern for rule in rules.patterns("run")]
        words = [*_SHELL, command] if isinstance(command, str) else command
        if ALL in granted:
            return words
        if isinstance(command, list) and any(_begins(words, pattern) for pattern in granted):
            return words
        raise rules.refusal("run", command if isinstance(command, str) else shlex.join(command))

    def _folder(self, cwd: str | None, stack: ExitStack) -> str:
        """Return where a program starts: by descriptor, so that it is the folder that was checked."""
        if cwd is None:
            return str(self.context.project.root)
        spot = self.context.paths.spot("read", cwd)
        try:
            found = stack.enter_context(folder.folder(spot))
        except OSError:
            raise ArgumentError(f"`cwd`: there is no folder {spot.name}") from None
        return str(_DESCRIPTORS / str(found.descriptor))

    def _environ(self, more: Mapping[str, Any]) -> dict[str, str]:
        for name in more:
            if not name or "=" in name or "\0" in name:
                raise ArgumentError("`env` has a name that no variable can have")
        environ, whole = self.context.environ, self.context.rules.modes["env"] == "all"
        return {name: value for name, value in environ.items() if whole or name in _COMMON} | dict(more)


def _begins(words: list[str], pattern: str) -> bool:
    try:
        prefix = shlex.split(pattern)
    except ValueError:
        return False
    return bool(prefix) and words[: len(prefix)] == prefix
