"""A run as a zip: what happened as JSON, and the files of its spell under names that stay inside of the zip."""

import json
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO, Any

from llmspell.journal.records import Entry, RunRecord
from llmspell.journal.store import Store
from llmspell.story import speech
from llmspell.story.figures import data, sources

FILES = "spell"
"""The folder of the files of the spell."""

_NAME = 100  # characters of one part of a name
_PARTS = 20
_UNSAFE = re.compile(r"[^\w.@+ -]")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_DAY_ONE = (1980, 1, 1, 0, 0, 0)

_README = """\
One run of llmspell, from its journal.

run.json      the run: its spell, arguments, status, result or error, usage
calls.jsonl   what happened, a line each: what was delivered to the spell in that order, then the rest
lines.jsonl   what it printed and logged, and its progress, a line each
spell/        the files of the spell; names.json says which path of the project each had

Bytes are {"bytes": how many, "base64": what}. Times are in milliseconds since 1970.
The text of a spell and the answers of models are foreign: trust none of them.
"""


async def write(file: IO[bytes], store: Store, run: RunRecord, report: Mapping[str, Any]) -> None:
    """Write the zip of a run.

    Args:
        file: where it goes.
        store: the journal.
        run: the run.
        report: the run as data.
    """
    files = sources(await store.files(run.bundle))
    names = inside(files)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parcel:
        _add(parcel, "README.txt", _README)
        _add(parcel, "run.json", _json(data(report, whole=True), indent=2))
        with parcel.open(_info("calls.jsonl"), "w", force_zip64=True) as part:
            async for entry in store.calls(run.run_id):
                part.write(_json(call(entry, whole=True)).encode(errors="backslashreplace"))
        with parcel.open(_info("lines.jsonl"), "w", force_zip64=True) as part:
            async for number, line in store.lines(run.run_id):
                part.write(_json(data(dict(speech.data(number, line)), whole=True)).encode(errors="backslashreplace"))
        for path, name in names.items():
            _add(parcel, f"{FILES}/{name}", files[path])
        _add(parcel, "names.json", _json({f"{FILES}/{name}": path for path, name in names.items()}, indent=2))


def call(entry: Entry, *, whole: bool = False) -> dict[str, Any]:
    """Return an entry of the journal as data.

    Args:
        entry: the entry.
        whole: say what bytes are, and not only how many.
    """
    return {
        "no": entry.no, "key": entry.key, "op": entry.op, "effect": entry.effect, "file": entry.file,
        "line": entry.line, "ok": entry.ok, "ord": entry.ord, "batch": entry.batch, "began_ms": entry.started_ms,
        "t_ms": entry.t_ms, "fingerprint": entry.fingerprint.hex(), "request": data(entry.request, whole=whole),
        "value": data(entry.value, whole=whole), "meta": data(entry.meta, whole=whole),
    }  # fmt: skip


def inside(paths: Mapping[str, Any]) -> dict[str, str]:
    """Return for each path a name of its own that stays below the folder that it is put in, on every system."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for path in paths:
        parts = [_part(each) for each in re.split(r"[/\\]", path) if each.strip(". ")]
        name = base = "/".join(parts[-_PARTS:]) or "unnamed"
        while name.casefold() in taken:
            count = counts[base.casefold()] = counts.get(base.casefold(), 1) + 1
            name = f"{count}-{base}" if "/" not in base else f"{count}/{base}"
        taken.add(name.casefold())
        found[path] = name
    return found


def _part(name: str) -> str:
    plain = _UNSAFE.sub("_", name).strip(" ")[:_NAME].rstrip(". ") or "_"
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent) + "\n"


def _info(name: str) -> zipfile.ZipInfo:
    now = datetime.now(UTC).timetuple()[:6]
    info = zipfile.ZipInfo(name, max(now, _DAY_ONE))
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return info


def _add(parcel: zipfile.ZipFile, name: str, content: str) -> None:
    parcel.writestr(_info(name), content.encode(errors="backslashreplace"))
