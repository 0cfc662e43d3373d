"""A server that speaks the protocols of model providers: npm `@copilotkit/aimock`, with the answers in `fixtures/`."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest

TESTS = Path(__file__).parent
PROGRAM = TESTS / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"


class ModelServer:
    """A running server, the environment that leads to it, its faults on demand, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.openai_url = f"{url}/v1"
        self.anthropic_url = url
        roots = {"OPENAI": f"{url}/v1", "OLLAMA": f"{url}/v1", "OPENROUTER": f"{url}/api/v1"}
        names = ("ANTHROPIC", "GOOGLE", "GROQ", *roots)
        self.env: Mapping[str, str] = {
            **{f"{name}_API_KEY": "sk-of-the-tests" for name in names},
            **{f"{name}_BASE_URL": roots.get(name, url) for name in names},
        }

    @contextmanager
    def chaos(self, **rates: float) -> Iterator[None]:
        """Let every request meet faults: dropRate, malformedRate, disconnectRate, rateLimitRate (0 to 1), latencyMs."""
        self._call("POST", "chaos", rates)
        try:
            yield
        finally:
            self._call("DELETE", "chaos")

    def fail_next(self, status: int, message: str = "it failed", times: int = 1, **body: str) -> None:
        """Let the next requests fail with a status; a 429 asks to come back after 1 s."""
        for _ in range(times):
            self._call("POST", "error", {"status": status, "body": {"message": message, **body}})

    def forget(self) -> None:
        """Forget what was asked so far."""
        self._call("POST", "reset/journal")

    def requests(self) -> list[dict[str, Any]]:
        """Return what was asked: `path`, `headers`, `body` in the form of OpenAI Chat, and `response.status`."""
        return self._call("GET", "journal")

    def _call(self, method: str, what: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/__aimock/{what}", data, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=10) as response:
            return json.load(response)


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    assert PROGRAM.exists(), "the model server is not installed: npm ci --prefix tests"
    command = ["node", PROGRAM, "--port", "0", "--fixtures", TESTS / "fixtures", "--validate-on-load"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        server = ModelServer(_url(process.stdout))
        # It stops when nobody reads what it prints.
        drain = Thread(target=process.stdout.read)
        drain.start()
        try:
            yield server
        finally:
            process.kill()
            drain.join()


def _url(lines: Iterable[str]) -> str:
    said = []
    for line in lines:
        if found := re.search(r"listening on (http://\S+)", line):
            return found[1]
        said.append(line)
    pytest.fail(f"the model server did not start: {''.join(said)}")
