"""The system around a spell: programs and variables, each by a rule that names it; a trusted spell has them all."""

import os
import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import gettempdir, mkstemp
from typing import Any

from llmspell import durations
from llmspell.bridge.op import Duration, EnvName, Global, ReadPath, Value, op
from llmspell.context import Context
from llmspell.errors import ArgumentError, PermissionDenied, within
from llmspell.security import commands, folder, program
from llmspell.security.rules import ALL
from llmspell.wording import clip, visible, written

_COMMON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_LONGEST = 8192  # characters of a command that rules are asked about
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
    """Run programs and read variables of the environment, as they are granted: `--allow-run`, `--allow-env`."""

    context: Context

    @op(effect="once", needs="run", sends_out=True, untrusted=True, private=True)
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
            command: a list is a program and its arguments, which no shell sees; a text is for the shell, and allowed
                only to spells that may run every program, or this very text.
            input: what the program reads from stdin.
            timeout: how long it may take; then it is killed.
            cwd: the folder that it starts in; that of the project, unless given.
            env: variables beside those that it has anyway; only for spells that may run every program.
        """
        words = self._words(command)
        with within("System.run"):
            environ = self._environ(env or {})
        self._check_behind(words, cwd, environ)
        await self._permit(command, words)
        with within("System.run"), ExitStack() as stack:
            ended = await program.run(
                words,
                name=clip(visible(command if isinstance(command, str) else command[0]), 60),
                stdin=input.encode() if isinstance(input, str) else input,
                folder=self._folder(cwd, stack),
                environ=environ,
                seconds=None if timeout is None else durations.parse(timeout),
                most=self.context.profile.limits.frame // 2,
            )
        status = ended.status if ended.status >= 0 else 128 - ended.status
        return Finished(
            status=status, out=ended.out.decode("utf-8", "replace"), err=ended.err.decode("utf-8", "replace")
        )

    @op(needs="env", reveals=True, private=True)
    async def env(self, name: EnvName) -> str | None:
        """Return a variable of the environment; nothing if it is not set. The journal gets only the name of a secret.

        Args:
            name: of the variable.
        """
        self.context.access.check("env", name)
        return self.context.environ.get(name)

    @op(effect="read", needs="write")
    async def temporary(self) -> str:
        """Make an empty file among the temporary ones of the system, where it may write, and return its path."""
        folder = gettempdir()
        await self.context.access.permit("write", f"{folder}/llmspell-", "System.temporary")
        descriptor, path = mkstemp(prefix="llmspell-", dir=folder)
        os.close(descriptor)
        return path

    def _words(self, command: str | list[str]) -> list[str]:
        """Return the words of a command; a text is a command of the shell, and granted as such."""
        if not command or not command[0]:
            hint = f'write {self._example} or "git log"'
            raise ArgumentError("System.run: `command` must not be empty", hint=hint)
        words = [*commands.SHELL, command] if isinstance(command, str) else command
        if not self._free and sum(map(len, words)) > _LONGEST:
            hint = "give it what is long as its `input`"
            raise ArgumentError(f"System.run: a command has at most {_LONGEST} characters", hint=hint)
        return words

    def _check_behind(self, words: list[str], cwd: str | None, environ: Mapping[str, str]) -> None:
        """Refuse a program that is denied by the name that it has where it lies."""
        access, paths = self.context.access, self.context.paths
        where = paths.root if cwd is None else paths.absolute(cwd)
        for name in program.names(words[0], "/" + "/".join(where), environ.get("PATH", os.defpath)):
            decision = access.decide("run", shlex.join([name, *words[1:]]))
            if decision.how == "denied":
                value = commands.meaning(shlex.join(words))  # what a link leads to is told to nobody
                raise access.rules.refusal("run", value, None, decision._replace(value=value))

    async def _permit(self, command: str | list[str], words: list[str]) -> None:
        try:
            await self.context.access.permit("run", shlex.join(words), "System.run")
        except PermissionDenied as error:
            if isinstance(command, str) and error.hint:
                error.hint = f"a list such as {self._example} needs no shell, and a rule of its own; else {error.hint}"
            raise

    @property
    def _example(self) -> str:
        return written(["git", "log"], self.context.access.rules.language)

    @property
    def _free(self) -> bool:
        """Whether every program is granted: one that is granted by a rule alone gets no say about others."""
        rules = self.context.access.rules  # those of every caller around count: `*` of less is not everything
        return rules.decide("run", ALL, lambda rule: rule.pattern == ALL, lambda _: False).allowed

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
        if more and not self._free:
            raise PermissionDenied(
                "`env` is not allowed for a program that a rule grants",
                hint="variables such as PATH decide what really runs; --allow-run='*' grants every program",
                data={"rule": f"{self.context.rules.label} grants programs by name"},
            )
        for name in more:
            if not name or "=" in name or "\0" in name:
                raise ArgumentError("`env` has a name that no variable can have")
        access, environ = self.context.access, self.context.environ
        whole = access.rules.modes["env"] == "all"
        inherited = [name for name in environ if whole or name in _COMMON]
        return {name: environ[name] for name in inherited if access.decide("env", name).how != "denied"} | dict(more)
