"""What the tests share: a sink that keeps everything, and a way to run the cases of a module side by side."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from commandline import environ, llmspell
from looking import found_in, look, parser, worlds
from modelserver import model_server

from llmspell.context import Sink

__all__ = ["Heard", "environ", "found_in", "heard", "llmspell", "look", "model_server", "parser", "worlds"]


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


@pytest.fixture(scope="session", autouse=True)
def kept_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what runs keep out of the home of whoever tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("kept")))
        yield


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def begun(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Any]]]:
    """Begin with what the chosen tests of a module wait for: its function `cast`, with the parameters of each."""
    items = [each for each in request.session.items if isinstance(each, pytest.Function)]
    chosen = [each for each in items if each.module is request.module and "outcome" in each.fixturenames]
    pool = ThreadPoolExecutor(os.cpu_count())
    yield {each.nodeid: pool.submit(request.module.cast, **each.callspec.params) for each in chosen}
    pool.shutdown(cancel_futures=True)


@pytest.fixture
def outcome(request: pytest.FixtureRequest, begun: dict[str, Future[Any]]) -> Any:
    """What `cast` of the module returned for the parameters of this test."""
    return begun.pop(request.node.nodeid).result()  # nothing is kept for longer than its test
