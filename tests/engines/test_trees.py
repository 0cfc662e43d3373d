"""The engine that runs nothing: texts in, trees out, and for a text that it cannot read an answer all the same."""

import asyncio
import json

import pytest

from llmspell.engines import open_engine
from llmspell.host.clerk import Clerk
from llmspell.host.launcher import launch
from llmspell.messages import Check, Codec, Done, Failed
from llmspell.security.profile import Profile


def ask(language: str, source: str) -> dict:
    with open_engine("trees") as engine:
        assert not engine.interrupt()
        answer: dict = json.loads(engine.step(json.dumps({"language": language, "source": source}).encode()))
    return answer


def kinds(answer: dict) -> list[str]:
    return [answer["words"][kind] for kind in answer["nodes"][::5]]


ARGUMENTS = ["identifier", "arguments", "number"]


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("lua", "f(1)", ["chunk", "function_call", *ARGUMENTS]),
        ("javascript", "f(1)", ["program", "expression_statement", "call_expression", *ARGUMENTS]),
        ("lua", "", ["chunk"]),
    ],
)  # fmt: skip
def test_a_source_becomes_its_tree(language: str, source: str, expected: list[str]) -> None:
    answer = ask(language, source)
    assert kinds(answer) == expected
    assert answer["broken"] is False


def test_each_node_says_where_it_is_and_what_it_is_to_its_parent() -> None:
    answer = ask("lua", "é(1)\nf(x)")
    rows = list(zip(*[iter(answer["nodes"])] * 5, strict=True))
    last = rows[-1]
    assert (answer["words"][last[0]], last[1:3], answer["words"][last[4]]) == ("identifier", (8, 9), "")
    assert all(parent < at for at, (_, _, _, parent, _) in enumerate(rows))


def test_a_broken_source_is_said_to_be_broken() -> None:
    assert ask("lua", "local = = (")["broken"] is True


def test_what_is_no_question_gets_an_answer_too() -> None:
    with open_engine("trees") as engine:
        assert json.loads(engine.step(b"nonsense")) == {"error": "JSONDecodeError"}
        assert json.loads(engine.step(b'{"language": "cobol", "source": ""}')) == {"error": "KeyError"}


@pytest.mark.parametrize("language", ["lua", "javascript"])
def test_every_engine_compiles_without_running(language: str) -> None:
    codec = Codec(language)
    with open_engine(language) as engine:
        for source in ("print(1)", "while (true) do end" if language == "lua" else "while (true) {}"):
            assert codec.decode(engine.step(codec.encode([Check(source, "a")]))) == [Done(None)]
        (failed,) = codec.decode(engine.step(codec.encode([Check("\n\nif = = 1", "b.x")])))
        assert isinstance(failed, Failed)
        assert (failed.error["where"]["file"], failed.error["where"]["line"]) == ("b.x", 3)
        assert failed.error["data"] == {"syntax": True}


def test_sources_are_read_in_a_locked_worker() -> None:
    async def locked() -> tuple[dict, bytes]:
        worker = await Clerk.open(launch("trees", jit=False, codegen=False))
        try:
            found = await worker.lock(Profile.load("high").lock())
            return found["missing"], await worker.ask(b'{"language": "lua", "source": "x()"}')
        finally:
            worker.kill()
            await worker.wait()

    missing, answer = asyncio.run(locked())
    assert "seccomp" not in missing
    assert kinds(json.loads(answer))[0] == "chunk"
