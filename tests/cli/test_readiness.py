"""`conformance readiness` decides from what was kept: runs, sessions and statements."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.cli import main
from conformance.judge.record import RunRecord, SubjectFacts
from conformance.plugin.ending import leave
from fixtures.playing import Played, embedded, modules_named, play_now
from fixtures.records import PAPER, record
from fixtures.sessions.disk import write_session
from fixtures.sessions.paper import Paper, Plan

Output = pytest.CaptureFixture[str]
NOW = datetime.now(UTC)
BROKER = replace(PAPER, version="0.2.0", git_sha="1f3a9c2")
"""The Gateway that the sessions below were recorded on."""


@pytest.fixture(scope="module")
def played() -> Played:
    return play_now(modules_named(("cancel",)), embedded())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept(
    played: Played, folder: Path, subject: SubjectFacts = BROKER, **facts: Any
) -> str:
    """A run's folder, as a run of today leaves it."""
    made: RunRecord = record(played.outcomes, played.transcripts, subject=subject)
    started = (NOW - timedelta(days=1)).isoformat()
    leave(replace(made, started=started, **facts), folder)
    return str(folder / "latest")


def session(folder: Path, **plan: Any) -> str:
    """A session's folder, as the tap leaves it: its last day was yesterday."""
    given = {"sample": False, "trips": 6, "days": 3, "quotes": 3, **plan}
    made = Paper(Plan(**given))
    days = given["days"] + 2 * (given["days"] // 5) + 1
    made.began = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC)
    made.began -= timedelta(days=days)
    return str(write_session(made, folder))


def report() -> dict[str, Any]:
    path = Path("reports/latest/readiness.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def blockers(told: dict[str, Any]) -> list[str]:
    return [b["what"] for b in told["readiness"]["blockers"]]


def validate(told: dict[str, Any]) -> None:
    path = resources.files("conformance.spec") / "readiness.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(told)


def decide(*words: Iterable[str] | str) -> int:
    return main(["readiness", *map(str, words)])


def test_a_run_on_a_paper_platform_may_enter_the_backtest(
    played: Played, folder: Path, capsys: Output
) -> None:
    run = kept(played, folder / "runs")
    assert decide("--run", run, "--stage", "backtest") == 0
    said = capsys.readouterr().out
    assert "READY for backtest" in said
    assert "report: " in said
    told = report()
    validate(told)
    (shown,) = told["runs"]
    assert (shown["folder"], shown["set_aside"]) == (run, "")
    assert told["next_stage"] == "paper-one"


def test_without_more_live_small_is_not_proven_and_says_what_would_prove_it(
    played: Played, folder: Path, capsys: Output
) -> None:
    assert decide("--run", kept(played, folder / "runs")) == 5
    assert {"strategy", "session", "attestations"} <= set(blockers(report()))
    said = capsys.readouterr().out
    assert "BLOCKER strategy: No run judged the strategy." in said
    assert "To prove: pytest --strategy-cmd COMMAND" in said
    assert "It can cost: " in said


def test_a_session_of_the_same_gateway_is_judged_and_counted(
    played: Played, folder: Path
) -> None:
    run = kept(played, folder / "runs")
    assert decide("--run", run, "--session", session(folder / "session")) == 5
    told = report()
    validate(told)
    (shown,) = told["sessions"]
    assert shown["kind"] == "paper"
    assert shown["outcomes"] == []
    assert "session" not in blockers(told)
    assert "round trips" in blockers(told)
    assert {m["name"] for m in told["metrics"]} == {
        "slippage",
        "rejection-rate",
        "round-trip-latency",
        "trades-per-day",
    }
    verdicts = {r["id"]: r["verdict"] for r in told["requirements"]}
    assert verdicts["SES-11"] == "met"
    assert verdicts["SES-10"] != "met"
    cited = {f["transcript"] for r in told["requirements"] for f in r["findings"]}
    assert all((Path("reports/latest") / name).is_file() for name in cited)


def test_a_backtest_beside_it_is_compared_with(played: Played, folder: Path) -> None:
    before = session(
        folder / "b", name="backtest", platform="tektii", provider="tektii",
        backtest=True,
    )  # fmt: skip
    paper = session(folder / "p", name="paper")
    decide("--session", paper, "--compare", before)
    told = report()
    validate(told)
    (compared,) = told["comparisons"]
    assert {compared["one"], compared["other"]} == {"backtest", "paper"}


def test_a_session_of_another_gateway_is_set_aside_and_blocks(
    played: Played, folder: Path
) -> None:
    run = kept(played, folder / "runs", PAPER)
    decide("--run", run, "--session", session(folder / "session", trips=3, days=1))
    told = report()
    assert told["sessions"] == []
    (blocker,) = (
        b for b in told["readiness"]["blockers"] if "another Gateway" in b["sentence"]
    )
    assert blocker["what"] == "session"


def test_a_sample_session_is_a_drill(folder: Path, capsys: Output) -> None:
    sample = session(folder / "session", trips=3, days=1, sample=True)
    assert decide("--session", sample) == 5
    assert "DRILL: NOT PROVEN" in capsys.readouterr().out
    assert report()["identity"]["drill"]


def test_a_violation_of_a_kept_run_is_not_ready_and_1(
    played: Played, folder: Path
) -> None:
    waiver = '[[waiver]]\nrequirement = "MOD-41"\nreason = "r"\nowner = "o"\n'
    (folder / "waivers.toml").write_text(waiver + "expires = 2020-01-01\n")
    run = kept(played, folder / "runs")
    words = ("--run", run, "--conformance-waivers", "waivers.toml")
    assert decide(*words, "--stage", "backtest") == 1
    assert "expired on 2020-01-01" in report()["waiver_problems"][0]


def test_what_cannot_be_used_ends_with_4_and_one_line(
    played: Played, folder: Path, capsys: Output
) -> None:
    run = kept(played, folder / "runs")
    assert decide("--run", run, "--stage", "backtest") == 0
    capsys.readouterr()
    (folder / "bad.toml").write_text("[[attestation]]\nstatement = 'love'\n")
    for words, told in (
        ((), "name a run, or a session"),
        (("--run", "none"), "none: no transcripts"),
        (("--run", run, "--run", "runs/latest"), "this run is named twice"),
        (("--run", "reports/latest"), "this is a decision"),
        (("--session", run), "session.json"),
        (("--run", run, "--attestations", "bad.toml"), "bad.toml:2: there is no"),
        (("--run", run, "--attestations", "no.toml"), "no.toml: No such file"),
        (("--run", run, "--host", "no.json"), "no.json: No such file"),
    ):
        assert decide(*words) == 4
        said = capsys.readouterr().err
        assert told in said
        assert len(said.splitlines()) == 1


def _altered(run: str, **facts: Any) -> None:
    path = Path(run) / "readiness.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["run"].update(facts)
    path.write_text(json.dumps(told), encoding="utf-8")


def test_a_part_of_a_run_edited_to_read_whole_was_decided_from(
    played: Played, folder: Path, capsys: Output
) -> None:
    run = kept(played, folder, complete=False, partial=True)
    assert decide("--run", run, "--stage", "backtest") == 5
    _altered(run, complete=True)
    assert decide("--run", run, "--stage", "backtest") == 4
    assert "was altered after it was written" in capsys.readouterr().err


def test_a_run_whose_seal_was_cut_out_was_decided_from(
    played: Played, folder: Path, capsys: Output
) -> None:
    run = kept(played, folder)
    path = Path(run) / "readiness.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    del told["integrity"]
    path.write_text(json.dumps(told), encoding="utf-8")
    assert decide("--run", run, "--stage", "backtest") == 4
    assert "has no seal" in capsys.readouterr().err


def test_a_script_that_found_something_was_taken_out_of_a_run_unseen(
    played: Played, folder: Path, capsys: Output
) -> None:
    whole = play_now(modules_named(("cancel", "lists")), embedded())
    run = kept(whole, folder)
    gone = min((Path(run) / "transcripts").glob("*.jsonl"))
    gone.unlink()
    assert decide("--run", run, "--stage", "backtest") == 4
    assert f"transcripts/{gone.name} is missing" in capsys.readouterr().err


def test_a_run_with_a_fault_of_the_suite_was_decided_from_as_if_there_were_none(
    played: Played, folder: Path, capsys: Output
) -> None:
    run = kept(played, folder, faults=("Traceback …\nValueError: ours",))
    assert decide("--run", run, "--stage", "backtest") == 3
    told = capsys.readouterr().out
    assert "The suite itself was at fault: ValueError: ours." in told
    assert "NOT PROVEN for backtest" in told
