"""A server that answers each request with precomputed bytes: for the faults that a well-behaved server cannot show."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Scripted:
    """A running server: where it is, what it was sent, and whether its clients hung up on it."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    deserted: asyncio.Event = field(default_factory=asyncio.Event)

    def bodies(self) -> list[dict[str, Any]]:
        """Return the JSON that it was sent."""
        return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in self.requests]


@asynccontextmanager
async def scripted(answers: Sequence[bytes | None]) -> AsyncIterator[Scripted]:
    """Answer the requests in order and close each connection; None says nothing and waits for the client to hang up."""
    state = Scripted()
    waiting = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state.requests.append(await _request(reader))
        state.arrived.set()
        answer = waiting.pop(0)
        writer.write(answer or b"")
        await writer.drain()
        if answer is None or answer.endswith(OPEN):
            await reader.read()
            state.deserted.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    async with server:
        state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield state


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    (length,) = (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    return head + await reader.readexactly(length)


OPEN = b"\n: still speaking\n\n"
"""The end of an answer after which the connection stays open."""


def page(body: bytes | object, status: str = "200 OK", kind: str = "application/json", **headers: str) -> bytes:
    """Return a whole answer."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}Connection: close\r\n\r\n"
    )
    return head.encode() + body


def events(*lines: object, named: bool = False, end: bytes = b"") -> bytes:
    """Return a stream of server-sent events that ends with the connection, as every stream that is cut off does."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    sent = b"".join(_event(line, named) for line in lines)
    return head + sent + end


def _event(line: object, named: bool) -> bytes:
    data = line if isinstance(line, str) else json.dumps(line)
    name = f"event: {line['type']}\n" if named and isinstance(line, dict) and "type" in line else ""
    return f"{name}data: {data}\n\n".encode()


def chat_pieces(*texts: str, finish: str | None = None) -> list[object]:
    """Return the events of an OpenAI Chat stream."""
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    choices = [{"index": 0, "delta": {"role": "assistant", "content": text}} for text in texts]
    if finish:
        choices.append({"index": 0, "delta": {}, "finish_reason": finish})
    return [{**frame, "choices": [choice]} for choice in choices]


def chat_answer(text: str, **more: object) -> dict[str, object]:
    """Return an answer in the form of OpenAI Chat."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "native_finish_reason": "stop", **more}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    return {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice], "usage": usage,
        "provider": "Tests",
    }  # fmt: skip


def every_env(server: Scripted, key: str = "sk-test") -> dict[str, str]:
    """Return the environment that leads every provider to a server."""
    roots = {"OPENAI": "/v1", "OLLAMA": "/v1", "OPENROUTER": "/api/v1", "ANTHROPIC": "", "GOOGLE": "", "GROQ": ""}
    keys = {f"{name}_API_KEY": key for name in roots}
    return keys | {f"{name}_BASE_URL": server.url + path for name, path in roots.items()}
