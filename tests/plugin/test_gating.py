"""--conformance-readiness gates on a stage, by this run and what is named beside it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.judge.record import RunRecord
from conformance.plugin.ending import leave
from fixtures.gateways import mutants
from fixtures.playing import embedded, modules_for, play_now
from fixtures.records import PAPER, record
from fixtures.serving import on_platform, serving
from fixtures.sessions.disk import write_session
from fixtures.sessions.paper import Paper, Plan
from tests.plugin.conftest import Playing, Running

STAGE = "--conformance-readiness"
ATTESTED = """\
[[attestation]]
statement = "regulation"
text = "Reviewed."
name = "J. Doe"
date = 2026-01-01
expires = 2026-01-31
evidence = "attestations.toml"
evidence_sha256 = "{digest}"
[attestation.scope]
strategy_sha256 = "{digest}"
account = "PA-1"
broker = "alpaca"
[attestation.values]
jurisdictions = ["EU"]
reviewer = "A. Lawyer"
"""


def report(pytester: pytest.Pytester) -> dict[str, Any]:
    path = pytester.path / "reports" / "latest" / "readiness.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def kept(folder: Path, *, git_sha: str, bad: bool = False) -> Path:
    """An earlier run: of a good Gateway, or of one that closes nothing."""
    mutant = next(m for m in mutants() if m.name == "closes-zero")
    gateway = embedded(mutant.gateway) if bad else embedded()
    played = play_now(modules_for(mutant.violates), gateway)
    made: RunRecord = record(played.outcomes, played.transcripts)
    subject = replace(PAPER, version="0.1.0", git_sha=git_sha)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    leave(replace(made, subject=subject, started=yesterday), folder)
    return folder / "latest"


def test_a_run_on_a_paper_platform_may_enter_the_backtest(
    run: Running, playing: Playing, pytester: pytest.Pytester
) -> None:
    playing("met")
    with serving(on_platform("alpaca-paper", git_sha="abc1234")) as url:
        bounds = ("--gateway-symbols=BTCUSD", "--gateway-max-notional=100000")
        result = run(url, STAGE, "backtest", *bounds)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["READY for backtest"])
    told = report(pytester)
    assert told["next_stage"] == "paper-one"
    assert told["runs"] is None


def test_an_earlier_run_of_the_same_gateway_is_used(
    run: Running, playing: Playing, pytester: pytest.Pytester
) -> None:
    playing("met")
    bad = kept(pytester.path / "earlier", git_sha="unknown", bad=True)
    result = run("embedded", STAGE, "backtest", "--conformance-run", str(bad))
    assert result.ret == 1
    result.stdout.fnmatch_lines(["VIOLATED EXI-56*", "*NOT READY for backtest"])
    told = report(pytester)
    assert [row["set_aside"] for row in told["runs"]] == ["", ""]
    assert told["readiness"]["blockers"][0]["what"].startswith("EXI-")


def test_an_earlier_run_of_another_gateway_is_set_aside_and_blocks(
    run: Running, playing: Playing, pytester: pytest.Pytester
) -> None:
    playing("met")
    other = kept(pytester.path / "earlier", git_sha="fffffff")
    result = run("embedded", STAGE, "backtest", f"--conformance-run={other}")
    assert result.ret == 5
    (blocker,) = (
        b for b in report(pytester)["readiness"]["blockers"] if b["what"] == "run"
    )
    assert "made for another Gateway" in blocker["sentence"]


def test_a_session_and_statements_stand_in_the_report(
    run: Running, playing: Playing, pytester: pytest.Pytester
) -> None:
    playing("met")
    path = pytester.path / "attestations.toml"
    path.write_text(ATTESTED.format(digest="0" * 64))
    made = Paper(Plan(trips=2, days=1, quotes=2))
    made.began = datetime.now(UTC) - timedelta(days=3)
    session = write_session(made, pytester.path / "session")
    result = run(
        "embedded",
        f"--conformance-session={session}",
        "--conformance-attestations",
        str(path),
        STAGE,
        "live-small",
    )
    assert result.ret in (1, 5)
    told = report(pytester)
    states = {row["statement"]: row["state"] for row in told["attestations"]}
    assert states["regulation"] == "evidence changed"
    assert states["host"] == "missing"
    assert told["identity"]["drill"]


def test_each_is_an_ini_setting_too(
    start: Running, playing: Playing, pytester: pytest.Pytester
) -> None:
    playing("met")
    path = pytester.path / "attestations.toml"
    path.write_text(ATTESTED.format(digest="0" * 64))
    earlier = kept(pytester.path / "earlier", git_sha="unknown")
    pytester.makeini(
        "[pytest]\ngateway_url = embedded\nconformance_readiness = backtest\n"
        f"conformance_run = {earlier}\nconformance_attestations = {path}\n"
    )
    assert start().ret == 5
    told = report(pytester)
    assert len(told["runs"]) == 2
    assert told["readiness"]["stage"] == "backtest"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--conformance-run", "none"], "--conformance-run none: there is no such"),
        (["--conformance-session", "none"], "--conformance-session none: there is no"),
        (["--conformance-attestations", "none"], "none: No such file"),
        (["--conformance-attestations", "bad.toml"], "bad.toml:1: only [[]scope[]]"),
        (["--conformance-run", "."], "no transcripts"),
        ([STAGE, "soon"], "no such stage"),
    ],
)
def test_what_cannot_be_used_ends_with_4_and_one_line(
    run: Running,
    playing: Playing,
    pytester: pytest.Pytester,
    options: list[str],
    told: str,
) -> None:
    playing("met")
    pytester.path.joinpath("bad.toml").write_text("[scores]\n")
    result = run("embedded", *options)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: *{told}*"])


@pytest.mark.parametrize(
    "words", [("test_mine.py",), ("-k", "mine"), ("--setup-plan",)], ids=str
)
def test_a_stage_was_passed_where_nothing_of_ours_was_chosen(
    run: Running, playing: Playing, pytester: pytest.Pytester, words: tuple[str, ...]
) -> None:
    playing("met")
    pytester.makepyfile(test_mine="def test_mine(): pass")
    result = run("embedded", STAGE, "backtest", *words)
    assert result.ret == 5
    result.stdout.fnmatch_lines(["DRILL: NOT PROVEN for backtest"])
    assert report(pytester)["run"]["complete"] is False


def test_a_plan_passed_a_stage(run: Running, playing: Playing) -> None:
    playing("met")
    given = ("embedded", "--conformance-plan")
    assert run(*given).ret == 0
    assert run(*given, STAGE, "backtest").ret == 5
