"""A run as one page of HTML: it opens offline, loads nothing, and runs no script."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping

from llmspell.journal.owners import status
from llmspell.report import render
from llmspell.story import bars
from llmspell.story.account import Account, Room
from llmspell.story.costs import Cost
from llmspell.story.figures import compact, failure, moment, price, text, took
from llmspell.story.markup import Html, join, tag
from llmspell.story.speech import said
from llmspell.story.timeline import Step, Timeline
from llmspell.wording import clip

CALLS = 1_000
"""Calls on one page."""

_ROOM = 8_000_000
_ONE = 20_000  # characters of one request or answer
_LINE = 2_000  # of one line that was said, or of a source
_SOURCE = 5_000  # lines of a source
_FILES = 50
_INSIDE = 100

_STYLE = """
:root{color-scheme:light dark;--ok:#2f9e6e;--bad:#d6455d;--open:#c98a1b;--soft:#8885;--line:#8883}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0 0 .5rem}h2{font-size:1.05rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
pre,code,td,summary{font-family:ui-monospace,monospace;font-size:13px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:.6rem;border-radius:6px;margin:.3rem 0;
max-height:24rem;overflow:auto}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.1rem .7rem .1rem 0;
overflow-wrap:anywhere}th{font-weight:600}td.n,th.n{text-align:right;white-space:nowrap}
details{border-bottom:1px solid var(--line);padding:.15rem 0}details:target{background:#c98a1b22}
summary{cursor:pointer;overflow-wrap:anywhere}.ok{color:var(--ok);fill:var(--ok)}.bad{color:var(--bad);fill:var(--bad)}
.open{color:var(--open);fill:var(--open)}.soft{opacity:.65}.bars{width:100%;height:auto;font-size:9px}
.bars text{fill:currentColor}.tick{stroke:var(--soft);stroke-width:.5}.code td{white-space:pre-wrap;padding-top:0;
padding-bottom:0}.code .soft,.facts th{width:1%;white-space:nowrap}.hit{background:#2f9e6e22}.err{color:var(--bad)}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
_STATES = {"ok": "ok", "failed": "bad", "open": "open"}


def write(account: Account) -> Iterator[str]:
    """Yield the page of a run, piece by piece."""
    room = Room(_ROOM)
    run = account.timeline.run
    meta = [
        tag("title", f"{run.spell} {run.run_id}"),
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Html('<meta name="referrer" content="no-referrer">'),
        Html('<meta name="viewport" content="width=device-width">'),
        Html(f"<style>{_STYLE}</style>"),
    ]
    yield f'<!doctype html>\n<html lang="en"><head>{join(meta[1:])}{meta[0]}</head><body>\n'
    for part in (_head, _ending, _picture, _prices, _calls, _said, _code, _foot):
        for piece in part(account, room):
            yield f"{piece}\n"
    yield "</body></html>\n"


def _head(account: Account, _: Room) -> Iterator[Html]:
    timeline, run = account.timeline, account.timeline.run
    yield tag("h1", f"{run.spell} ", tag("span", account.status, class_=_STATES.get(_mark(account.status))))
    facts = {
        "run": run.run_id,
        "began": moment(timeline.began_ms).isoformat(" ", "seconds"),
        "took": took(timeline.ended_ms - timeline.began_ms),
        "calls": account.calls,
        "cost": price(timeline.bill[1]),
        "args": compact(run.args, _LINE) or "none",
        "model": text(run.model) or "-",
        "security": run.profile,
        "seed": str(run.seed),
        "bundle": run.bundle[:12],
    }
    if run.parent:
        facts["begun by"] = f"{run.parent}, call {run.parent_no}"
    rows = [tag("tr", tag("th", name), tag("td", value)) for name, value in facts.items()]
    yield tag("table", *rows, class_="facts")
    if timeline.children:
        yield tag("h2", "Runs that it began")
        children = [(each.run_id, each.spell, status(each), f"call {each.parent_no}") for each in timeline.children]
        yield tag("table", *(tag("tr", *(tag("td", cell) for cell in row)) for row in children))


def _mark(status: str) -> str:
    return {"done": "ok", "failed": "failed", "timed_out": "failed", "cancelled": "failed"}.get(status, "open")


def _ending(account: Account, room: Room) -> Iterator[Html]:
    run = account.timeline.run
    if (error := failure(run, account.texts)) is not None:
        yield tag("h2", "Error")
        yield tag("pre", render(error), class_="err")
    if run.result is not None:
        yield tag("h2", "Result")
        yield tag("pre", room.fit(run.result, _ONE))


def _picture(account: Account, _: Room) -> Iterator[Html]:
    timeline, steps = account.timeline, account.steps
    if not steps:
        return
    picture, missing = bars.draw(timeline, steps)
    yield tag("h2", "Timeline")
    yield picture
    if left := missing + len(timeline.steps) - len(steps):
        yield tag("p", f"{left} of {len(timeline.steps)} calls are not in this picture.", class_="soft")


def _prices(account: Account, _: Room) -> Iterator[Html]:
    for title, sums in account.costs.items():
        if not sums:
            continue
        yield tag("h2", f"Cost by {title}")
        head = tag("tr", *(tag("th", word, class_=kind) for word, kind in _columns(title)))
        yield tag("table", head, *(_price(each) for each in sums[:200]))


def _columns(title: str) -> list[tuple[str, str | None]]:
    return [(title, None), *((word, "n") for word in ("requests", "tokens in", "tokens out", "cost"))]


def _price(cost: Cost) -> Html:
    spent = cost.spent
    figures = [f"{spent.requests:.0f}", f"{spent.input_tokens:.0f}", f"{spent.output_tokens:.0f}", price(spent.price)]
    return tag("tr", tag("td", cost.name), *(tag("td", each, class_="n") for each in figures))


def _calls(account: Account, room: Room) -> Iterator[Html]:
    steps, total = account.steps, len(account.timeline.steps)
    if not steps:
        return
    yield tag("h2", f"Calls ({total})")
    if len(steps) < total:
        yield tag(
            "p",
            f"{len(steps)} of {total} are shown: the first, the last, and those that failed. "
            "`llmspell export -o run.zip` has them all.",
            class_="soft",
        )
    for step in steps:
        yield _call(step, account, room)


def _call(step: Step, account: Account, room: Room) -> Html:
    entry = account.entries.get(step.no)
    spent = "" if step.spent is None or not step.spent.requests else price(step.spent.price)
    words = [f"{step.no}", step.op, step.name and f"“{step.name}”", step.place, took(step.took_ms), spent, step.model]
    state = tag("span", step.state, class_=_STATES.get(step.state.partition(",")[0]))
    parts = [tag("summary", state, "  ", "  ".join(filter(None, words)))]
    if entry is not None:
        parts += [tag("div", "asked", class_="soft"), tag("pre", room.fit(entry.request, _ONE))]
        if entry.ok is not None:
            parts += [tag("div", "answer", class_="soft"), tag("pre", room.fit(entry.value, _ONE))]
    inner = step.inner or []
    if inner:
        shown = [tag("li", each.key, " ", each.state, " ", each.model) for each in inner[:_INSIDE]]
        parts.append(tag("div", f"inside ({len(inner)})", class_="soft"))
        parts.append(tag("ul", *shown))
    return tag("details", *parts, id=f"call-{step.no}")


def _said(account: Account, room: Room) -> Iterator[Html]:
    if not account.lines:
        return
    began = account.timeline.began_ms
    yield tag("h2", "What it said")
    rows = [
        tag(
            "tr",
            tag("td", took(line.t_ms - began), class_="n soft"),
            tag("td", line.stream, class_="soft"),
            tag("td", room.fit(said(line), _LINE), class_="err" if line.stream == "err" else None),
        )
        for line in account.lines
    ]
    yield tag("table", *rows, class_="code")
    if account.unsaid:
        yield tag("p", "It has said more, which is not here.", class_="soft")


def _code(account: Account, room: Room) -> Iterator[Html]:
    if not account.texts:
        return
    hits = _hits(account.timeline, next(iter(account.texts)))
    for path, source in list(account.texts.items())[:_FILES]:
        yield tag("h2", path)
        lines = source.split("\n")
        yield tag("table", *_lines(lines[:_SOURCE], hits.get(path, {}), room), class_="code")
        if len(lines) > _SOURCE:
            yield tag("p", f"{len(lines) - _SOURCE} more lines are not here.", class_="soft")
    if len(account.texts) > _FILES:
        yield tag("p", f"{len(account.texts) - _FILES} more files are not here.", class_="soft")


def _hits(timeline: Timeline, spell: str) -> dict[str, dict[int, Counter[str]]]:
    """Return what each line of each file has called, and how often."""
    found: dict[str, dict[int, Counter[str]]] = {}
    for step in timeline.steps:
        found.setdefault(step.file or spell, {}).setdefault(step.line, Counter())[step.op] += 1
    return found


def _lines(lines: list[str], hits: Mapping[int, Counter[str]], room: Room) -> Iterator[Html]:
    for number, line in enumerate(lines, 1):
        called = hits.get(number, Counter())
        about = ", ".join(f"{op} ({count})" for op, count in called.most_common(3))
        yield tag(
            "tr",
            tag("td", number, class_="n soft"),
            tag("td", room.fit(clip(line, _LINE), _LINE)),
            tag("td", about, class_="n soft"),
            class_="hit" if called else None,
        )


def _foot(_: Account, __: Room) -> Iterator[Html]:
    yield tag("p", "Made by llmspell from its journal.", class_="soft")
