"""Several runs of one subject make one, which never reads better than any of them."""

from dataclasses import replace
from datetime import date

import pytest

from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.finding import Finding
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.assembly import assemble
from conformance.readiness.merging import (
    ReportedRun,
    merged,
    record_of,
    unlike,
    waivers_of,
)
from conformance.readiness.model import Readiness
from conformance.readiness.waivers import Waiver
from fixtures.records import PAPER, SIMULATED, record

TODAY = date(2026, 1, 2)
MUST = "MOD-41"


def transcript(script: str, take: int = 1) -> Transcript:
    header = Header(script, "shared", "mock", "cf", (), 7, "", take=take)
    return Transcript(header, (), Ending(complete=True))


def outcome(
    verdict: Verdict,
    *findings: Finding,
    requirement: str = MUST,
    transcript: str = "cancel",
    reason: str = "",
) -> Outcome:
    return Outcome(
        requirement,
        "a_check",
        "cancel",
        verdict,
        reason,
        findings,
        provider="mock",
        transcript=transcript,
    )


def stored(
    name: str, *outcomes: Outcome, run: RunRecord | None = None, **facts: object
) -> ReportedRun:
    made = run or record(outcomes, (transcript("cancel"),))
    made = replace(made, **facts)  # type: ignore[arg-type]
    return ReportedRun(name, assemble(made, (), TODAY), made.transcripts)


def joined(*runs: ReportedRun) -> Readiness:
    return assemble(merged(runs, frozenset({("nothing", "ever")})), (), TODAY)


def verdict(readiness: Readiness, name: str = MUST) -> Verdict:
    return next(r.verdict for r in readiness.requirements if r.id == name)


def test_a_stored_run_is_the_run_that_it_was_made_of() -> None:
    told = [
        outcome(
            Verdict.VIOLATED, Finding("One.", (1,), "Is it?", "k"), Finding("Two.")
        ),
        outcome(Verdict.VIOLATED, Finding("Three.", (3,)), transcript="cancel-2"),
        outcome(Verdict.MET, requirement="ORD-10"),
        outcome(Verdict.NOT_VERIFIED, requirement="ORD-11", reason="no fill"),
    ]
    run = record(told, (transcript("cancel"), transcript("cancel", 2)))
    again = record_of(assemble(run, (), TODAY), run.transcripts)
    assert assemble(again, (), TODAY) == assemble(run, (), TODAY)


@pytest.mark.parametrize("first", list(Verdict))
@pytest.mark.parametrize("second", list(Verdict))
def test_the_worst_of_what_was_shown_stands(first: Verdict, second: Verdict) -> None:
    one, other = stored("a", outcome(first)), stored("b", outcome(second))
    found = verdict(joined(one, other))
    shown = [v for v in (first, second) if v is not Verdict.NOT_VERIFIED]
    order = list(Verdict)
    assert found is max(shown, key=order.index, default=Verdict.NOT_VERIFIED)


def test_one_script_that_showed_nothing_is_not_made_good_by_another() -> None:
    silent = outcome(Verdict.NOT_VERIFIED, reason="it did not occur that …")
    elsewhere = replace(outcome(Verdict.MET), script="modify", transcript="modify")
    found = joined(stored("a", silent, elsewhere), stored("b", elsewhere))
    assert verdict(found) is Verdict.NOT_VERIFIED


@pytest.mark.parametrize("other", [Verdict.MET, Verdict.VIOLATED])
def test_a_job_that_did_not_play_a_check_leaves_it_to_the_others(
    other: Verdict,
) -> None:
    reason = "needs --gateway-fuzz"
    without = outcome(Verdict.NOT_VERIFIED, reason=reason)
    for runs in (("a", "b"), ("b", "a")):
        made = {"a": stored("a", without), "b": stored("b", outcome(other))}
        assert verdict(joined(*(made[name] for name in runs))) is other
    alone = joined(stored("a", without), stored("b", without))
    told = next(r for r in alone.requirements if r.id == MUST)
    assert (told.verdict, told.reason, len(told.checks)) == (
        Verdict.NOT_VERIFIED,
        reason,
        2,
    )


def test_transcripts_of_one_script_become_takes_and_findings_follow() -> None:
    bad = outcome(Verdict.VIOLATED, Finding("Bad.", (2,)))
    found = joined(stored("a", outcome(Verdict.MET)), stored("b", bad))
    told = next(r for r in found.requirements if r.id == MUST)
    assert told.findings[0].transcript == "transcripts/cancel-2.jsonl"
    record_ = merged((stored("a"), stored("b"), stored("c")), frozenset())
    assert [t.name for t in record_.transcripts] == ["cancel", "cancel-2", "cancel-3"]


def test_findings_of_every_job_are_told() -> None:
    runs = [
        stored(name, outcome(Verdict.VIOLATED, Finding(f"{name} is bad.")))
        for name in ("a", "b")
    ]
    told = next(r for r in joined(*runs).requirements if r.id == MUST)
    assert [f.sentence for f in told.findings] == ["a is bad.", "b is bad."]


def test_parts_that_add_up_are_whole_and_parts_that_do_not_are_not() -> None:
    def part(name: str, requirement: str) -> ReportedRun:
        met = outcome(Verdict.MET, requirement=requirement)
        return stored(name, met, complete=False, partial=True)

    both = part("a", MUST), part("b", "ORD-10")
    whole = frozenset({("cancel", MUST), ("a_check", "ORD-10")})
    assert merged(both, whole).complete
    assert not merged(both, whole | {("cancel", "ORD-11")}).complete
    broken = replace(both[1], readiness=stored("b", error="it died").readiness)
    assert not merged((both[0], broken), whole).complete
    assert merged((both[0], broken), whole).error == "it died"


def test_what_one_job_left_open_or_did_wrong_is_told_of_all() -> None:
    good, bad = stored("a"), stored("b", faults=("we",), left_open=("order 1",))
    found = merged((good, bad), frozenset())
    assert (found.faults, found.left_open) == (("we",), ("order 1",))
    assert assemble(found, (), TODAY).exit_status == 3
    cut = stored("c", interrupted=True, complete=False)
    assert merged((good, cut), frozenset()).interrupted


def test_a_drill_among_them_makes_a_drill_of_all() -> None:
    real = stored("a", outcome(Verdict.MET))
    drill = stored("b", outcome(Verdict.MET), subject=SIMULATED)
    assert joined(real, drill).identity.drill
    ours = stored("c", outcome(Verdict.MET), subject=replace(PAPER, kind="embedded"))
    assert joined(real, ours).identity.drill
    assert not joined(real, real).identity.drill


def test_waivers_of_all_are_kept() -> None:
    waiver = Waiver(MUST, "known", "J. Doe", date(2027, 1, 1), 0)
    run = record([outcome(Verdict.VIOLATED, Finding("Bad."))])
    told = ReportedRun("a", assemble(run, (waiver,), TODAY), ())
    assert waivers_of((told, told, stored("b"))) == (waiver,)
    rows = tuple(
        replace(r, waiver=r.waiver and replace(r.waiver, expires="soon"))
        for r in told.readiness.requirements
    )
    unread = replace(told, readiness=replace(told.readiness, requirements=rows))
    assert [w.expires for w in waivers_of((unread,))] == [date.min]


def test_runs_of_another_subject_or_suite_are_refused() -> None:
    one = stored("a")
    assert list(unlike((one, stored("b")))) == []
    ended = stored("c", planned=(("cancel", "ORD-11"),))
    assert ("", "ORD-11") in record_of(ended.readiness).planned
    newer = stored("b", subject=replace(PAPER, version="2"))
    assert list(unlike((one, newer))) == ["b has another Gateway version than a"]
    strategy = stored("b", subject=replace(PAPER, kind="strategy", digest="d"))
    assert "b has another kind of subject than a" in list(unlike((one, strategy)))
    pair = replace(one.readiness.identity.gateway, kind="pair")
    both = replace(one.readiness.identity, gateway=pair)
    alike = ReportedRun("a", replace(one.readiness, identity=both), ())
    newer = replace(both, gateway=replace(pair, git_sha="x"))
    later = ReportedRun("b", replace(one.readiness, identity=newer), ())
    assert list(unlike((alike, later))) == ["b has another Gateway git sha than a"]
    suite = replace(
        one.readiness, identity=replace(one.readiness.identity, suite_version="9")
    )
    assert list(unlike((one, ReportedRun("b", suite, ())))) == [
        "b has another suite version than a"
    ]
    decided = ReportedRun("b", replace(one.readiness, sessions=()), ())
    assert "b is a decision, no run" in next(unlike((one, decided)))
