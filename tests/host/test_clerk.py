"""A worker that runs no spell: it is locked, answers, and is gone when it takes too long or is not wanted any more."""

import asyncio
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from llmspell.errors import PermissionDenied, WorkerDied
from llmspell.globals.sql import _LIMITS
from llmspell.host import clerk as module
from llmspell.host.clerk import Clerk
from llmspell.host.launcher import Launched

ENDLESS = b'?{"text": "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n", '
ENDLESS += b'"params": [], "rows": 1, "cells": 1, "bytes": 100, "seconds": 600, "blob": false}'


def lives(clerk: Clerk) -> bool:
    return Path(f"/proc/{clerk.pid}").exists()


@pytest.fixture
def empty() -> bytes:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("create table t (x)")
        return made.serialize()


async def test_it_answers_one_question_after_the_other_and_goes() -> None:
    clerk = await Clerk.hire("sql", _LIMITS)
    assert [await clerk.ask(b"+x"), await clerk.ask(b"+y")] == [b"{}", b"{}"]
    await clerk.dismiss()
    assert not lives(clerk)
    with pytest.raises(WorkerDied):
        await asyncio.wait_for(clerk.ask(b"+z"), 10)


@pytest.mark.parametrize("whose", [None, "security: high (untrusted code)"])
async def test_one_that_cannot_be_locked_is_refused_where_that_matters(
    whose: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hired: list[Clerk] = []

    async def lock(clerk: Clerk, limits: Any) -> Any:
        hired.append(clerk)
        return {"isolation": {}, "missing": {"seccomp": "no such filter"}}

    monkeypatch.setattr(Clerk, "lock", lock)
    if whose is None:
        await (await Clerk.hire("sql", _LIMITS)).dismiss()
        return
    with pytest.raises(PermissionDenied, match="needs a fully locked worker, and this system lacks seccomp"):
        await Clerk.hire("sql", _LIMITS, whose)
    assert not lives(hired[0])


async def test_it_is_killed_when_it_takes_too_long(empty: bytes) -> None:
    clerk = await Clerk.hire("sql", _LIMITS)
    await clerk.ask(b"+" + empty)
    assert await clerk.ask(b"=") == b"{}"
    began = time.monotonic()
    with pytest.raises(WorkerDied):
        await clerk.ask(ENDLESS, 0.05)
    await clerk.wait()
    assert time.monotonic() - began < 60
    assert not lives(clerk)


async def test_one_that_dies_between_two_questions_is_noticed() -> None:
    clerk = await Clerk.hire("sql", _LIMITS)
    os.kill(clerk.pid, signal.SIGKILL)
    await clerk.wait()
    with pytest.raises(WorkerDied):
        await asyncio.wait_for(clerk.ask(b"+x"), 10)


async def test_one_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> Launched:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(module, "launch", full)
    with pytest.raises(WorkerDied, match="no worker can be started: Resource temporarily unavailable"):
        await Clerk.hire("sql", _LIMITS)


async def test_one_that_cannot_load_its_engine_leaves_nothing_behind() -> None:
    with pytest.raises(WorkerDied, match="could not start"):
        await Clerk.hire("trees", {**_LIMITS, "cpu": "x"})  # type: ignore[typeddict-item]
