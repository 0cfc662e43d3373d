"""`llmspell stats`: what the runs of a project have done and cost."""

from pathlib import Path

from reading import BEGAN, EVIL, Reading, asked, bend, paid, plant, project, reading

__all__ = ["project", "reading"]


def fill(project: Path) -> None:
    """Plant a run that is done and one that failed, a day later."""
    calls = [asked(1, meta=paid(0.1, seconds=1)), asked(2, meta=paid(0.5, "m/two", seconds=2))]
    plant(project, "ONE00001", calls)
    unknown = paid(0, "m/new", unpriced=1)
    plant(
        project,
        "TWO00001",
        [asked(1, meta=unknown)],
        status="failed",
        error={"kind": "script", "message": "no"},
        identity=EVIL,
    )
    bend(project, "UPDATE runs SET created_ms = ? WHERE run_id = 'TWO00001'", BEGAN + 86_400_000)


def test_runs_are_summed_up_by_day_spell_and_model(project: Path, reading: Reading) -> None:
    fill(project)
    days = [line.split("\t") for line in reading("stats").out.splitlines()]
    assert [day[1:7] for day in days] == [["1", "1", "1", "1", "10", "5"], ["1", "0", "2", "2", "20", "10"]]
    assert [day[-1] for day in days] == ["$0.0000 + 1 unpriced", "$0.6000"]
    assert [line.split("\t")[0] for line in reading("stats", "--by", "model").out.splitlines()] == [
        "m/two", "m/one", "m/new",
    ]  # fmt: skip
    found = reading("stats", "--by", "spell", "--json").document
    assert found["by"] == "spell"
    assert {each["name"]: (each["runs"], each["usd"]) for each in found["stats"]} == {
        "it.lua": (1, 0.6),
        EVIL: (1, 0.0),
    }
    printed = reading("stats", "--by", "spell").out
    assert "\x1b" not in printed
    assert len(printed.splitlines()) == 2


def test_only_runs_since_then_are_summed_up(project: Path, reading: Reading) -> None:
    fill(project)
    assert len(reading("stats", "--since", "2023-11-15T12:00:00+00:00").out.splitlines()) == 1
    assert reading("stats", "--since", "1h") == (0, "", "no runs\n")
    assert reading("stats", "--since", "soon").code == 2
    assert reading("stats", "--by", "nothing").code == 2
