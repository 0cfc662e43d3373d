"""A run that is told to stop, in each phase of its life: what was paid for stays, and it can go on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from test_desk_questions import Somebody, Stage, _soon, languages, until  # noqa: F401 - a fixture

from llmspell.errors import Parked
from llmspell.question import Asked, Verdict

PAID = {
    "lua": """
        local a = Gate.quick("a")
        print("said " .. a)
        local b = Gate.work("b")
        return { a, b }
    """,
    "javascript": """
        const a = await Gate.quick("a");
        print("said " + a);
        const b = await Gate.work("b");
        export default [a, b];
    """,
}
KEEPING = {
    "lua": """
        local got = map({ "quick", "work" }, function(name) return Gate[name](name) end, { on_error = "keep" })
        return #got.ok
    """,
    "javascript": """
        const got = await map(["quick", "work"], (name) => Gate[name](name), { on_error: "keep" });
        export default got.ok.length;
    """,
}
ASKING = {"lua": 'return approve("Go on?")', "javascript": 'export default await approve("Go on?");'}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Callable[[dict[str, str], str], Stage]]:
    made: list[Stage] = []

    def make(sources: dict[str, str], language: str) -> Stage:
        made.append(Stage(tmp_path, sources[language], language))
        return made[-1]

    yield make
    for each in made:
        await each.store.close()


async def check_the_rest(scene: Stage, expected: Any, calls: list[str]) -> None:
    """Go on with a run that was stopped, and look what was done in all."""
    scene.opened.set()
    run = await scene.resume()
    assert run.error is None, run.error
    assert run.value == expected
    assert scene.calls == calls
    assert await scene.status() == "done"
    await scene.check_replay(run)


@languages
async def test_before_it_begins(stage: Any, language: str) -> None:
    scene = stage(PAID, language)
    scene.on_ready = lambda run: run.cancel("interrupted")
    run = await scene.run()
    assert run.error.kind == "cancelled"
    assert await scene.status() == "cancelled"
    scene.on_ready = None
    await check_the_rest(scene, ["a", "b"], ["a", "b"])


@languages
async def test_while_it_works(stage: Any, language: str) -> None:
    scene = stage(PAID, language)
    running = asyncio.ensure_future(scene.run())
    await until(lambda: "b" in scene.calls)
    scene.current.cancel("interrupted")
    scene.current.cancel("again")
    await running
    assert await scene.status() == "cancelled"
    await check_the_rest(scene, ["a", "b"], ["a", "b", "b"])


@languages
async def test_while_it_is_repeated(stage: Any, language: str) -> None:
    scene = stage(PAID, language)
    running = asyncio.ensure_future(scene.run())
    await until(lambda: "b" in scene.calls)
    scene.current.cancel("interrupted")
    await running

    def stop(stream: str, text: str) -> None:
        asyncio.get_running_loop().call_soon(scene.current.cancel, "interrupted")

    scene.heard.output = stop
    again = await scene.resume()
    assert again.error.kind == "cancelled"
    assert await scene.status() == "interrupted"
    assert scene.calls == ["a", "b"]
    del scene.heard.output
    await check_the_rest(scene, ["a", "b"], ["a", "b", "b"])


class Silent(Somebody):
    """A person who never answers."""

    async def ask(self, card: Sequence[Asked]) -> AsyncIterator[tuple[Asked, Verdict]]:
        self.cards.append([one.question.text for one in card])
        await asyncio.get_running_loop().create_future()
        yield card[0], card[0].question.approve()


@languages
async def test_while_a_person_thinks(stage: Any, language: str) -> None:
    scene, ann = stage(ASKING, language), Silent(lambda _: None)
    running = asyncio.ensure_future(scene.run(ann))
    await until(lambda: ann.cards)
    scene.current.cancel("interrupted")
    assert (await running).error.kind == "cancelled"
    parked = await scene.resume()
    assert isinstance(parked.error, Parked)
    (entry,) = await scene.waiting()
    await scene.store.resolve(parked.id, entry.no, True, True)
    await check_the_rest(scene, True, [])


@languages
async def test_while_it_writes_what_it_has_paid_for(stage: Any, language: str) -> None:
    scene = stage(PAID, language)
    record, held = scene.store.record, asyncio.Event()

    async def slow(*args: Any) -> Any:
        await held.wait()
        return await record(*args)

    scene.store.record = slow
    running = asyncio.ensure_future(scene.run())
    await until(lambda: "a" in scene.calls)
    scene.current.cancel("interrupted")
    held.set()
    assert (await running).error.kind == "cancelled"
    assert await scene.status() == "cancelled"
    await check_the_rest(scene, ["a", "b"], ["a", "b"])


@languages
async def test_a_part_of_a_result_does_not_make_it_finished(stage: Any, language: str) -> None:
    scene = stage(KEEPING, language)
    running = asyncio.ensure_future(scene.run())
    await until(lambda: "work" in scene.calls)
    scene.current.cancel("interrupted")
    run = await running
    assert (run.error, run.value) == (None, 1)
    assert await scene.status() == "cancelled"
    await scene.check_replay(run)
    await check_the_rest(scene, 2, ["quick", "work", "work"])


@languages
async def test_a_run_that_was_late_goes_on(stage: Any, language: str) -> None:
    scene = stage(PAID, language)
    scene.wall = 0.3
    run = await scene.run()
    assert run.error.kind == "timeout"
    assert await scene.status() == "timed_out"
    scene.wall = None
    await check_the_rest(scene, ["a", "b"], ["a", "b", "b"])


@languages
async def test_the_time_that_a_person_takes_is_not_the_time_of_the_spell(stage: Any, language: str) -> None:
    class Slow(Somebody):
        async def ask(self, card: Sequence[Asked]) -> AsyncIterator[tuple[Asked, Verdict]]:
            await asyncio.sleep(2.2)
            yield card[0], card[0].question.approve()

    scene = stage(ASKING, language)
    scene.wall = 2
    run = await scene.run(Slow(lambda _: None))
    assert run.value is True
