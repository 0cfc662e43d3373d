"""What the tests share: a sink that keeps everything, and a way to run the cases of a module side by side."""

import gc
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from inspect import signature
from typing import Any

import pytest
from commandline import environ, llmspell
from looking import found_in, look, parser, worlds
from modelserver import model_server
from repeating import Heard, cores, repeater

__all__ = ["Heard", "environ", "found_in", "heard", "llmspell", "look", "model_server", "parser", "repeater", "worlds"]


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what lives until the end: a thousand tests, and all modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def kept_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what runs keep out of the home of whoever tests, and the settings there out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("kept")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configured")))
        yield


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def begun(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Any]]]:
    """Begin with what the chosen tests of a module wait for: its function `cast`, with the parameters of each.

    What else `cast` takes are fixtures.
    """
    items = [each for each in request.session.items if isinstance(each, pytest.Function)]
    chosen = [each for each in items if each.module is request.module and "outcome" in each.fixturenames]
    cast = request.module.cast
    wanted = signature(cast).parameters.keys() - chosen[0].callspec.params.keys()
    fixtures = {name: request.getfixturevalue(name) for name in wanted}
    pool = ThreadPoolExecutor(cores())
    yield {each.nodeid: pool.submit(cast, **each.callspec.params, **fixtures) for each in chosen}
    pool.shutdown(cancel_futures=True)


@pytest.fixture
def outcome(request: pytest.FixtureRequest, begun: dict[str, Future[Any]]) -> Any:
    """What `cast` of the module returned for the parameters of this test."""
    return begun.pop(request.node.nodeid).result()  # nothing is kept for longer than its test
