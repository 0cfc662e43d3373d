"""The messages between host and guest as data; `bridge/README.md` tells what each means and who may send it when."""

from collections.abc import Sequence
from typing import Any

import msgspec

# -- host to guest ----------------------------------------------------------------------------------------------------


class Check(msgspec.Struct, frozen=True, array_like=True, tag="check"):
    """Compile a source and run nothing of it; any number may come before `Start`."""

    source: str
    name: str


class Start(msgspec.Struct, frozen=True, array_like=True, tag="run"):
    """Run a spell; sent first and once."""

    source: str
    name: str
    args: Any
    seed: int
    limits: dict[str, int]
    surface: dict[str, Any]
    modules: dict[str, Any] = msgspec.field(default_factory=dict)


class Tick(msgspec.Struct, frozen=True, array_like=True, tag="t"):
    """The clock of the run shows so many milliseconds since the epoch; before what is delivered at that time."""

    ms: int


class Reply(msgspec.Struct, frozen=True, array_like=True, tag="r"):
    """The result of a call."""

    id: int
    value: Any


class Fault(msgspec.Struct, frozen=True, array_like=True, tag="x"):
    """The failure of a call."""

    id: int
    error: dict[str, Any]


class Invoke(msgspec.Struct, frozen=True, array_like=True, tag="f"):
    """The host calls a function of the guest."""

    id: int
    function: int
    args: list[Any]


class Stop(msgspec.Struct, frozen=True, array_like=True, tag="k"):
    """Cancel the run: every waiting and every later call of the guest fails with kind `cancelled`."""

    reason: str


# -- guest to host ----------------------------------------------------------------------------------------------------


class Call(msgspec.Struct, frozen=True, array_like=True, tag="c"):
    """The guest calls an op; id 0 asks for no answer."""

    id: int
    op: str
    args: list[Any]
    line: int = 0
    column: int = 0
    file: str = ""


class Quit(msgspec.Struct, frozen=True, array_like=True, tag="q"):
    """The guest no longer wants the answer of a call."""

    id: int


class Answer(msgspec.Struct, frozen=True, array_like=True, tag="a"):
    """The guest answers an `Invoke`; `value` is the error when not `ok`."""

    id: int
    ok: bool
    value: Any


class Output(msgspec.Struct, frozen=True, array_like=True, tag="o"):
    """Text that the guest prints; stream is `out` or `err`."""

    stream: str
    text: str


class More(msgspec.Struct, frozen=True, array_like=True, tag="+"):
    """Last in a frame: the turn goes on, another frame follows without being asked for."""


class Done(msgspec.Struct, frozen=True, array_like=True, tag="d"):
    """The spell has ended well."""

    value: Any


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    """The spell has failed; `cause` is `interrupted` when the worker ended a turn that lasted too long."""

    error: dict[str, Any]
    cause: str = ""


ToGuest = Check | Start | Tick | Reply | Fault | Invoke | Stop
ToHost = Call | Quit | Answer | Output | More | Done | Failed


class Codec:
    """Encodes and decodes batches of messages in the format of one language."""

    def __init__(self, language: str) -> None:
        module = {"lua": msgspec.msgpack, "javascript": msgspec.json}[language]
        self._encoder = module.Encoder()
        self._decode = module.Decoder(list[ToHost]).decode
        self._decode_json = msgspec.json.Decoder(list[ToHost]).decode

    def encode(self, batch: Sequence[ToGuest | msgspec.Raw]) -> bytes:
        """Return a batch as a body; raises what msgspec raises for a value that cannot cross."""
        body: bytes = self._encoder.encode(batch)
        return body

    def encode_one(self, value: Any) -> bytes:
        """Return one message, or any value, for a batch; raises what msgspec raises for what cannot cross."""
        body: bytes = self._encoder.encode(value)
        return body

    def decode(self, body: bytes) -> list[ToHost]:
        """Return the messages of a body; one that begins with `[` is JSON in either language.

        Raises:
            msgspec.DecodeError, RecursionError, UnicodeDecodeError: it is not a batch of messages to the host.
        """
        return self._decode_json(body) if body.startswith(b"[") else self._decode(body)
