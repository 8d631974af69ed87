"""From a run's outcomes to requirements, items, the decision and the exit status."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.finding import Finding
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.assembly import assemble, shipped_kill_matrix
from conformance.readiness.model import Decision, ItemVerdict, Readiness
from conformance.readiness.waivers import Waiver
from conformance.spec.catalogue import Level, load_catalogue
from fixtures.playing import Played, embedded, modules_named, play_now
from fixtures.records import PAPER, SIMULATED, record

TODAY = date(2026, 1, 2)
MUST = "MOD-41"
SHOULD = next(
    r.id
    for r in load_catalogue()
    if r.level is Level.SHOULD and not r.waits_for and not r.excluded
)


@pytest.fixture(scope="module")
def played() -> Played:
    return play_now(modules_named(("cancel",)), embedded())


def outcome(requirement: str, verdict: Verdict, reason: str = "") -> Outcome:
    bad = verdict in (Verdict.VIOLATED, Verdict.WARNED)
    findings = (Finding("It was cancelled 2 times.", (1,)),) if bad else ()
    return Outcome(
        requirement, "a_check", "cancel", verdict, reason, findings, transcript="cancel"
    )


def waiver(expires: date = date(2027, 1, 1)) -> Waiver:
    return Waiver(MUST, "known", "J. Doe", expires, 1)


def all_met() -> Iterable[Outcome]:
    return [outcome(r.id, Verdict.MET) for r in load_catalogue() if not r.excluded]


def of(played: Played, *outcomes: Outcome, **facts: object) -> RunRecord:
    return record(outcomes, played.transcripts, **facts)  # type: ignore[arg-type]


def standing(readiness: Readiness, requirement: str) -> Verdict:
    return next(r.verdict for r in readiness.requirements if r.id == requirement)


def test_every_requirement_of_the_catalogue_is_told(played: Played) -> None:
    readiness = assemble(of(played, outcome(MUST, Verdict.MET)), (), TODAY)
    assert [r.id for r in readiness.requirements] == [r.id for r in load_catalogue()]
    assert sum(readiness.counts.values()) == len(load_catalogue())
    assert [i.number for i in readiness.items] == list(range(1, 10))


def on(provider: str, requirement: str) -> Outcome:
    return replace(outcome(requirement, Verdict.VIOLATED), provider=provider)


def test_a_blocker_of_brokers_is_run_again_on_these_brokers(played: Played) -> None:
    command = replace(PAPER, kind="command", address="./a gateway")
    judged = (on("saxo", "BRO-55"), on("oanda", "BRO-55"), on("mock", MUST))
    found = assemble(of(played, *judged, subject=command), (), TODAY)
    told = {b.what: b.how_to_prove for b in found.readiness.blockers}
    assert told["BRO-55"].endswith(
        "pytest --gateway-cmd './a gateway' --gateway-provider oanda "
        "--gateway-provider saxo --conformance-requirement BRO-55"
    )
    assert "--gateway-provider" not in told[MUST]


def test_an_order_that_may_exist_twice_is_the_first_blocker(played: Played) -> None:
    judged = (on("oanda", "BRO-55"), on("alpaca", "ORD-83"), on("mock", MUST))
    found = assemble(of(played, *judged), (), TODAY)
    assert found.readiness.blockers[0].what == "ORD-83"


def test_what_nobody_judged_is_not_verified_and_says_what_it_needs(
    played: Played,
) -> None:
    readiness = assemble(of(played, outcome(MUST, Verdict.MET)), (), TODAY)
    told = {r.id: r.reason for r in readiness.having(Verdict.NOT_VERIFIED)}
    assert told["DUT-46"] == "it needs a run with --strategy-cmd"
    assert told["SES-10"] == "it needs a recorded session"
    assert all(told.values())


def test_a_part_of_a_strategys_run_was_told_to_need_a_run_on_a_strategy(
    played: Played,
) -> None:
    subject = replace(PAPER, kind="strategy", strategy="./mine", digest="d")
    readiness = assemble(of(played, subject=subject), (), TODAY)
    told = {r.id: r.reason for r in readiness.having(Verdict.NOT_VERIFIED)}
    assert told["DUT-46"] == "it was not part of this run"


def test_severity_only_rises(played: Played) -> None:
    both = outcome(MUST, Verdict.MET), outcome(MUST, Verdict.VIOLATED)
    assert standing(assemble(of(played, *both), (), TODAY), MUST) is Verdict.VIOLATED
    half = outcome(MUST, Verdict.MET), outcome(MUST, Verdict.NOT_VERIFIED, "no fill")
    assert standing(assemble(of(played, *half), (), TODAY), MUST) is (
        Verdict.NOT_VERIFIED
    )


def test_a_violated_requirement_is_a_blocker_and_its_item_not_met(
    played: Played,
) -> None:
    readiness = assemble(of(played, outcome(MUST, Verdict.VIOLATED)), (), TODAY)
    assert readiness.readiness.verdict is Decision.NOT_READY
    assert readiness.readiness.blockers[0].what == MUST
    named = next(r for r in load_catalogue() if r.id == MUST).items
    for item in readiness.items:
        if item.number in named:
            assert item.verdict is ItemVerdict.NOT_MET


def test_what_could_cost_an_account_blocks_first(played: Played) -> None:
    names = ("CON-40", "ORD-42", "FID-11")
    found = (outcome(name, Verdict.VIOLATED) for name in names)
    readiness = assemble(of(played, *found), (), TODAY)
    blockers = [b.what for b in readiness.readiness.blockers]
    assert blockers[:3] == ["ORD-42", "FID-11", "CON-40"]


def test_no_run_on_a_gateway_alone_proves_readiness(played: Played) -> None:
    readiness = assemble(of(played, *all_met()), (), TODAY)
    assert readiness.readiness.verdict is Decision.NOT_PROVEN
    assert {b.what for b in readiness.readiness.blockers} == {
        "strategy",
        "session",
        "attestations",
    }


def test_an_item_without_a_run_that_it_asks_for_is_not_verified(
    played: Played,
) -> None:
    readiness = assemble(of(played, *all_met()), (), TODAY)
    reasons = {i.number: i.reason for i in readiness.items}
    assert {i.verdict for i in readiness.items} == {ItemVerdict.NOT_VERIFIED}
    assert reasons[2] == ("missing: a strategy's run; a session on a broker's platform")
    assert "an attestation of the review of regulation" in reasons[8]


@pytest.mark.parametrize("subject", [SIMULATED, replace(PAPER, platforms=())])
def test_a_simulation_is_a_drill_and_never_ready(
    played: Played, subject: object
) -> None:
    readiness = assemble(of(played, *all_met(), subject=subject), (), TODAY)
    assert readiness.identity.drill
    assert readiness.readiness.verdict is Decision.NOT_PROVEN
    assert "drill" in {b.what for b in readiness.readiness.blockers}


def test_a_stage_without_items_of_its_own_can_be_ready_and_waived(
    played: Played,
) -> None:
    ready = assemble(of(played, *all_met()), (), TODAY, stage="backtest")
    assert ready.readiness.verdict is Decision.READY
    assert ready.exit_status == 0


class TestWaivers:
    """Waived is violated all the same; an entry that does not hold is red."""

    def test_a_valid_waiver_lets_the_run_end_with_0(self, played: Played) -> None:
        found = of(played, outcome(MUST, Verdict.VIOLATED))
        assert assemble(found, (), TODAY).exit_status == 1
        readiness = assemble(found, (waiver(),), TODAY)
        assert readiness.exit_status == 0
        assert standing(readiness, MUST) is Verdict.VIOLATED

    def test_what_is_ready_but_for_a_waiver_says_so(self, played: Played) -> None:
        rest = [o for o in all_met() if o.requirement != MUST]
        found = of(played, outcome(MUST, Verdict.VIOLATED), *rest)
        readiness = assemble(found, (waiver(),), TODAY, stage="paper-one")
        not_met = [i for i in readiness.items if i.verdict is ItemVerdict.NOT_MET]
        assert not_met
        assert readiness.readiness.verdict is not Decision.READY

    @pytest.mark.parametrize(
        ("verdict", "expires", "said"),
        [
            (Verdict.VIOLATED, date(2026, 1, 1), "expired on 2026-01-01"),
            (Verdict.MET, date(2027, 1, 1), "stale"),
            (Verdict.NOT_VERIFIED, date(2027, 1, 1), "unmatched"),
        ],
    )
    def test_one_that_does_not_hold_ends_the_run_with_1(
        self, played: Played, verdict: Verdict, expires: date, said: str
    ) -> None:
        other = outcome("MOD-10", Verdict.MET)
        found = of(played, outcome(MUST, verdict, "why"), other)
        readiness = assemble(found, (waiver(expires),), TODAY)
        assert readiness.exit_status == 1
        (problem,) = readiness.waiver_problems
        assert said in problem
        assert "J. Doe" in problem


class TestExitStatus:
    """3 outranks 4 and 1; 1 outranks 5; only something measured gives 0."""

    def test_met_is_0(self, played: Played) -> None:
        assert assemble(of(played, outcome(MUST, Verdict.MET)), (), TODAY).run == (
            replace(
                assemble(of(played, outcome(MUST, Verdict.MET)), (), TODAY).run,
                exit_status=0,
            )
        )

    def test_warned_is_0(self, played: Played) -> None:
        both = outcome(MUST, Verdict.MET), outcome(SHOULD, Verdict.WARNED)
        assert assemble(of(played, *both), (), TODAY).exit_status == 0

    @pytest.mark.parametrize("verdict", [Verdict.NOT_VERIFIED, Verdict.NOT_APPLICABLE])
    def test_nothing_decided_is_5(self, played: Played, verdict: Verdict) -> None:
        found = of(played, outcome(MUST, verdict, "no fill"))
        assert assemble(found, (), TODAY).exit_status == 5

    def test_only_a_should_decided_is_5(self, played: Played) -> None:
        found = of(played, outcome(SHOULD, Verdict.MET))
        assert assemble(found, (), TODAY).exit_status == 5

    def test_no_script_played_to_its_end_is_5(self) -> None:
        assert (
            assemble(record([outcome(MUST, Verdict.MET)]), (), TODAY).exit_status == 5
        )

    def test_a_fault_of_ours_outranks_a_violation(self, played: Played) -> None:
        bad = outcome(MUST, Verdict.VIOLATED)
        assert assemble(of(played, bad, faults=("we",)), (), TODAY).exit_status == 3
        ours = outcome("MOD-10", Verdict.SUITE_FAULT, "we")
        assert assemble(of(played, bad, ours), (), TODAY).exit_status == 3

    def test_no_subject_is_4(self) -> None:
        found = record(error="nothing answers", complete=False)
        assert assemble(found, (), TODAY).exit_status == 4

    def test_an_interrupted_run_is_2(self, played: Played) -> None:
        bad = outcome(MUST, Verdict.VIOLATED)
        found = of(played, bad, interrupted=True, complete=False)
        readiness = assemble(found, (), TODAY)
        assert readiness.exit_status == 2
        assert "run" in {b.what for b in readiness.readiness.blockers}

    def test_a_stage_that_is_not_proven_is_5_and_not_ready_1(
        self, played: Played
    ) -> None:
        good = of(played, outcome(MUST, Verdict.MET))
        assert assemble(good, (), TODAY, stage="live-small").exit_status == 5
        bad = of(played, outcome(MUST, Verdict.VIOLATED))
        assert assemble(bad, (), TODAY, stage="live-small").exit_status == 1


def test_the_kill_proof_is_told_beside_its_requirement(played: Played) -> None:
    matrix = {"requirements": {MUST: {"mutants": ["a", "b"], "killed": 2}}}
    found = of(played, outcome(MUST, Verdict.MET))
    readiness = assemble(found, (), TODAY, kill_matrix=matrix)
    proof = next(r.can_fail for r in readiness.requirements if r.id == MUST)
    assert (proof.mutants, proof.killed) == (("a", "b"), 2)
    assert isinstance(shipped_kill_matrix(), dict)


def test_providers_are_told_apart(played: Played) -> None:
    good = replace(outcome(MUST, Verdict.MET), provider="mock")
    bad = replace(outcome(MUST, Verdict.VIOLATED), provider="tektii")
    readiness = assemble(of(played, good, bad), (), TODAY)
    shown = next(r.providers for r in readiness.requirements if r.id == MUST)
    assert shown == {"mock": "met", "tektii": "violated"}


def test_a_gateway_that_was_not_reached_is_told_as_no_simulation() -> None:
    nowhere = replace(PAPER, platforms=())
    ended = record(subject=nowhere, complete=False, error="nothing answers")
    readiness = assemble(ended, (), TODAY)
    assert not readiness.identity.drill
    assert readiness.readiness.verdict is Decision.NOT_PROVEN
    assert assemble(record(subject=nowhere), (), TODAY).identity.drill


def test_the_ten_slowest_scripts_are_told_and_a_session_is_none_of_them() -> None:
    def took(name: str, seconds: float, instance: str = "shared") -> Transcript:
        header = Header(name, instance, "mock", "cf", (), 7, "")
        return Transcript(header, (), Ending(True, seconds=seconds))

    told = [took(f"script-{n}", float(n)) for n in range(12)]
    told.append(took("session-paper", 99.0, "session"))
    run = assemble(record((), told), (), date(2026, 1, 2)).run
    found = [(each.name, each.seconds) for each in run.slowest_scripts]
    assert found == [(f"script-{n}", float(n)) for n in range(11, 1, -1)]
    assert run.slowest_script is not None
    assert run.slowest_script.name == "session-paper"
    assert assemble(record(), (), date(2026, 1, 2)).run.slowest_scripts == ()
