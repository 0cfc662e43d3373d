"""`llmspell show`: one run."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import click

from llmspell.cli import _listing, _questions, _reading, _table
from llmspell.cli._flags import speaking
from llmspell.cli._journal import document, journal_of
from llmspell.cli._sequel import besides, first, sequel
from llmspell.cli._terminal import Terminal, shown
from llmspell.errors import SpellError
from llmspell.journal.owners import status
from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.store import Store
from llmspell.project import Project
from llmspell.report import render
from llmspell.story import costs, parcel, tree
from llmspell.story.figures import amount, compact, data, failure, mapping, price, text, took
from llmspell.story.timeline import Step, Timeline, step
from llmspell.wording import clip, visible

_CELL = 200  # characters of what was asked or answered
_LINE = 200  # of the tree
_DEEP = 4  # runs inside of runs
_CHILDREN = 20  # of one run, where they are only named
_TOGETHER = 1000  # lines that are written at once


@click.command("show", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--tree", "view", flag_value="tree", help="The calls with what is inside of each, how long, how dear.")
@click.option("--calls", "view", flag_value="calls", help="Each call: what was asked, and what came of it.")
@click.option("--log", "view", flag_value="log", help="What it printed and logged, and its progress.")
@click.option("--cost", "view", flag_value="cost", help="What models have cost, by model and by line of the spell.")
@speaking
@click.argument("run")
@click.pass_obj
def command(terminal: Terminal, run: str, view: str | None) -> int:
    """Show RUN: its id, the beginning of that, or `latest`."""
    return asyncio.run(_show(journal_of(Project.of()), run, view or "", terminal))


async def _show(store: Store, name: str, view: str, terminal: Terminal) -> int:
    run = await store.run(name)
    await _VIEWS[view](store, run, terminal)
    return 0


async def _summary(store: Store, run: RunRecord, terminal: Terminal) -> None:
    waiting = [entry for _, entry in await store.waiting(run.run_id)]
    children = await _reading.children(store, run)
    if terminal.as_json:
        asked = [{"no": entry.no, "op": entry.op, "request": data(entry.request)} for entry in waiting]
        extra = {"waiting": asked, "children": [each.run_id for each in children]}
        terminal.write_document(data(document(run)) | extra)
        return
    terminal.write("".join(f"{name:<9} {visible(said)}\n" for name, said in _facts(run)))
    for entry in waiting:
        terminal.write(f"waiting   call {entry.no}: {visible(clip(_question(run, entry), _LINE))}\n")
    for each in children[:_CHILDREN]:
        about = f"{each.run_id} {status(each)} {each.spell} (call {each.parent_no})"
        terminal.write(f"began     {visible(clip(about, _LINE))}\n")
    if len(children) > _CHILDREN:
        terminal.write(f"began     … {len(children) - _CHILDREN} more\n")
    if (error := failure(run, await _reading.texts(store, run))) is not None:
        terminal.write(f"\n{render(error)}\n")
    if run.result is not None:
        terminal.write(f"result\n{shown(data(run.result), pretty=True)}")
    for line in await _next(store, run, bool(waiting)):
        terminal.note(line)


def _question(run: RunRecord, entry: Entry) -> str:
    try:
        question = _questions.asked(run, entry).question
    except SpellError:  # a record that is damaged, or of another llmspell
        return f"{entry.op} {compact(entry.request, _CELL)}"
    return f"{question.verb}: {question.heading}"


def _facts(run: RunRecord) -> Iterator[tuple[str, str]]:
    yield "run", run.run_id
    yield "status", status(run)
    yield "spell", run.identity
    yield "args", compact(run.args, _CELL)
    yield "began", _table.when(run.created_ms)
    yield "took", took(run.updated_ms - run.created_ms)
    yield "cost", _listing.cost(run.usage)
    yield "model", text(run.model) or "-"
    yield "security", run.profile
    yield "seed", str(run.seed)
    yield "bundle", run.bundle[:12]
    if run.parent:
        yield "part of", f"{run.parent}, call {run.parent_no}"
    if run.stop:
        yield "stop", run.stop


async def _next(store: Store, run: RunRecord, waiting: bool) -> list[str]:
    """Return the command that most people want next, in lines."""
    if waiting:
        return [f"try: llmspell approve {run.run_id}"]
    words = {"running": "logs -f", "done": "replay", "failed": "show --tree"}
    if (state := status(run)) not in words:
        begun = await first(store, run)
        had = besides(begun)
        return [f"try: {sequel(begun)}", *([had] if had else [])]
    verb, *flags = words[state].split()
    return [" ".join(["try: llmspell", verb, run.run_id, *flags])]


# -- the tree ---------------------------------------------------------------------------------------------------------


async def _tree(store: Store, run: RunRecord, terminal: Terminal) -> None:
    timeline = await _reading.traced(store, run)
    if terminal.as_json:
        parts = [_branch(each) for each in timeline.steps]
        runs = [each.run_id for each in timeline.children]
        terminal.write_document(data(document(run)) | {"tree": parts, "children": runs})
        return
    terminal.write("".join([f"{each}\n" async for each in _grown(store, timeline, 0)]))


async def _grown(store: Store, timeline: Timeline, depth: int) -> AsyncIterator[str]:
    run, (asked, usd) = timeline.run, timeline.bill
    words = [run.spell, run.run_id, status(run), took(timeline.ended_ms - timeline.began_ms)]
    yield _indented(depth * 2, "  ".join([*words, price(usd)] if asked else words))
    left = {child.run_id: child for child in timeline.children[:_CHILDREN]}
    for branch in tree.grow(timeline):
        yield _indented(branch.depth + depth * 2, "  ".join([branch.mark, branch.name, *branch.about]))
        for child in [each for each in left.values() if branch.no is not None and each.parent_no == branch.no]:
            async for line in _below(store, left.pop(child.run_id), depth):
                yield line
    for child in left.values():
        async for line in _below(store, child, depth):
            yield line
    if len(timeline.children) > _CHILDREN:
        yield _indented(depth * 2 + 2, f"… {len(timeline.children) - _CHILDREN} more runs")


async def _below(store: Store, child: RunRecord, depth: int) -> AsyncIterator[str]:
    if depth == _DEEP:
        yield _indented(depth * 2 + 2, f"{child.run_id} …")
        return
    async for line in _grown(store, await _reading.traced(store, child), depth + 1):
        yield line


def _indented(depth: int, words: str) -> str:
    return "  " * depth + clip(visible(words), _LINE)


def _branch(step: Step) -> dict[str, Any]:
    return {
        "no": step.no, "key": step.key, "op": step.op, "name": step.name, "file": step.file, "line": step.line,
        "state": step.state, "model": step.model, "began_ms": step.began_ms, "took_ms": step.took_ms,
        "usd": None if step.spent is None else step.spent.price, "inside": [_branch(each) for each in step.inner or ()],
    }  # fmt: skip


# -- calls, lines, costs ----------------------------------------------------------------------------------------------


async def _calls(store: Store, run: RunRecord, terminal: Terminal) -> None:
    if terminal.as_json:
        calls = (parcel.call(entry) async for entry in store.calls(run.run_id))
        await _table.write_long(terminal, data(document(run)), "calls", calls)
        return
    head = ("CALL", "OP", "LINE", "STATE", "TOOK", "COST", "ASKED", "ANSWER")
    rows = [_row(entry, run.finished) async for entry in store.calls(run.run_id)]
    _table.write(terminal, head, rows)


def _row(entry: Entry, over: bool) -> list[str]:
    found = step(entry, over)
    number = f"{entry.no}/{entry.key}" if entry.key else str(entry.no)
    place = f"{entry.file}:{entry.line}" if entry.file else str(entry.line)
    spent = found.spent
    cost = "-" if spent is None or not spent.requests else price(spent.price)
    asked, answer = compact(entry.request, _CELL), compact(entry.value, _CELL)
    return [number, entry.op, place, found.state, took(found.took_ms), cost, asked, answer]


async def _log(store: Store, run: RunRecord, terminal: Terminal) -> None:
    if terminal.as_json:
        await _table.write_long(terminal, data(document(run)), "lines", _reading.lines(store, run))
        return
    said = []
    async for _, line in store.lines(run.run_id):
        said.append(line)
        if len(said) == _TOGETHER:
            _reading.write_lines(terminal, said, run.created_ms)
            said.clear()
    _reading.write_lines(terminal, said, run.created_ms)


async def _cost(store: Store, run: RunRecord, terminal: Terminal) -> None:
    timelines = await _reading.family(store, run)
    models, lines = costs.by_model(*timelines), costs.by_line(*timelines)
    if terminal.as_json:
        found = {"models": [each.data() for each in models], "lines": [each.data() for each in lines]}
        terminal.write_document(data(document(run)) | {"cost": found})
        return
    if not models:
        terminal.note("no model was asked")
        return
    head = ("BY", "NAME", "CALLS", "REQUESTS", "IN", "OUT", "CACHED", "COST")
    rows = [_price(word, each) for word, sums in (("model", models), ("line", lines)) for each in sums]
    _table.write(terminal, head, rows)
    if (left := amount(mapping(run.usage).get("requests")) - sum(each.spent.requests for each in models)) > 0:
        terminal.note(f"{left:.0f} more requests, of runs below it that are too many to be shown")


def _price(word: str, cost: costs.Cost) -> list[str]:
    spent = cost.spent
    figures = (cost.calls, spent.requests, spent.input_tokens, spent.output_tokens, spent.cached_tokens)
    return [word, cost.name, *(f"{each:.0f}" for each in figures), price(spent.price)]


_VIEWS = {"": _summary, "tree": _tree, "calls": _calls, "log": _log, "cost": _cost}
