"""Bytes across the bridge, both ways and in both languages: where they may stand, and where they stay an error."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell import Global, Host, Run, Spell, Value, op
from llmspell.bridge.dispatch import Gate
from llmspell.bridge.op import Function
from llmspell.bridge.surface import Surface
from llmspell.errors import ArgumentError
from llmspell.testing import InlineWorker

languages = pytest.mark.parametrize("language", ["lua", "javascript"])


class Parcel(Value):
    """What comes and goes as a value."""

    text: str
    body: bytes | None = None


class Post(Global):
    """Ops that bytes pass."""

    def __init__(self, context: Any = None) -> None:
        super().__init__(context)
        self.sent: list[bytes] = []
        self.got: list[Any] = []

    @op()
    async def fetch(self, number: int) -> bytes:
        """Return bytes by number."""
        return self.sent[number]

    @op()
    async def parcel(self, number: int) -> Parcel:
        """Return bytes in a value."""
        return Parcel(text="t", body=self.sent[number])

    @op()
    async def give(self, data: str | bytes, *, more: bytes | None = None, also: dict[str, Any] | None = None) -> int:
        """Take text or bytes."""
        self.got.append(data if more is None else [data, more])
        return len(data)

    @op()
    async def only(self, data: bytes) -> int:
        """Take bytes and no text."""
        self.got.append(data)
        return len(data)

    @op()
    async def open_up(self, parcel: Parcel) -> None:
        """Take a value that has bytes in it."""
        self.got.append(parcel.body)

    @op()
    async def apply(self, fn: Function) -> Any:
        """Call a function of the script."""
        return await fn()


async def cast(source: str, language: str, sent: list[bytes]) -> tuple[Run, Post]:
    async with Host(globals=[Post], model="echo", environ={}) as host:
        run = host.prepare(Spell.from_source(source, language))
        post = next(each for each in run.surface.globals if isinstance(each, Post))
        post.sent = sent
        await run.execute(InlineWorker(language))
    return run, post


BACK = {
    "lua": "for i = 0, %d - 1 do local d = Post.fetch(i) Post.give(d) Post.give('x', { more = d .. '\\xff' }) end",
    "javascript": "for (let i = 0; i < %d; i++) { const d = await Post.fetch(i); await Post.give(d);"
    " const m = new Uint8Array(d.length + 1); m.set(d); m[d.length] = 255; await Post.give('x', { more: m }); }",
}
PARCELS = {
    "lua": "for i = 0, %d - 1 do local p = Post.parcel(i) assert(tostring(p) == 't') Post.open_up(p) end",
    "javascript": "for (let i = 0; i < %d; i++) { const p = await Post.parcel(i); print(p); await Post.open_up(p); }",
}


@languages
@settings(max_examples=15, deadline=None)
@given(sent=st.lists(st.binary(max_size=400), min_size=1, max_size=20))
def test_any_bytes_come_back_as_they_went(language: str, sent: list[bytes]) -> None:
    run, post = asyncio.run(cast(BACK[language] % len(sent), language, sent))
    assert run.error is None, run.error
    got = [each.encode() if isinstance(each, str) else each for each in post.got]  # Lua's text is a string too
    assert got == [each for data in sent for each in (data, ["x", data + b"\xff"])]


@languages
@settings(max_examples=10, deadline=None)
@given(sent=st.lists(st.binary(max_size=400), min_size=1, max_size=10))
def test_bytes_in_a_value_come_back_with_it(language: str, sent: list[bytes]) -> None:
    run, post = asyncio.run(cast(PARCELS[language] % len(sent), language, sent))
    assert run.error is None, run.error
    assert post.got == sent


@languages
@pytest.mark.parametrize("size", [0, 1, 255, 256, 65535, 65536, 1_000_000, 4_000_000])
async def test_bytes_of_any_size_that_a_frame_holds(language: str, size: int) -> None:
    sent = [bytes(range(256)) * (size // 256) + b"\xfe" * (size % 256)]
    source = {
        "lua": "local d = Post.fetch(0) Post.give(d) return #d",
        "javascript": "const d = await Post.fetch(0); await Post.give(d); export default d.length;",
    }[language]
    run, post = await cast(source, language, sent)
    assert run.error is None, run.error
    assert run.value == size
    assert [each.encode() if isinstance(each, str) else each for each in post.got] == sent


@languages
async def test_bytes_that_are_too_large_for_a_frame_are_one_clear_error(language: str) -> None:
    source = {
        "lua": "local d = ('\\xff'):rep(9000000) print(select(2, pcall(Post.give, d))) Post.fetch(0)",
        "javascript": "const d = new Uint8Array(9000000); print((await attempt(() => Post.give(d))).error.message);"
        " await Post.fetch(0);",
    }[language]
    run, post = await cast(source, language, [b"\xff" * 9_000_000])
    assert run.error is not None
    assert "over the limit of 8388608 bytes in one frame" in run.error.message
    assert run.error.where is not None
    assert post.got == []


WRONG = {
    "lua": [
        ("ask('\\xff')", "ask: a string that is not valid UTF-8 is not data (argument 1)"),
        ("Post.give({ '\\xff' })", "Post.give: a string that is not valid UTF-8 is not data (argument 1, `[1]`)"),
        ("Post.give('x', { also = { '\\xff' } })", "is not valid UTF-8 is not data (argument 2, `also[1]`)"),
        ("Post.give('x', { also = '\\xff' })", "Post.give: `also` must not be bytes"),
        ("Post.only('text')", "Post.only: `data` must be bytes, got a string"),
        ("Log.info('\\xff')", "Log.info: a string that is not valid UTF-8 is not data (argument 1)"),
        ("return '\\xff'", "the result of the spell: a string that is not valid UTF-8 is not data"),
        ("Post.apply(function() return '\\xff' end)", "the result of the function: a string that is not valid UTF-8"),
        ("Json.encode('\\xff')", "Json.encode: a string that is not valid UTF-8 is not data"),
    ],
    "javascript": [
        ("await ask(new Uint8Array(1))", "ask: a Uint8Array is not data (argument 1)"),
        ("await Post.give([new Uint8Array(1)])", "Post.give: a Uint8Array is not data (argument 1, `[0]`)"),
        ("await Post.give('x', { also: { a: new Uint8Array(1) } })", "a Uint8Array is not data (argument 2, `also.a`)"),
        ("await Post.give('x', { also: new Uint8Array(1) })", "Post.give: `also` must not be bytes"),
        ("await Post.only('AAAA')", "Post.only: `data` must be bytes, got a string"),
        ("await Post.give(new Uint16Array(1))", "Post.give: a Uint16Array is not data (argument 1)"),
        ("await Post.give(new ArrayBuffer(1))", "Post.give: an ArrayBuffer is not data (argument 1)"),
        ("Log.info(new Uint8Array(1))", "Log.info: a Uint8Array is not data (argument 1)"),
        ("export default new Uint8Array(1)", "the result of the spell: a Uint8Array is not data"),
        ("await Post.apply(() => new Uint8Array(1))", "the result of the function: a Uint8Array is not data"),
        ("Json.encode(new Uint8Array(1))", "Json.encode: a Uint8Array is not data"),
        ("await Post.give({ $bytes: 'AAAA' })", "Post.give: `data` must be a string or bytes, got a map"),
        ("Uint8Array.prototype.toBase64 = () => 'AA'; await Post.only([1])", "`data` must be bytes, got a list"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "source", "message"), [(k, *case) for k, cases in WRONG.items() for case in cases]
)
async def test_bytes_anywhere_else_are_an_error_at_the_line_of_the_call(
    language: str, source: str, message: str
) -> None:
    run, post = await cast(source, language, [])
    assert run.error is not None, run.value
    assert message in run.error.message, run.error.message
    assert run.error.kind in ("args", "script")
    assert post.got == []


async def test_what_a_script_does_to_its_own_intrinsics_changes_no_bytes() -> None:
    source = (
        "for (const name of ['toBase64', 'constructor', 'setFromBase64']) delete Uint8Array.prototype[name];"
        "Uint8Array.fromBase64 = () => 1; Object.prototype.binary = true;"
        "const d = await Post.fetch(0); await Post.give(d);"
    )
    run, post = await cast(source, "javascript", [b"\xff\x00"])
    assert run.error is None, run.error
    assert post.got == [b"\xff\x00"]


HOSTILE: list[list[Any]] = [
    [{"$bytes": "not base64!"}], [{"$bytes": 1}], [{"$bytes": "AA==", "x": 1}], [[{"$bytes": "AA=="}]], [[b"x"]],
    [{"a": {"$bytes": "AA=="}}], [{"$type": "Parcel", "text": {"$bytes": "AA=="}}], [{"$type": "Parcel", "text": b"x"}],
    [{"$type": "Parcel", "text": "t", "body": "AA=="}], [{"$type": "Parcel", "text": "t", "body": [b"x"]}],
    ["x", {"also": {"a": b"x"}}], ["x", {"also": b"x"}], ["x", {"more": "AA=="}], ["x", {b"more": b"x"}],
]  # fmt: skip


@pytest.mark.parametrize("args", HOSTILE, ids=repr)
async def test_a_hostile_worker_gets_no_bytes_to_where_none_belong(args: list[Any]) -> None:
    post = Post()
    gate = Gate(Surface([post]), None)
    with pytest.raises(ArgumentError):
        await gate.call("Post.give", args)
    assert post.got == []


async def test_bytes_for_an_op_without_bytes_are_no_data() -> None:
    post = Post()
    gate = Gate(Surface([post]), None)
    for args in ([b"x"], [{"$bytes": "AA=="}]):
        with pytest.raises(ArgumentError):
            await gate.call("Post.fetch", args)
    await gate.call("Post.open_up", [{"$type": "Parcel", "text": "t", "body": {"$bytes": "/w=="}}])
    await gate.call("Post.open_up", [{"$type": "Parcel", "text": "t", "body": b"\xfe"}])
    assert post.got == [b"\xff", b"\xfe"]


def test_the_surface_says_where_bytes_are() -> None:
    wire = Surface([Post()]).wire({})
    ops = {entry["op"]: entry for entry in wire["ops"]}
    assert ops["Post.fetch"] == {"op": "Post.fetch", "returns": "bytes"}
    assert ops["Post.give"] == {"op": "Post.give", "bytes": True}
    assert wire["types"] == [{"name": "Parcel", "fields": ["text", "body"], "text": "text", "bytes": ["body"]}]
