"""The gate: what it lets through, and how it words what it refuses."""

import logging
from typing import Any, Literal

import pytest

from llmspell.bridge.dispatch import Gate, bind, usage
from llmspell.bridge.op import Function, Global, Value, op, specs
from llmspell.bridge.surface import Surface
from llmspell.bridge.values import PARTS
from llmspell.errors import ArgumentError, ScriptError, SpellError
from llmspell.testing import Counter, Probe


class Note(Value):
    """A text with a title."""

    text: str
    title: str = ""


class Shop(Global):
    """Sells things."""

    @op()
    async def order(
        self, what: str, count: int = 1, *, tags: list[str] | None = None, speed: Literal["fast", "slow"] = "slow"
    ) -> dict[str, Any]:
        """Order something."""
        return {"what": what, "count": count, "tags": tags, "speed": speed}

    @op()
    async def note(self) -> Note:
        """Return a note."""
        return Note(text="hi")


async def refuse(*_: object) -> Any:
    raise AssertionError("no function of the guest is called here")


def gate(*globals_: Global) -> Gate:
    return Gate(Surface(globals_ or [Shop(), Probe()]), refuse)


async def ordered(*args: Any) -> Any:
    return await gate().call("Shop.order", list(args))


async def test_arguments_are_bound_by_position_and_by_name() -> None:
    assert await ordered("tea") == {"what": "tea", "count": 1, "tags": None, "speed": "slow"}
    assert await ordered("tea", 2, {"tags": ["x"], "speed": "fast"}) == {
        "what": "tea", "count": 2, "tags": ["x"], "speed": "fast",
    }  # fmt: skip


async def test_null_stands_for_an_argument_that_is_not_given() -> None:
    assert (await ordered("tea", None, {"speed": None}))["count"] == 1


async def test_an_empty_lua_table_is_an_empty_list_where_a_list_is_due() -> None:
    assert (await ordered("tea", 1, {"tags": {}}))["tags"] == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Shop.order: `what` is missing"),
        ([None], "Shop.order: `what` must be a string, got nothing"),
        ([7], "Shop.order: `what` must be a string, got an integer"),
        (["tea", "two"], "Shop.order: `count` must be an integer, got a string"),
        (["tea", 1.5], "Shop.order: `count` must be an integer, got a number"),
        (["tea", 1, {"tags": [1]}], "Shop.order: `tags[0]` must be a string, got an integer"),
        (["tea", 1, {"tags": "x"}], "Shop.order: `tags` must be a list, got a string"),
        (["tea", 1, {"sped": "fast"}], "Shop.order has no option `sped`"),
        (["tea", 1, {"what": "x"}], "Shop.order has no option `what`"),
        (["tea", 1, {"speed": "fats"}], "Shop.order: `speed` must be one of 'fast', 'slow', got 'fats'"),
        (["tea", 1, "fast"], 'Shop.order: `options` must be a map, got "fast"'),
        (["tea", 1, {}, 4], "Shop.order takes at most 3 (what, count, options), got 4 arguments"),
    ],
)
async def test_a_wrong_argument_names_the_parameter(args: list[Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        await ordered(*args)
    assert caught.value.message == message


async def test_an_unknown_option_suggests_the_one_that_was_meant() -> None:
    with pytest.raises(ArgumentError) as caught:
        await ordered("tea", 1, {"sped": "fast"})
    assert caught.value.hint == "did you mean `speed`?"


async def test_a_function_where_data_is_due_is_refused() -> None:
    with pytest.raises(ArgumentError, match="`value` must be data, but it holds a function"):
        await gate().call("Probe.echo", [{"deep": [{"$function": 1}]}])


async def test_an_op_that_is_not_in_the_surface_does_not_exist() -> None:
    with pytest.raises(ScriptError) as caught:
        await gate().call("Shop.steal", [])
    assert caught.value.data == {"undefined": "Shop.steal"}


async def test_private_methods_are_no_ops() -> None:
    for path in ("Shop.__init__", "Shop.constants", "Shop.context", "Probe"):
        with pytest.raises(ScriptError):
            await gate().call(path, [])


async def test_a_bug_of_the_host_tells_the_script_nothing_of_the_host(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "llmspell"), pytest.raises(ScriptError) as caught:
        await gate().call("Probe.crash", [])
    assert caught.value.message == "Probe.crash: internal error of llmspell"
    assert "/secret" not in str(caught.value.hint)
    assert "/secret" in caplog.text


async def test_an_error_of_an_op_passes_as_it_is() -> None:
    with pytest.raises(SpellError) as caught:
        await gate().call("Probe.fail", ["no", "http"])
    assert (caught.value.kind, caught.value.hint, caught.value.retryable) == ("http", "this is the cure", True)


async def test_a_handle_is_a_number_for_the_guest_and_an_object_for_the_host() -> None:
    g = gate()
    number = await g.call("Probe.counter", [5])
    assert await g.call("Counter.next", [{"$handle": number}, 2]) == 7
    assert await g.call("Counter.next", [{"$handle": number}]) == 8


@pytest.mark.parametrize("forged", [{"$handle": 99}, {"$handle": "1"}, {"$handle": True}, {"$handle": 1, "x": 1}, 1])
async def test_a_forged_handle_is_refused(forged: Any) -> None:
    g = gate()
    await g.call("Probe.counter", [])
    with pytest.raises(ArgumentError):
        await g.call("Counter.next", [forged])


async def test_a_handle_of_one_run_means_nothing_in_another() -> None:
    number = await gate().call("Probe.counter", [])
    with pytest.raises(ArgumentError, match="not a handle of this run"):
        await gate().call("Counter.next", [{"$handle": number}])


async def test_a_typed_value_counts_as_its_text_where_text_is_due() -> None:
    assert (await ordered({"$type": "Note", "text": "tea", "title": "drink"}))["what"] == "tea"


@pytest.mark.parametrize("forged", [{"$type": "Nope"}, {"$type": 3}, {"$type": "Note", "text": 5}, {"$other": 1}])
async def test_a_forged_type_is_refused(forged: Any) -> None:
    with pytest.raises(ArgumentError):
        await gate().call("Probe.echo", [forged])


async def test_keys_of_the_script_that_begin_with_a_dollar_arrive_as_they_were() -> None:
    assert await gate().call("Probe.echo", [{"$$price": {"$$$x": 1}}]) == {"$price": {"$$x": 1}}


async def test_too_deep_a_value_is_refused() -> None:
    deep: Any = "x"
    for _ in range(70):
        deep = [deep]
    with pytest.raises(ArgumentError, match="more than 64 deep"):
        await gate().call("Probe.echo", [deep])


async def test_a_function_parameter_gets_something_that_can_be_awaited() -> None:
    called: list[Any] = []

    async def invoke(number: int, args: list[Any]) -> Any:
        called.append((number, args))
        return "done"

    g = Gate(Surface([Probe()]), invoke)
    assert await g.call("Probe.apply", [{"$function": 4}, [1, 2]]) == "done"
    assert called == [(4, [1, 2])]
    with pytest.raises(ArgumentError, match="`fn` must be a function, got an integer"):
        await g.call("Probe.apply", [4])


def test_usage_reads_in_both_languages() -> None:
    (order, _) = specs(Shop)
    assert usage(order) == "Shop.order(what, count?, {tags, speed})"


def test_bind_does_not_run_anything() -> None:
    (order, _) = specs(Shop)
    assert bind(order, ["tea"])["what"] == "tea"


def test_the_surface_names_what_a_script_may_write() -> None:
    names = Surface([Shop, Probe]).names()
    assert {"Shop", "Shop.order", "Probe.echo", "Counter.next"} <= set(names)


def test_the_wire_surface_holds_types_and_marks() -> None:
    wire = Surface([Shop(), Probe()]).wire({"codegen": False})
    assert {"op": "Shop.note", "returns": "Note"} in wire["ops"]
    assert {"name": "Note", "fields": ["text", "title"], "text": "text"} in wire["types"]
    assert {"name": "Counter", "handle": True, "ops": [{"op": "Counter.next"}]} in wire["types"]
    assert wire["timer"] == "sleep"


def test_a_function_knows_only_its_number() -> None:
    assert Function(3, refuse).number == 3
    assert issubclass(Counter, object)


@pytest.mark.parametrize(
    "options",
    [
        {"\n" + ", got `" * 100_000: 1},
        {"x" * 1_000_000: 1},
        {"speed": "x" * 1_000_000},
        {"speed": "\n" + ", got `" * 100_000},
        {"tags": {"x" * 1_000_000: 1}},
    ],
)
async def test_what_a_script_wrote_is_not_repeated_at_length(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError) as caught:
        await ordered("tea", 1, options)
    assert len(caught.value.message) < 1000


@pytest.mark.parametrize("parts", [[1] * PARTS, [[]] * PARTS, {str(i): 1 for i in range(PARTS)}, [[1] * 1000] * 500])
async def test_the_arguments_of_a_call_have_so_many_parts(parts: Any) -> None:
    with pytest.raises(ArgumentError, match="data has more than 500,000 parts"):
        await gate().call("Probe.echo", [parts])


async def test_all_arguments_together_have_so_many_parts() -> None:
    half = [1] * (PARTS // 2)
    assert await gate().call("Probe.echo", [half]) == half
    with pytest.raises(ArgumentError, match="parts"):
        await ordered("tea", half, {"tags": half})
