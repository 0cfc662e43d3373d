"""`llmspell approve`: answer what spells ask."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

import click

from llmspell import durations
from llmspell.cli import _person, _table
from llmspell.cli._flags import asking, speaking
from llmspell.cli._journal import journal_of
from llmspell.cli._questions import asked
from llmspell.cli._sequel import first, sequel
from llmspell.cli._terminal import Terminal
from llmspell.cli.resume import command as resume
from llmspell.errors import ArgumentError, SpellError
from llmspell.journal.owners import status
from llmspell.journal.records import ENDED, Entry, RunRecord
from llmspell.journal.sqlite import milliseconds
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.question import Asked, Question, Verdict, checked_note
from llmspell.wording import clip, listed, visible


@click.command("approve", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--deny", is_flag=True, help="Do not agree.")
@click.option("--note", metavar="TEXT", default="", help="Why; a spell that is denied gets it with the error.")
@click.option("--text", metavar="TEXT", help="The answer, or the text as it should be.")
@click.option("--choice", metavar="TEXT", help="One of the choices.")
@click.option("--edit", is_flag=True, help="Change the text in your editor, and agree to what you leave.")
@click.option("--all", "every", is_flag=True, help="Answer all that waits in RUN so.")
@click.option("--fingerprint", metavar="HEX", help="Of the question that you have seen: no other is answered.")
@click.option("--resume", "then", is_flag=True, help="Go on with RUN afterwards, without any flags.")
@asking
@speaking
@click.argument("run", required=False)
@click.argument("call", type=click.IntRange(1), required=False)
@click.pass_obj
def command(terminal: Terminal, /, run: str | None, call: int | None, *, then: bool, **flags: Any) -> int:
    """Answer what RUN asks; without RUN, list what waits in this project.

    At a terminal you see each question and are asked, as you would have been when it came up. Elsewhere, and with
    options that answer, RUN is answered at once: without further options you agree. The first answer counts.
    """
    store = journal_of(Project.of())
    if run is None:
        return asyncio.run(_list(store, terminal))
    left, name, lives, onward = asyncio.run(_answer(store, run, call, flags, terminal))
    if left or terminal.as_json:
        return 0
    if then and not lives:
        return int(resume.main([name], prog_name="llmspell resume", standalone_mode=False, obj=terminal) or 0)
    terminal.note(f"run {name} goes on" if lives else f"{onward} goes on with it")
    return 0


# -- what waits -------------------------------------------------------------------------------------------------------


async def _list(store: Store, terminal: Terminal) -> int:
    found = [(run, asked(run, entry)) for run, entry in await store.waiting()]
    if terminal.as_json:
        terminal.write_document({"status": "ok", "waiting": [_as_data(one, run.identity) for run, one in found]})
    elif not found:
        terminal.note("nothing waits for an answer")
    else:
        rows = [[one.run_id, str(one.no), one.place, _since(one.began_ms), _left(one), one.question.heading]
                for _, one in found]  # fmt: skip
        _table.write(terminal, ("RUN", "CALL", "WHERE", "SINCE", "LEFT", "QUESTION"), rows)
    return 0


def _as_data(one: Asked, spell: str) -> dict[str, Any]:
    question = one.question
    return {
        "run": one.run_id, "call": one.no, "spell": spell, "where": one.place, "sort": question.sort,
        "question": question.text, "title": question.title, "details": question.details,
        "choices": list(question.choices), "since_ms": one.began_ms, "due_ms": one.due_ms,
        "fingerprint": one.fingerprint.hex(),
    }  # fmt: skip


def _since(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000).astimezone().isoformat(" ", "seconds")


def _left(one: Asked) -> str:
    if one.due_ms is None:
        return "-"
    left = one.due_ms / 1000 - time.time()
    return durations.spoken(round(left)) if left > 0 else "too late"


# -- answers ----------------------------------------------------------------------------------------------------------


async def _answer(
    store: Store, name: str, call: int | None, flags: dict[str, Any], terminal: Terminal
) -> tuple[int, str, bool, str]:
    """Answer, and return how many questions are left, the run that goes on, whether it lives, and its command."""
    run = await store.run(name)
    waiting = [asked(run, entry) for _, entry in await store.waiting(run.run_id)]
    chosen = [one for one in waiting if call in (None, one.no)]
    if not chosen:
        raise await _nothing(store, run, call)
    _check_seen(chosen, flags["fingerprint"])
    done: list[dict[str, Any]] = []
    async for one, verdict in _verdicts(chosen, flags, terminal, named=call is not None):
        verdict = await _settle(store, one, verdict)
        terminal.note(f"call {one.no} {verdict.word}: {clip(one.question.heading, 100)}")
        done.append({"call": one.no, "word": verdict.word, "note": verdict.note})
    left = len(await store.waiting(run.run_id))
    if terminal.as_json:
        terminal.write_document({"status": "ok", "run": run.run_id, "decided": done, "waiting": left})
    root = await first(store, await store.run(run.run_id))
    return left, root.run_id, status(root) == "running", sequel(root)


async def _nothing(store: Store, run: RunRecord, call: int | None) -> SpellError:
    """Return why nothing can be answered: the questions of a run may be decided, or those of another that it began."""
    decided = [entry async for entry in store.calls(run.run_id, requests=False) if _is_decided(entry, call)]
    inside = [each.run_id for each, _ in await store.waiting() if each.run_id.startswith(f"{run.run_id}.")]
    if call is None and inside:
        name = visible(clip(inside[0], 100))
        hint = f"llmspell approve {name} answers it"
        return ArgumentError(f"nothing in run {run.run_id} itself waits: a part of it does, {name}", hint=hint)
    if decided:
        error = _decided(run.run_id, max(decided, key=lambda entry: entry.t_ms or 0))
        root = await first(store, run)
        if root.status not in ENDED and status(root) != "running":
            error.hint = f"{error.hint}; {sequel(root)} goes on with it"
        return error
    what = f"call {call} of run {run.run_id} does not wait" if call else f"nothing in run {run.run_id} waits"
    return ArgumentError(f"{what} for an answer: the run is {run.status}", hint="`llmspell approve` lists what waits")


def _is_decided(entry: Entry, call: int | None) -> bool:
    return entry.effect == "external" and entry.ok is not None and not entry.key and call in (None, entry.no)


def _decided(run_id: str, entry: Entry) -> SpellError:
    """Return what the second who decides is told."""
    found = entry.meta.get("decided")
    found = found if isinstance(found, dict) else {}
    by, when = clip(visible(str(found.get("by", "somebody"))), 100), found.get("at_ms")
    at = f", at {_since(when)}" if isinstance(when, int) and 0 <= when < 2**45 else ""
    word = clip(visible(str(found.get("word", "decided"))), 20)
    return SpellError(
        f"call {entry.no} of run {run_id} was decided already: {word} by {by}{at}",
        kind="approval",
        hint="the first answer counts",
    )


def _check_seen(chosen: Sequence[Asked], fingerprint: str | None) -> None:
    if fingerprint is not None and [one.fingerprint.hex() for one in chosen] != [fingerprint.lower()]:
        raise ArgumentError("--fingerprint: what waits is not the question that you have seen", hint="look at it again")


async def _settle(store: Store, one: Asked, verdict: Verdict) -> Verdict:
    """Write an answer down, and return what was decided: who comes too late decides nothing."""
    now = milliseconds()
    late = one.due_ms is not None and now >= one.due_ms
    verdict, by = (one.question.late, "the clock") if late else (verdict, _person.who())
    meta = verdict.meta(by, now)
    if not await store.resolve(
        one.run_id, one.no, verdict.ok, verdict.value, fingerprint=one.fingerprint, meta=meta
    ):  # fmt: skip
        entry = await store.entry(one.run_id, one.no)
        assert entry is not None
        raise _decided(one.run_id, entry)
    return verdict


Verdicts = AsyncIterator[tuple[Asked, Verdict]]


async def _verdicts(chosen: list[Asked], flags: dict[str, Any], terminal: Terminal, *, named: bool) -> Verdicts:
    """Yield what the person decides: by options, or as they are asked."""
    decide = _by_options(flags)
    person = None if decide and not flags["edit"] else _person.at(terminal)
    if flags["edit"]:
        if person is None:
            raise ArgumentError("--edit: there is no terminal for an editor", hint="--text gives the text as it is")
        for one in _only(chosen, flags["every"], named):
            _check_review(one.question)
            yield one, one.question.answer(await person.edited(one.question.text), flags["note"])
    elif person is not None:
        while chosen:
            card = [one for one in chosen if one is chosen[0] or one.alike(chosen[0])]
            chosen = [one for one in chosen if one not in card]
            async for one, verdict in person.ask(card):
                yield one, one.question.noted(verdict, flags["note"])
    else:
        for one in _only(chosen, flags["every"], named):
            yield one, (decide or _agree(flags))(one.question)


def _only(chosen: list[Asked], every: bool, named: bool) -> list[Asked]:
    """Return what is answered without being shown: one question, or all if that was said."""
    if len(chosen) > 1 and not every and not named:
        numbers = listed([str(one.no) for one in chosen[:5]], "and")
        raise ArgumentError(
            f"{len(chosen)} questions wait in run {chosen[0].run_id}: calls {numbers}{' …' if len(chosen) > 5 else ''}",
            hint=f"llmspell approve {chosen[0].run_id} {chosen[0].no} answers one, --all answers all of them",
        )
    return chosen


def _by_options(flags: dict[str, Any]) -> Callable[[Question], Verdict] | None:
    """Return what answers a question as the options say; None if they say nothing."""
    note = checked_note(flags["note"])
    said = [name for name in ("deny", "text", "choice", "edit") if flags[name] not in (None, False)]
    if len(said) > 1:
        raise ArgumentError(f"--{said[0]} and --{said[1]} contradict each other")
    if flags["deny"]:
        return lambda question: question.deny(note)
    text = flags["text"] if flags["text"] is not None else flags["choice"]
    if text is not None:
        return lambda question: question.answer(text, note)
    return _agree(flags) if flags["every"] or flags["fingerprint"] else None


def _agree(flags: dict[str, Any]) -> Callable[[Question], Verdict]:
    return lambda question: question.approve(flags["note"])


def _check_review(question: Question) -> None:
    if question.sort != "review":
        raise ArgumentError(f"--edit: {question.verb} has no text to edit", hint=question.cure)
