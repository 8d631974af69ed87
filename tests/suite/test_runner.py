"""What verdict a check's observations make."""

from collections.abc import Iterator

import pytest

from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import TIDYING, Header, Transcript
from conformance.judge.finding import (
    NotApplicable,
    NotVerified,
    Observation,
    finding,
    occurred,
)
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.spec.catalogue import Level, load_catalogue
from conformance.suite.check import Check, Judgement
from conformance.suite.runner import (
    join_takes,
    judge_check,
    judge_invariants,
    wants_another_take,
)

MUST = next(r.id for r in load_catalogue() if r.level is Level.MUST)
SHOULD = next(r.id for r in load_catalogue() if r.level is Level.SHOULD)


def transcript(*, complete: bool = True, refused: bool = False) -> Transcript:
    header = Header("cancel", "one", "mock", "cf1", ("CT1",), 7, "")
    recorder = Recorder(header, lambda: 0.0)
    recorder.note("something")
    error = None if complete else "the Gateway had died"
    return recorder.close(complete=complete, error=error, refused=refused)


def verdict_of(
    function: Judgement,
    requirement: str = MUST,
    *,
    complete: bool = True,
    refused: bool = False,
) -> Outcome:
    check = Check(requirement, "it was tried", function, "cancel")
    return judge_check(check, transcript(complete=complete, refused=refused))


def seen(_: Transcript) -> Iterator[Observation]:
    yield occurred(1)


def wrong(_: Transcript) -> Iterator[Observation]:
    yield occurred(1)
    yield finding("Did wrong.", 1)


def nothing(_: Transcript) -> Iterator[Observation]:
    yield from ()


def missing(_: Transcript) -> Iterator[Observation]:
    yield occurred(1)
    raise NotVerified("no tranche came")


def unclaimed(_: Transcript) -> Iterator[Observation]:
    yield from ()
    raise NotApplicable("the Gateway does not claim oco")


def test_a_check_that_saw_its_situation_and_nothing_wrong_is_met() -> None:
    assert verdict_of(seen).verdict is Verdict.MET


def test_a_check_that_saw_nothing_is_never_green() -> None:
    outcome = verdict_of(nothing)
    assert outcome.verdict is Verdict.NOT_VERIFIED
    assert outcome.reason == "it did not occur that it was tried"
    assert wants_another_take([outcome])


def test_a_must_is_violated_and_a_should_warned() -> None:
    assert verdict_of(wrong).verdict is Verdict.VIOLATED
    assert verdict_of(wrong, SHOULD).verdict is Verdict.WARNED


def test_a_script_that_lost_its_subject_shows_neither_good_nor_bad() -> None:
    assert verdict_of(seen, complete=False).verdict is Verdict.NOT_VERIFIED
    assert verdict_of(seen, complete=False).reason == "the Gateway had died"
    assert verdict_of(wrong, complete=False).verdict is Verdict.NOT_VERIFIED


def test_a_script_that_was_refused_a_step_shows_what_it_found_and_no_more() -> None:
    refused = verdict_of(wrong, complete=False, refused=True)
    assert refused.verdict is Verdict.VIOLATED
    unseen = verdict_of(seen, complete=False, refused=True)
    assert unseen.verdict is Verdict.NOT_VERIFIED


def test_a_check_says_itself_why_it_cannot_decide() -> None:
    assert verdict_of(missing).reason == "no tranche came"
    assert not wants_another_take([verdict_of(missing)])
    assert verdict_of(unclaimed).verdict is Verdict.NOT_APPLICABLE


def test_what_one_take_found_stands_and_one_take_that_shows_it_suffices() -> None:
    good, absent, bad = verdict_of(seen), verdict_of(nothing), verdict_of(wrong)

    def joined(*takes: Outcome) -> Verdict:
        named = [Outcome(MUST, "check", "s", t.verdict) for t in takes]
        return join_takes([[take] for take in named])[0].verdict

    assert joined(absent, good) is Verdict.MET
    assert joined(good, bad) is Verdict.VIOLATED
    assert joined(absent, absent) is Verdict.NOT_VERIFIED


def test_an_invariant_tells_every_transcript_that_breaks_it() -> None:
    check = Check(MUST, "it was tried", wrong, "invariants", True)
    found = judge_invariants([check], [transcript(), transcript()])
    assert [o.verdict for o in found] == [Verdict.VIOLATED] * 2


def test_severity_only_rises() -> None:
    assert worst([Verdict.MET, Verdict.WARNED]) is Verdict.WARNED
    assert worst([Verdict.NOT_VERIFIED, Verdict.MET]) is Verdict.NOT_VERIFIED
    assert worst([]) is Verdict.NOT_VERIFIED


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_suite_fault_outranks_everything(verdict: Verdict) -> None:
    assert worst([verdict, Verdict.SUITE_FAULT]) is Verdict.SUITE_FAULT


def test_only_invariants_see_how_a_scripts_traces_are_cleared_away() -> None:
    header = Header("cancel", "one", "mock", "cf1", ("CT1",), 7, "")
    recorder = Recorder(header, lambda: 0.0)
    recorder.note("the script")
    recorder.note("clear away", name=TIDYING)

    def count(given: Transcript) -> Iterator[Observation]:
        yield occurred(*(entry.number for entry in given.entries))

    told = recorder.close(complete=True)
    own = judge_check(Check(MUST, "it was tried", count, "cancel"), told)
    invariant = Check(MUST, "it was tried", count, "all", invariant=True)
    assert own.occurrences == (1,)
    assert judge_check(invariant, told).occurrences == (1, 2)
