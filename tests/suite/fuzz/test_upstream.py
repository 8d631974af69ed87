"""An Engine that says nonsense: who is blamed, what is loud, what is made up."""

import pytest

from conformance.judge.verdict import Verdict
from conformance.suite.fuzz.upstream_answers import given
from conformance.suite.fuzz.upstream_events import told_spoilt
from fixtures.gateways import mutants
from fixtures.playing import Played, embedded, modules_named, modules_of, play_now

EVENTS = "fuzz-upstream-events"
LATE = "fuzz-upstream-late"
ANSWERS = "fuzz-upstream-answers"


def mutant_played(name: str) -> Played:
    mutant = next(m for m in mutants() if m.name == name)
    return play_now(
        modules_of(mutant), embedded(mutant.gateway), examples=mutant.examples
    )


def findings(played: Played, requirement: str) -> list[str]:
    return [
        finding.sentence
        for outcome in played.outcomes
        if outcome.requirement == requirement and outcome.verdict is Verdict.VIOLATED
        for finding in outcome.findings
    ]


@pytest.fixture(scope="module")
def right() -> Played:
    """The reference, which is right, over an Engine that says much nonsense."""
    return play_now(modules_named((EVENTS, ANSWERS)), embedded(), examples=150)


def test_a_right_gateway_is_loud_or_right_whatever_is_said(right: Played) -> None:
    assert not right.faulted
    assert all(t.ending.complete for t in right.transcripts)


def test_every_spoilt_event_is_followed_until_the_good_one(right: Played) -> None:
    (events,) = [t for t in right.transcripts if t.header.script == EVENTS]
    told = list(told_spoilt(events))
    assert len(told) > 150
    assert all(each.told and each.released for each in told)
    assert any(each.loud for each in told)
    assert any(not each.loud for each in told)


def test_every_operation_is_answered_nonsense(right: Played) -> None:
    (answers,) = [t for t in right.transcripts if t.header.script == ANSWERS]
    asked = {each.operation for each in given(answers)}
    assert asked == {"account", "quote", "positions", "order", "submit"}


def test_what_a_venue_that_lies_says_is_not_held_against_the_gateway() -> None:
    """The invariants took what was rightly passed on for the Gateway's own."""
    played = play_now(modules_named((EVENTS,)), embedded(), examples=150)
    assert not {r for r in played.faulted if not r.startswith("FUZ")}


def test_what_ended_the_gateway_is_named() -> None:
    told = findings(mutant_played("ends-by-an-event"), "FUZ-13")
    assert told
    assert "was there no more" in told[0]


def test_what_is_filled_in_is_told_with_its_name_and_value() -> None:
    told = findings(mutant_played("fills-in-zeros"), "FUZ-52")
    assert told
    assert all(" 0, which the Engine did not say" in t for t in told)


def test_an_answer_that_is_slow_or_overtaken_is_told_by_a_right_gateway() -> None:
    played = play_now(modules_named((LATE,)), embedded())
    assert not played.faulted
    assert {"FUZ-13", "FUZ-54"} <= played.of(Verdict.MET)


def test_an_answer_that_came_late_does_not_replace_a_newer_one() -> None:
    told = findings(mutant_played("serves-the-late"), "FUZ-54")
    assert told
    assert all("did not say when it was asked for this" in t for t in told)
