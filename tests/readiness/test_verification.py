"""A report speaks of what it was bound to; what changed names what to play again."""

from dataclasses import replace
from datetime import date

import pytest

from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.assembly import assemble
from conformance.readiness.backing import (
    RunShown,
    Validity,
)
from conformance.readiness.model import (
    Readiness,
)
from conformance.readiness.verification import (
    Look,
    Present,
    State,
    bound_of,
    looks,
)
from fixtures.records import PAPER, record

TODAY = date(2026, 1, 2)
BOUND = {
    "suite": "0.1.0",
    "requirements": "a" * 64,
    "contract": "b" * 64,
    "gateway": "1.2.3 abc1234",
    "strategy": "c" * 64,
    "configuration": "d" * 64,
}
NOW = Present(
    TODAY,
    {k: v for k, v in BOUND.items() if k != "configuration"},
    {"gateway": "give --gateway-url"},
    True,
    (),
)


def report(until: str = "2026-04-01") -> Readiness:
    found = assemble(record([Outcome("MOD-41", "c", "s", Verdict.MET)]), (), TODAY)
    return replace(found, validity=Validity(until, dict(BOUND)))


def told(readiness: Readiness, present: Present) -> dict[str, Look]:
    return {look.what: look for look in looks(readiness, present)}


def test_what_runs_as_it_was_judged_holds() -> None:
    found = told(report(), NOW)
    assert found.pop("configuration").state is State.NOTED
    assert {look.state for look in found.values()} == {State.HOLDS}
    assert not any(look.rerun for look in found.values())


@pytest.mark.parametrize(
    ("name", "what", "again"),
    [
        ("suite", "suite version", "judge its transcripts again"),
        ("requirements", "requirement set", "judge its transcripts again"),
        ("contract", "contract", "judge its transcripts again"),
        ("gateway", "Gateway", "run again: pytest --gateway-url"),
        ("strategy", "strategy", "run again: pytest --gateway-url"),
    ],
)
def test_what_changed_names_both_and_what_to_play_again(
    name: str, what: str, again: str
) -> None:
    present = replace(NOW, bound={**NOW.bound, name: "e" * 64})
    look = told(report(), present)[what]
    assert look.state is State.CHANGED
    assert look.sentence.endswith("was judged, eeeeeeeeeeee is there now")
    assert look.rerun.startswith(again)


@pytest.mark.parametrize("known", ["1.2.3", "1.2.3 unknown"])
def test_a_gateway_that_names_no_build_says_how_little_that_binds(known: str) -> None:
    plain = replace(report(), validity=Validity("2026-04-01", {"gateway": known}))
    look = told(plain, replace(NOW, bound={"gateway": known}))["Gateway"]
    assert look.state is State.HOLDS
    assert look.sentence.endswith("another of this version reads the same")


def test_a_gateway_that_names_no_version_any_more_is_another() -> None:
    present = replace(NOW, bound={**NOW.bound, "gateway": ""})
    look = told(report(), present)["Gateway"]
    assert look.sentence == "1.2.3 abc1234 was judged, nothing named is there now"


def test_only_the_runs_of_what_changed_are_played_again() -> None:
    runs = (
        RunShown("reports/g", "gateway", "http://g", "", True, ""),
        RunShown("reports/s", "strategy", "python s.py", "", True, ""),
    )
    present = replace(NOW, bound={**NOW.bound, "strategy": "e" * 64})
    look = told(replace(report(), runs=runs), present)["strategy"]
    assert look.rerun == "run again: the run in reports/s (strategy python s.py)"


def test_what_nobody_looked_at_does_not_hold() -> None:
    look = told(report(), replace(NOW, bound={"suite": "0.1.0"}))["Gateway"]
    assert (look.state, look.sentence) == (
        State.UNSEEN,
        "1.2.3 abc1234: give --gateway-url",
    )


def test_the_last_day_is_a_day_on_which_it_holds() -> None:
    assert told(report("2026-01-02"), NOW)["last day"].state is State.HOLDS
    late = told(report("2026-01-01"), NOW)["last day"]
    assert (late.state, late.sentence) == (State.CHANGED, "it expired on 2026-01-01")


def test_an_altered_report_and_altered_evidence_show() -> None:
    assert told(report(), replace(NOW, sealed=False))["report"].state is State.CHANGED
    assert told(report(), replace(NOW, sealed=None))["report"].state is State.UNSEEN
    away = told(report(), replace(NOW, evidence=None))["transcripts"]
    assert away.state is State.NOTED
    bad = told(report(), replace(NOW, evidence=("a was altered", "b is missing")))
    assert bad["transcripts"].sentence == "a was altered, and 1 more"
    assert bad["transcripts"].state is State.CHANGED


def test_a_report_of_an_older_version_is_bound_to_what_its_identity_names() -> None:
    plain = replace(report(), validity=None)
    assert bound_of(plain)["gateway"] == "1.2.3 abc1234"
    assert "strategy" not in bound_of(plain)
    assert told(plain, NOW)["last day"].state is State.UNSEEN
    for nothing in ("", "soon"):
        assert told(report(nothing), NOW)["last day"].state is State.UNSEEN
    subject = replace(PAPER, kind="strategy", digest="f" * 64)
    strategy = replace(assemble(record(subject=subject), (), TODAY), validity=None)
    assert bound_of(strategy)["strategy"] == "f" * 64
    assert "gateway" not in bound_of(strategy)
    unnamed = assemble(record(subject=replace(PAPER, version="", git_sha="")))
    assert "gateway" not in bound_of(replace(unnamed, validity=None))


def test_a_report_on_a_gateway_that_names_nothing_was_bound_to_any() -> None:
    nameless = record(subject=replace(PAPER, version="", git_sha=""))
    found = told(assemble(nameless, (), TODAY), NOW)
    assert found["Gateway"].state is State.UNSEEN
