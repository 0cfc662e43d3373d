"""What the tests share: a sink that keeps everything, and a world in which no key of the developer is seen."""

from typing import Any

import pytest
from modelserver import model_server

from llmspell.context import Sink

__all__ = ["Heard", "heard", "model_server"]


class Heard(Sink):
    """Keeps all that a run says while it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []
        self.logs: list[tuple[str, str, dict[str, Any]]] = []
        self.lines: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.printed)

    @property
    def everything(self) -> str:
        return "\n".join([self.text, *self.errors, *map(str, self.logs), *self.lines])

    def output(self, stream: str, text: str) -> None:
        super().output(stream, text)
        if stream == "err":
            self.errors.append(text)

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self.logs.append((level, message, fields))

    def progress(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def heard() -> Heard:
    return Heard()
