"""Prompts that are kept in files of their own."""

import re
from collections.abc import Callable
from typing import Any

from llmspell import template
from llmspell.bridge.op import Global, op
from llmspell.context import Context
from llmspell.errors import ArgumentError, ScriptError
from llmspell.globals.ask import template_values
from llmspell.security.disk import Disk
from llmspell.wording import clip, suggest, visible

FOLDER = "prompts"
SUFFIX = ".md"
INCLUDES = 100
"""How many prompts one prompt may be made of."""

_INCLUDE = re.compile(r"\{\{>([^{}\n]{1,400})\}\}")  # spaces are stripped later: here they would take long
_NAME = re.compile(r"\w[\w-]*(?:/\w[\w-]*)*")


class Prompt(Global):
    """Load prompts from the folder `prompts` of the project, and fill them in.

    A prompt is a file such as `prompts/review.md`. `{{> tone}}` in it stands for `prompts/tone.md`.
    """

    context: Context

    def _assembly(self, op: str) -> "_Assembly":
        access = self.context.access
        return _Assembly(Disk(access.paths), lambda path: access.check("read", path, op))

    @op(needs="read", untrusted=True, private=True)
    async def load(self, name: str) -> str:
        """Return a prompt, with the prompts that it includes in their places.

        Args:
            name: of its file in the folder `prompts`, without the suffix: `review`, `mail/polite`.
        """
        assembly = self._assembly("Prompt.load")
        return await self.context.threads.do(lambda _: assembly.load(name))

    @op(effect="read", needs="read")
    async def render(self, template: str, vars: dict[str, Any]) -> str:  # noqa: A002 - what it is called everywhere
        """Return a prompt with values filled in for `{{name}}` and `{{name.field}}`.

        Args:
            template: the prompt; `{{> name}}` includes another one.
            vars: the values; a reply counts as its text, a list of replies as sections.
        """
        assembly = self._assembly("Prompt.render")
        whole = await self.context.threads.do(lambda _: assembly.expand(template))
        if assembly.has_read:  # what a script has written itself comes from no file
            self.context.access.taint.read("Prompt.render", untrusted=True, private=True)
        return render(whole, template_values(vars))


render = template.render  # `template` is a parameter above


class _Assembly:
    """One prompt that is put together from others: of so many, and of so much text."""

    def __init__(self, disk: Disk, decide: Callable[[str], None]) -> None:
        self._disk = disk
        self._decide = decide
        self._count = self._size = 0

    @property
    def has_read(self) -> bool:
        """Whether there was a file that it is made of."""
        return self._count > 0

    def load(self, name: str, within: tuple[str, ...] = ()) -> str:
        if not _NAME.fullmatch(name):
            raise ArgumentError(f"Prompt: `{clip(visible(name), 60)}` is not the name of a prompt")
        if name in within:
            raise ScriptError(f"a prompt includes itself: {' -> '.join([*within, name])}")
        self._count += 1
        if self._count > INCLUDES:
            raise ScriptError(f"the prompt is made of more than {INCLUDES} others")
        return self.expand(self._read(name), (*within, name))

    def expand(self, text: str, within: tuple[str, ...] = ()) -> str:
        parts, end = [], 0
        for include in _INCLUDE.finditer(text):
            parts += [text[end : include.start()], self.load(include[1].strip(), within)]
            end = include.end()
        return "".join([*parts, text[end:]])

    def _read(self, name: str) -> str:
        path = f"{FOLDER}/{name}{SUFFIX}"
        self._decide(path)
        try:
            raw = self._disk.read(path, template.LIMIT - self._size)
        except ScriptError as error:
            raise self._absent(name) if error.data.get("errno") else error from None
        self._size += len(raw)
        try:
            return raw.decode().removeprefix("\ufeff").removesuffix("\n")
        except UnicodeDecodeError:
            raise ScriptError(f"{path} is not text in UTF-8") from None

    def _absent(self, name: str) -> ScriptError:
        near = suggest(name, [path.split("/", 1)[1].removesuffix(SUFFIX) for path in self._names()])
        return ScriptError(
            f"there is no prompt `{name}`", hint=f"did you mean `{near}`?" if near else f"write {FOLDER}/{name}{SUFFIX}"
        )

    def _names(self) -> list[str]:
        return self._disk.search(f"{FOLDER}/**/*{SUFFIX}", lambda: None)
