"""Which runs are written down: those of every command that runs code, unless somebody wants none, and of a host."""

import base64
import json
import logging
from pathlib import Path

import pytest
from commandline import Command

from llmspell import Host, Spell
from llmspell.errors import ConfigError
from llmspell.host.journals import journal_in
from llmspell.journal.records import Query
from llmspell.journal.sqlite import SqliteStore
from llmspell.secrets import Secrets


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "llmspell.toml").write_text("", encoding="utf-8")
    (tmp_path / "it.lua").write_text(
        'local n = spell { params = { n = 1 } }.n\nreturn ask("n " .. n).text', encoding="utf-8"
    )
    return tmp_path


def test_each_line_of_a_batch_and_each_eval_is_a_run(project: Path, llmspell: Command) -> None:
    (project / "in.jsonl").write_text('{"n": 1}\n{"n": 2}\n', encoding="utf-8")
    done = llmspell("batch", "it.lua", "--in=in.jsonl", "--out=out.jsonl", "--model=echo")
    assert done.returncode == 0, done.stderr
    ids = {json.loads(line)["run"] for line in (project / "out.jsonl").read_text("utf-8").splitlines()}
    code = llmspell("eval", "-l", "js", "export default 1 + 1")
    assert code.stderr.splitlines()[-1].split("  ")[1].startswith("llmspell show ")
    runs = json.loads(llmspell("runs", "--json").stdout)["runs"]
    assert [run["spell"] for run in runs] == ["eval", "it.lua", "it.lua"]
    assert {run["run"] for run in runs[1:]} == ids
    assert llmspell("replay", "latest").stdout == "2\n"
    assert sorted(llmspell("replay", run).stdout for run in ids) == ["n 1\n", "n 2\n"]


def test_who_wants_no_record_gets_none(project: Path, llmspell: Command) -> None:
    (project / "in.jsonl").write_text('{"n": 1}\n', encoding="utf-8")
    for words in (
        ("run", "it.lua"), ("batch", "it.lua", "--in=in.jsonl", "--out=out.jsonl"), ("eval", "-l", "lua", "return 1"),
    ):  # fmt: skip
        done = llmspell(*words, "--no-journal", "--model=echo")
        assert done.returncode == 0, done.stderr
        assert "llmspell show" not in done.stderr
    assert not (project / ".llmspell" / "journal.db").exists()
    none = llmspell("show", "latest")
    assert none.returncode == 2
    assert f"there are no runs yet: no file {project / '.llmspell' / 'journal.db'}" in none.stderr
    assert llmspell("run", "it.lua", "--watch", "--no-journal").returncode == 2


async def test_a_host_writes_down_what_it_runs_and_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "journal.db"
    key = "sk-0123456789abcdefghij"
    async with Host(model="echo", environ={"OPENAI_API_KEY": key}, journal=path) as host:
        spell = Spell.from_source('local k = spell { params = { k = "" } }.k\nreturn ask("a " .. k).text', "lua")
        run = await host.run(spell, {"k": key})
    store = SqliteStore(path)
    (found,) = await store.runs(Query())
    assert (found.run_id, found.status, found.identity) == (run.id, "done", "spell")
    assert (await store.entry(run.id, 1)) is not None
    await store.close()
    assert key.encode() not in b"".join(each.read_bytes() for each in path.parent.iterdir())


def test_a_variable_that_only_settings_call_a_secret_is_in_no_journal(
    project: Path, llmspell: Command, environ: dict[str, str]
) -> None:
    own = Path(environ["XDG_CONFIG_HOME"], "llmspell", "config.toml")
    own.parent.mkdir()
    own.write_text('[secrets.mail]\nenv = "MAILER"\n', encoding="utf-8")
    value = "plain-0123456789abcdefghij"
    parts = f'"{value[:10]}" .. "{value[10:]}"'
    code = f'spell {{ params = {{ k = "" }} }}\nLog.info({parts})\nreturn ask("it", {{ model = "echo" }})'
    (project / "it.lua").write_text(code, encoding="utf-8")
    done = llmspell("run", "it.lua", f"--k={value}", env={"MAILER": value})
    assert done.returncode == 0, done.stderr
    held = b"".join(each.read_bytes() for each in (project / ".llmspell").iterdir())
    assert b"[secret:MAILER]" in held
    assert value.encode() not in held


async def test_a_host_keeps_the_journal_of_a_project_as_that_says(tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text("[journal]\nencrypt = true\n", encoding="utf-8")
    path = tmp_path / ".llmspell" / "journal.db"
    with pytest.raises(ConfigError, match="the journal is encrypted, and there is no key"):
        Host(model="echo", environ={}, journal=path)
    environ = {"LLMSPELL_JOURNAL_KEY": base64.b64encode(b"k" * 32).decode()}
    async with Host(model="echo", environ=environ, journal=str(path)) as host:
        run = await host.run(Spell.from_source('return ask("a hidden question").text', "lua"))
    assert b"hidden" not in b"".join(each.read_bytes() for each in path.parent.iterdir())
    store = journal_in(path, tmp_path, environ, Secrets())
    entry = await store.entry(run.id, 1)
    assert entry is not None
    assert "a hidden question" in str(entry.request)
    await store.close()


async def test_a_host_that_cannot_write_says_so_and_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    async with Host(model="echo", environ={}, journal=tmp_path / "file" / "journal.db") as host:
        with caplog.at_level(logging.WARNING, logger="llmspell"):
            assert (await host.run(Spell.from_source("return 1", "lua"))).value == 1
    assert "the journal does not have this run" in caplog.text
