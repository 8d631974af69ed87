"""What is worse in a second report is told first, and nothing is left out."""

import json
from dataclasses import replace
from datetime import date

import pytest

from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.assembly import assemble
from conformance.readiness.backing import (
    AttestationStanding,
    RunShown,
)
from conformance.readiness.difference import (
    Turn,
    difference,
    incomparable,
    kind_of,
)
from conformance.readiness.model import (
    Decision,
    FailureModeStanding,
    ItemVerdict,
    MetricStanding,
    Readiness,
    StageStanding,
)
from conformance.readiness.stored import readiness_of
from conformance.readiness.waivers import Waiver
from conformance.report.json_report import json_text
from fixtures.records import PAPER, record

TODAY = date(2026, 1, 2)
MUST = "MOD-41"
OTHER = "ORD-10"


def report(*waivers: Waiver, provider: str = "", **verdicts: Verdict) -> Readiness:
    found = [
        Outcome(name.replace("_", "-"), "c", "s", verdict, provider=provider)
        for name, verdict in verdicts.items()
    ]
    return assemble(record(found), waivers, TODAY)


def turns(one: Readiness, other: Readiness) -> list[tuple[str, str, str]]:
    found = difference(one, other).changes
    return [(c.kind, c.name, str(c.turn)) for c in found]


def test_a_report_differs_in_nothing_from_itself() -> None:
    one = report(MOD_41=Verdict.MET)
    found = difference(one, readiness_of(json.loads(json_text(one))))
    assert (found.changes, found.worse) == ((), 0)
    assert found.alike == sum(not r.excluded for r in one.requirements)


BAD_TO_WORSE = (
    Verdict.MET,
    Verdict.WARNED,
    Verdict.NOT_VERIFIED,
    Verdict.VIOLATED,
    Verdict.SUITE_FAULT,
)


@pytest.mark.parametrize("before", BAD_TO_WORSE)
@pytest.mark.parametrize("after", BAD_TO_WORSE)
def test_a_verdict_that_rose_is_worse(before: Verdict, after: Verdict) -> None:
    found = turns(report(MOD_41=before), report(MOD_41=after))
    mine = [turn for kind, name, turn in found if (kind, name) == ("requirement", MUST)]
    rose = BAD_TO_WORSE.index(after) - BAD_TO_WORSE.index(before)
    assert mine == ([] if rose == 0 else ["worse" if rose > 0 else "better"])


def test_what_no_longer_applies_is_neither_better_nor_worse() -> None:
    one, other = report(MOD_41=Verdict.MET), report(MOD_41=Verdict.NOT_APPLICABLE)
    assert ("requirement", MUST, "changed") in turns(one, other)


def test_the_worse_ones_come_first() -> None:
    one = report(MOD_41=Verdict.MET, ORD_10=Verdict.VIOLATED)
    other = report(MOD_41=Verdict.VIOLATED, ORD_10=Verdict.MET)
    order = [turn for _, _, turn in turns(one, other)]
    assert order == sorted(order, key=["worse", "better", "changed"].index)
    assert {"worse", "better"} <= set(order)


def test_an_item_and_the_decision_that_fell_are_told() -> None:
    found = turns(report(MOD_41=Verdict.MET), report(MOD_41=Verdict.VIOLATED))
    assert ("stage", "live-small", "worse") in found
    assert any(kind == "item" and turn == "worse" for kind, _, turn in found)


def test_one_provider_that_broke_it_is_told_though_the_verdict_stayed() -> None:
    one, other = report(MOD_41=Verdict.MET), report(MOD_41=Verdict.MET)

    def with_provider(readiness: Readiness, verdict: str) -> Readiness:
        rows = (
            replace(r, providers={"mock": verdict} if r.id == MUST else {})
            for r in readiness.requirements
        )
        return replace(readiness, requirements=tuple(rows))

    found = turns(with_provider(one, "met"), with_provider(other, "violated"))
    assert found == [("requirement", MUST, "worse")]


def test_a_waiver_that_ended_is_worse_and_one_that_came_is_told() -> None:
    bad = {"MOD_41": Verdict.VIOLATED}
    valid = Waiver(MUST, "known", "J. Doe", date(2027, 1, 1), 1)
    ended = replace(valid, expires=date(2026, 1, 1))
    assert ("waiver", MUST, "worse") in turns(
        report(valid, **bad), report(ended, **bad)
    )
    assert ("waiver", MUST, "changed") in turns(report(**bad), report(valid, **bad))


def test_stages_failure_modes_and_metrics_are_compared_where_both_have_them() -> None:
    made = report(MOD_41=Verdict.MET)
    plain = replace(made, stages=None, failure_modes=None, metrics=None)

    def told(
        decision: Decision, verdict: ItemVerdict, value: str, *sessions: str
    ) -> Readiness:
        return replace(
            plain,
            stages=(StageStanding("paper-one", "P", decision, (), ()),),
            failure_modes=(FailureModeStanding("stuck", "S", verdict, "", ()),),
            metrics=tuple(
                MetricStanding("slippage", "S", "r", verdict, value, 3, name, "")
                for name in sessions
            ),
        )

    good = told(Decision.READY, ItemVerdict.MET, "1 bps", "monday")
    bad = told(Decision.NOT_READY, ItemVerdict.NOT_MET, "9 bps", "tuesday")
    found = {(c.kind, c.turn): c for c in difference(good, bad).changes}
    assert (found["metric", Turn.WORSE].before, found["metric", Turn.WORSE].after) == (
        "met (1 bps of 3)",
        "not met (9 bps of 3)",
    )
    assert ("stage", Turn.WORSE) in found
    assert ("failure mode", Turn.WORSE) in found
    otherwise = told(Decision.READY, ItemVerdict.MET, "2 bps", "tuesday")
    assert turns(good, otherwise) == [("metric", "slippage (tuesday)", "changed")]
    two = told(Decision.READY, ItemVerdict.MET, "1 bps", "monday", "tuesday")
    assert turns(two, two) == []
    assert turns(plain, replace(plain, failure_modes=good.failure_modes)) == []


def test_a_statement_that_holds_no_longer_is_worse() -> None:
    plain = report(MOD_41=Verdict.MET)

    def stated(state: str) -> Readiness:
        told = AttestationStanding(
            8, "review", "The review", "", "J. Doe", "", {}, "", "", {}, "", state, ""
        )
        return replace(plain, attestations=(told,))

    assert turns(stated("valid"), stated("expired")) == [
        ("statement", "review", "worse")
    ]
    assert turns(stated("missing"), stated("valid")) == [
        ("statement", "review", "better")
    ]
    assert turns(stated("missing"), stated("expired")) == [
        ("statement", "review", "changed")
    ]
    assert turns(stated("valid"), stated("valid")) == []
    assert turns(replace(plain, attestations=None), stated("valid")) == []


def test_what_is_there_in_one_report_alone_is_told() -> None:
    one = report(MOD_41=Verdict.MET)
    other = replace(
        one, requirements=tuple(r for r in one.requirements if r.id != MUST)
    )
    (change,) = difference(one, other).changes
    assert (change.before, change.after, change.turn) == (
        "met",
        "not there",
        Turn.CHANGED,
    )


def test_reports_on_other_things_are_incomparable() -> None:
    one = report(MOD_41=Verdict.MET)
    assert incomparable(one, one) == ()
    identity = replace(one.identity, requirement_set="x", contract_sha256="y")
    strategy = assemble(record(subject=replace(PAPER, kind="strategy")), (), TODAY)
    why = incomparable(strategy, replace(one, identity=identity))
    assert [line.split(" is ")[0] for line in why] == [
        "the subject",
        "the requirement set",
        "the contract",
    ]


def test_a_decision_on_several_runs_is_of_another_kind_than_one_run() -> None:
    one = report(MOD_41=Verdict.MET)
    shown = RunShown("a", "gateway", "", "", True, "")
    both = (shown, replace(shown, subject="strategy"))
    assert kind_of(replace(one, runs=both)) == "gateway and strategy"
    assert kind_of(replace(one, runs=(shown,))) == "gateway"
    pair = replace(one.identity, gateway=replace(one.identity.gateway, kind="pair"))
    assert kind_of(replace(one, identity=pair)) == "pair"
