"""Where data comes from is noted: each op whose result is not the run's own carries a mark, or stands here."""

import pytest

from llmspell.bridge.op import Handle, OpSpec, specs
from llmspell.host.host import builtin_globals

UNMARKED = {
    "Event.emit": "a count of the listeners of the run",
    "Event.on": "a handle",
    "Event.wait": "what the run has told itself",
    "Human.approve": "what a person decides",
    "Human.ask": "what a person says to this run",
    "Human.choose": "one of the words that the run has given",
    "Human.review": "what a person makes of a text of the run",
    "Prompt.render": "it notes itself whether a file was read: what is only filled in is the run's own",
    "Run.budget": "what the run has spent",
    "Run.spell": "a child has the taint of its parent",
    "Secrets.get": "a handle: no script sees the value",
    "State.delete": "whether there was a value, and nothing of it",
    "State.shared": "a handle",
    "SharedState.delete": "as `State.delete`",
    "System.temporary": "the name of a file that was made for it",
    "Text.chunk": "made of what it is given",
    "Text.csv": "made of what it is given",
    "Text.dedent": "made of what it is given",
    "Text.slug": "made of what it is given",
    "approve": "what a person decides",
}
"""Ops that return something, and bring nothing into a run that a stranger has written or that is private."""


def ops() -> list[OpSpec]:
    owners = [*builtin_globals(), *Handle.__subclasses__()]
    found = [spec for owner in owners if owner.__module__.startswith("llmspell.globals.") for spec in specs(owner)]
    return [spec for spec in found if spec.mark.host]


def test_each_op_says_what_it_brings_into_a_run() -> None:
    unmarked = {
        spec.path
        for spec in ops()
        if spec.returns is not type(None) and not (spec.mark.untrusted or spec.mark.private or spec.mark.asks)
    }
    assert unmarked == UNMARKED.keys()


@pytest.mark.parametrize(
    "path", ["Fs.list", "Fs.glob", "Fs.stat", "Fs.exists", "Prompt.load", "Config.get", "System.env"]
)
def test_what_is_on_this_machine_is_private(path: str) -> None:
    (spec,) = (spec for spec in ops() if spec.path == path)
    assert spec.mark.private
