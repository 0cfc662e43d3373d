"""The verbs that talk to a model, on the built-in model, without a worker."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from llmspell.bridge.dispatch import Gate
from llmspell.bridge.surface import Surface
from llmspell.context import Sink, caps
from llmspell.errors import ArgumentError, BudgetError, ConfigError, SpellError, TimeLimitError
from llmspell.globals.ask import Ask, Reply, template_values
from llmspell.globals.timing import Timing
from llmspell.host.host import Host
from llmspell.manifest import Budget, Manifest
from llmspell.models import Answer, Usage
from llmspell.quota import Load
from llmspell.security.profile import Profile


class Recorder(Sink):
    """Keeps the progress lines too."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def progress(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def sink() -> Recorder:
    return Recorder()


@pytest.fixture
def verbs(sink: Recorder) -> Iterator[Any]:
    host = Host(model="echo", environ={})
    return Ask(host.context("test", sink))


async def test_a_reply_has_text_model_and_usage(verbs: Ask) -> None:
    reply = await verbs.ask("one two three")
    assert (str(reply), reply.model, reply.agent) == ("one two three", "echo", "ask")
    assert reply.usage == {"input_tokens": 3, "output_tokens": 3, "cached_tokens": 0, "usd": 0.0}


async def test_vars_fill_the_template_and_without_vars_nothing_is_replaced(verbs: Ask) -> None:
    assert (await verbs.ask("hi {{name}}", vars={"name": "Ada"})).text == "hi Ada"
    assert (await verbs.ask("hi {{name}}")).text == "hi {{name}}"


async def test_a_list_of_replies_renders_as_sections(verbs: Ask) -> None:
    views = [Reply(text="yes", agent="one"), Reply(text="no", agent="two")]
    assert (await verbs.ask("{{views}}", vars={"views": views})).text == "## one\n\nyes\n\n## two\n\nno"
    assert template_values({"a": views[0]}) == {"a": "yes"}


async def test_say_prints_the_answer_and_ends_the_line(verbs: Ask, sink: Recorder) -> None:
    await verbs.say("one two")
    assert "".join(sink.printed) == "one two\n"


async def test_progress_tells_start_and_cost(verbs: Ask, sink: Recorder) -> None:
    await verbs.ask("one two", name="poet")
    assert sink.lines[0] == "poet: start echo"
    assert sink.lines[1].startswith("poet: ok ")
    assert sink.lines[1].endswith("2→2 $0.0000")


async def test_no_model_is_an_error_that_names_the_ways_to_choose_one() -> None:
    verbs = Ask(Host(environ={}).context("test"))
    with pytest.raises(ConfigError) as caught:
        await verbs.ask("hi")
    assert caught.value.message == "no model is chosen"
    assert "--model echo" in str(caught.value.hint)


async def test_a_reached_cap_refuses_the_next_request(verbs: Ask) -> None:
    verbs.context.spending.add(Usage(input_tokens=1, output_tokens=1, cached_tokens=0, usd=1.5), seconds=1, model="m/1")
    with pytest.raises(BudgetError, match=r"\$1.5000 of \$1.00") as caught:
        await verbs.ask("hi")
    assert caught.value.data["rule"] == "security: medium (declared access only) sets this budget"


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (Budget(usd=0.5), "$0.6000 of $0.50"),
        (Budget(usd=0.003), "$0.6000 of $0.003"),
        (Budget(tokens=1000), "1000 of 1000 tokens"),
        (Budget(time=2), "3.0s of 2s of models at work"),
        (Budget(calls=1), "1 of 1 requests to models"),
    ],
)
async def test_each_cap_of_the_manifest_holds(budget: Budget, message: str) -> None:
    verbs = Ask(Host(model="echo", environ={}).context("test", manifest=Manifest(budget=budget)))
    await verbs.ask("hi")
    verbs.context.spending.add(
        Usage(input_tokens=500, output_tokens=498, cached_tokens=0, usd=0.6), seconds=3, model="m/1"
    )
    with pytest.raises(BudgetError) as caught:
        await verbs.ask("hi")
    assert caught.value.message == f"the budget is spent: {message}"
    assert caught.value.data["rule"] == "the spell sets this budget"


def test_the_lower_cap_counts() -> None:
    medium = Profile.load("medium")
    assert caps(medium, Budget(usd=5))["usd"] == (1.0, medium.label)
    assert caps(medium, Budget(usd=0.5))["usd"] == (0.5, "the spell")
    assert caps(Profile.load("low"), Budget()) == {}


async def test_an_unknown_price_makes_the_sum_unknown(verbs: Ask) -> None:
    verbs.context.spending.add(
        Usage(input_tokens=1, output_tokens=1, cached_tokens=0, usd=None), seconds=1, model="m/1"
    )
    assert verbs.context.spending.total()["usd"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_tokens": 0}, "`max_tokens` must be at least 1"),
        ({"timeout": "5 minuts"}, "not a duration"),
        ({"schema": {"a": {"type": "strng"}}}, "schema"),
        ({"vars": {}}, "name"),
    ],
)
async def test_a_wrong_option_is_named(verbs: Ask, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        await verbs.ask("{{name}}", **options)


async def test_on_text_is_called_with_each_piece_in_order(verbs: Ask) -> None:
    pieces: list[str] = []

    async def invoke(number: int, args: list[Any]) -> None:
        await asyncio.sleep(0)
        pieces.extend(args)

    gate = Gate(Surface([verbs]), invoke)
    reply = await gate.call("ask", ["one two three", {"on_text": {"$function": 1}}])
    assert "".join(pieces) == reply.text == "one two three"
    assert len(pieces) > 1


async def test_an_error_of_on_text_stops_the_request(verbs: Ask) -> None:
    async def invoke(number: int, args: list[Any]) -> None:
        raise ArgumentError("enough")

    with pytest.raises(ArgumentError, match="enough"):
        await Gate(Surface([verbs]), invoke).call("ask", ["one two", {"on_text": {"$function": 1}}])


async def test_sleep_takes_seconds_and_words(verbs: Ask) -> None:
    await Timing(verbs.context).sleep(0)
    await Timing(verbs.context).sleep("1ms")
    with pytest.raises(ArgumentError, match="not a duration"):
        await Timing(verbs.context).sleep("soon")


async def test_a_listener_that_takes_its_time_holds_no_more_than_the_load_allows(verbs: Ask) -> None:
    verbs.context.load = Load(1000)

    async def invoke(number: int, args: list[Any]) -> None:
        """Take each piece; they have all arrived before the first is taken."""

    with pytest.raises(SpellError, match="hold more than"):
        await Gate(Surface([verbs]), invoke).call("ask", ["word " * 1000, {"on_text": {"$function": 1}}])


async def test_the_load_is_free_again_after_every_end(verbs: Ask) -> None:
    verbs.context.load = Load(10_000)

    async def invoke(number: int, args: list[Any]) -> None:
        raise ArgumentError("enough")

    for _ in range(20):
        with pytest.raises(ArgumentError):
            await Gate(Surface([verbs]), invoke).call("ask", ["word " * 1000, {"on_text": {"$function": 1}}])
    verbs.context.load.add(10_000)


async def test_a_request_that_ran_out_of_time_is_counted(verbs: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(*_: Any) -> Answer:
        raise TimeLimitError("too late")

    monkeypatch.setattr(verbs.context.models, "ask", late)
    with pytest.raises(TimeLimitError):
        await verbs.ask("x" * 4000, model="openai/gpt-4o")
    assert verbs.context.spending.input_tokens == 1001
    assert verbs.context.spending.usd > 0
