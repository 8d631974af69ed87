"""A recorded run judged again gives the verdicts that it gave that day."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.errors import BadFile
from conformance.evidence.journal import write_transcript
from conformance.evidence.redaction import Redactor
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.plugin.ending import leave
from conformance.settings import Settings
from conformance.suite.gateway import gateway_suite
from conformance.suite.selection import left_out
from conformance.suite.stored_runs import recorded
from fixtures.gateways import mutants
from fixtures.playing import (
    Played,
    embedded,
    modules_for,
    modules_fuzzing_little,
    modules_named,
    play_now,
)
from fixtures.records import record
from fixtures.strategies.bad import faults
from fixtures.trying import GOOD, cast_of_fault, cast_of_good, perform
from fixtures.trying import modules_for as strategies_for


def verdicts(outcomes: Iterable[Outcome]) -> dict[str, Verdict]:
    found: dict[str, list[Verdict]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.requirement, []).append(outcome.verdict)
    return {name: worst(each) for name, each in found.items()}


def keep(played: Played, folder: Path) -> None:
    (folder / "transcripts").mkdir()
    for transcript in played.transcripts:
        path = folder / "transcripts" / f"{transcript.name}.jsonl"
        write_transcript(transcript, path, Redactor())


def test_a_whole_run_of_the_reference_is_judged_alike(tmp_path: Path) -> None:
    little = modules_fuzzing_little("fuzz-get-trades", "fuzz-upstream-events")
    played = play_now(little, embedded())
    keep(played, tmp_path)
    assert verdicts(recorded(tmp_path).outcomes) == verdicts(played.outcomes)


@pytest.mark.parametrize("name", ["", "sells-what-was-ordered"])
def test_a_run_of_a_strategy_is_judged_alike(tmp_path: Path, name: str) -> None:
    fault = next((f for f in faults() if f.name == name), None)
    modules = strategies_for(("DUT-52",))
    cast = cast_of_good(GOOD) if fault is None else cast_of_fault(fault)
    played = asyncio.run(perform(modules, cast))
    keep(played, tmp_path)
    found = verdicts(recorded(tmp_path).outcomes)
    assert found == verdicts(played.outcomes)
    assert found["DUT-52"] is (Verdict.VIOLATED if fault else Verdict.MET)


def test_what_a_run_left_out_is_left_out_again(tmp_path: Path) -> None:
    """A whole run without --gateway-fuzz, judged again, misses the same."""
    modules = modules_named(("cancel",))
    played = play_now(modules, embedded())
    left = left_out(gateway_suite(), Settings())
    made = record((*played.outcomes, *left), played.transcripts)
    leave(made, tmp_path)
    again = recorded(tmp_path / "latest")
    assert verdicts(again.outcomes) == verdicts(made.outcomes)
    assert {o.reason for o in again.outcomes} >= {o.reason for o in left}
    assert (again.started, again.complete) == (made.started, made.complete)
    assert again.account_before == made.account_before


def test_a_mutants_violation_is_found_again_with_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mutant = next(m for m in mutants() if m.name == "closes-zero")
    keep(play_now(modules_for(mutant.violates), embedded(mutant.gateway)), tmp_path)
    report = tmp_path / "again"
    words = ["judge", str(tmp_path), "--conformance-report-dir", str(report)]
    assert main(words) == 1
    assert "VIOLATED EXI-56" in capsys.readouterr().out
    facts = json.loads((report / "latest" / "readiness.json").read_text())
    assert facts["run"]["exit_status"] == 1


def test_the_folder_of_all_runs_is_told_from_the_folder_of_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "latest").mkdir()
    with pytest.raises(BadFile, match="a run's folder is reports/latest"):
        recorded(tmp_path)


def test_a_recorded_session_is_sent_to_the_command_that_judges_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "session.json").write_text("{}")
    told = "a recorded session, no run: conformance readiness --session "
    with pytest.raises(BadFile, match=told):
        recorded(tmp_path)


def test_a_transcript_that_was_cut_off_is_named(tmp_path: Path) -> None:
    mutant = next(m for m in mutants() if m.name == "closes-zero")
    keep(play_now(modules_for(mutant.violates), embedded()), tmp_path)
    path = tmp_path / "transcripts" / "close-bodies.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(BadFile, match="no footer"):
        recorded(tmp_path)
