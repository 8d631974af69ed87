"""Complete evidence reads READY for live-small; each missing or bad piece does not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from conformance import __version__
from conformance.judge.finding import Finding
from conformance.judge.record import SubjectFacts
from conformance.judge.session.model import Spread
from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.assembly import decided
from conformance.readiness.backing import (
    HostFact,
)
from conformance.readiness.dossier import Dossier, Run
from conformance.readiness.model import (
    Decision,
    ItemVerdict,
    Readiness,
)
from conformance.readiness.waivers import Waiver
from conformance.spec.catalogue import requirement
from conformance.spec.checklist import checklist
from conformance.spec.profile import Drawdown
from conformance.spec.tolerances import Fees
from fixtures.dossiers import (
    COMMAND,
    DAY,
    HOST,
    OTHER,
    PROFILE,
    STRATEGY,
    attestations,
    comparison,
    complete,
    gateway_run,
    numbers,
    round_trip,
    saying,
    session,
    strategy_run,
)
from fixtures.records import PAPER, SIMULATED, record

READY, WAIVED = Decision.READY, Decision.READY_WITH_WAIVERS
NOT_READY, NOT_PROVEN = Decision.NOT_READY, Decision.NOT_PROVEN
BACKTEST = session("backtest", "backtest")
SAFETY, HARMLESS, DUTY, OF_SESSION = "ORD-42", "CON-40", "DUT-60", "SES-17"


def judged(dossier: Dossier, stage: str = "live-small", on: date = DAY) -> Readiness:
    return decided(dossier, on, stage)[0]


def outcome(name: str, verdict: Verdict, reason: str = "it did not occur") -> Outcome:
    bad = verdict in (Verdict.VIOLATED, Verdict.WARNED)
    found = (Finding("It was sent twice.", (1,)),) if bad else ()
    told = "" if bad else reason
    return Outcome(name, "a_check", "script", verdict, told, found)


def gateway(name: str, verdict: Verdict) -> Dossier:
    return complete(
        runs=(saying(gateway_run(), outcome(name, verdict)), strategy_run())
    )


def strategy(name: str, verdict: Verdict) -> Dossier:
    return complete(
        runs=(gateway_run(), saying(strategy_run(), outcome(name, verdict)))
    )


def paper(**facts: object) -> Dossier:
    return complete(sessions=(BACKTEST, session(**facts)))  # type: ignore[arg-type]


def showing(**facts: object) -> Dossier:
    return paper(numbers=replace(numbers(), **facts))  # type: ignore[arg-type]


def session_says(name: str, verdict: Verdict) -> Dossier:
    whole = session().outcomes
    kept = tuple(o for o in whole if o.requirement != name)
    return paper(outcomes=(*kept, outcome(name, verdict)))


def of(run: Run, **facts: object) -> Run:
    changed = {"started": run.record.started, **facts}
    return replace(run, record=replace(run.record, **changed))  # type: ignore[arg-type]


def subject(**facts: object) -> Dossier:
    """The same evidence, the Gateway's run on another subject."""
    given = replace(PAPER, **facts)  # type: ignore[arg-type]
    return complete(runs=(of(gateway_run(), subject=given), strategy_run()))


def stated(name: str, **facts: object) -> Dossier:
    return complete(attestations=attestations(name, **facts))


def valued(name: str, **values: object) -> Dossier:
    given = attestations().of(name)
    assert given is not None
    return stated(name, values={**given.values, **values})


def modelled(model: str, **rates: str) -> Dossier:
    return stated("fee-schedule", values={"model": model, "currency": "USD", **rates})


def scoped(name: str, **scope: str) -> Dossier:
    given = attestations().of(name)
    assert given is not None
    return stated(name, scope={**given.scope, **scope})


def two_symbols() -> Dossier:
    trips = (
        *(round_trip(n) for n in range(20)),
        *(round_trip(n, symbol="ETH/USD") for n in range(20, 40)),
    )
    return showing(round_trips=trips)


def scripted() -> Dossier:
    trips = tuple(replace(round_trip(n), scripted=n < 11) for n in range(40))
    return showing(round_trips=trips)


def charged(total: str) -> Dossier:
    symbol = replace(numbers().symbols[0], commission=Decimal(total))
    return showing(symbols=(symbol,), commission={"USD": Decimal(total)})


@dataclass(frozen=True)
class Case:
    """A change of the complete evidence, and the blocker that it must give."""

    name: str
    made: Callable[[], Dossier]
    verdict: Decision
    what: str
    said: str = ""


LATER = DAY + timedelta(1)
CASES = (
    # --- something is not there
    Case("no run on the Gateway", lambda: complete(runs=(strategy_run(),)),
         NOT_PROVEN, "gateway", "No run judged the Gateway"),
    Case("no run of the strategy", lambda: complete(runs=(gateway_run(),)),
         NOT_PROVEN, "strategy", "No run judged the strategy"),
    Case("no session", lambda: complete(sessions=(), comparisons=()),
         NOT_PROVEN, "session", "No session was recorded"),
    Case("only a backtest", lambda: complete(sessions=(BACKTEST,), comparisons=()),
         NOT_PROVEN, "session", "No session was recorded"),
    Case("29 round trips", lambda: paper(numbers=numbers(29)),
         NOT_PROVEN, "round trips", "29 round trips"),
    Case("30 round trips on two instruments", two_symbols,
         NOT_PROVEN, "round trips", "20 round trips"),
    Case("round trips of our own scripts", scripted,
         NOT_PROVEN, "round trips", "29 round trips"),
    Case("six days", lambda: paper(numbers=numbers(days=6)),
         NOT_PROVEN, "days on paper", "6.0 days"),
    Case("a symbol that was never traded",
         lambda: complete(profile=replace(PROFILE, symbols=("BTC/USD", "ETH/USD"))),
         NOT_PROVEN, "universe", "ETH/USD"),
    Case("no comparison", lambda: complete(comparisons=()),
         NOT_PROVEN, "comparison", "were not compared"),
    Case("a comparison that decides nothing",
         lambda: complete(comparisons=(comparison("undecided"),)),
         NOT_PROVEN, "comparison", "too few trades"),
    Case("no attestations", lambda: complete(attestations=None),
         NOT_PROVEN, "attestations", "8 statements are missing"),
    Case("a Gateway of no known build", lambda: complete(
            runs=(of(gateway_run(), subject=replace(PAPER, git_sha="unknown")),
                  strategy_run()),
            sessions=(BACKTEST, session(git_sha="unknown"))),
         NOT_PROVEN, "gateway build", "which build"),
    # --- something is undecided
    Case("a Gateway's requirement not verified",
         lambda: gateway(HARMLESS, Verdict.NOT_VERIFIED),
         NOT_PROVEN, "gateway requirements", HARMLESS),
    Case("a fault of the suite", lambda: gateway(HARMLESS, Verdict.SUITE_FAULT),
         NOT_PROVEN, "gateway requirements", HARMLESS),
    Case("a duty not verified", lambda: strategy(DUTY, Verdict.NOT_VERIFIED),
         NOT_PROVEN, "strategy requirements", DUTY),
    Case("a session's requirement not verified",
         lambda: session_says(OF_SESSION, Verdict.NOT_VERIFIED),
         NOT_PROVEN, "session requirements", OF_SESSION),
    # --- something is violated
    Case("a safety requirement violated", lambda: gateway(SAFETY, Verdict.VIOLATED),
         NOT_READY, SAFETY, "sent twice"),
    Case("another requirement violated", lambda: gateway(HARMLESS, Verdict.VIOLATED),
         NOT_READY, HARMLESS, "sent twice"),
    Case("a duty violated", lambda: strategy(DUTY, Verdict.VIOLATED),
         NOT_READY, DUTY, "sent twice"),
    Case("a session's requirement violated",
         lambda: session_says(OF_SESSION, Verdict.VIOLATED),
         NOT_READY, OF_SESSION, "sent twice"),
    Case("paper diverges from the backtest",
         lambda: complete(comparisons=(comparison("beyond"),)),
         NOT_READY, "comparison", "beyond the declared"),
    # --- it does not belong together
    Case("a session of another strategy", lambda: paper(strategy_sha256=OTHER),
         NOT_PROVEN, "session", "made for another strategy"),
    Case("a session that does not say of which", lambda: paper(strategy_sha256=""),
         NOT_PROVEN, "session", "does not say which strategy"),
    Case("a session on another Gateway", lambda: paper(git_sha="fffffff"),
         NOT_PROVEN, "session", "made for another Gateway"),
    Case("a run under another contract", lambda: complete(
            runs=(replace(gateway_run(), contract_sha256=OTHER), strategy_run())),
         NOT_PROVEN, "run", "another contract"),
    Case("a run on another Gateway", lambda: complete(
            runs=(gateway_run(), strategy_run(),
                  replace(of(gateway_run(), started="2026-11-19T00:00:00+00:00",
                             subject=replace(PAPER, git_sha="fffffff")),
                          folder="runs/old"))),
         NOT_PROVEN, "run", "runs/old was used: it was made for another Gateway"),
    Case("an older run of another strategy", lambda: complete(
            runs=(gateway_run(), strategy_run(),
                  replace(of(strategy_run(), started="2026-11-19T00:00:00+00:00",
                             subject=replace(strategy_run().record.subject,
                                             digest=OTHER)),
                          folder="runs/old"))),
         NOT_PROVEN, "run", "runs/old was used: it was made for another strategy"),
    # --- it is not whole, or old
    Case("a run that was cut short", lambda: complete(
            runs=(of(gateway_run(), complete=False, interrupted=True),
                  strategy_run())),
         NOT_PROVEN, "run", "interrupted"),
    Case("a run of a part", lambda: complete(
            runs=(of(gateway_run(), complete=False, partial=True), strategy_run())),
         NOT_PROVEN, "run", "only a part"),
    Case("an old run", lambda: complete(
            runs=(of(gateway_run(), started="2026-10-20T10:00:00+00:00"),
                  strategy_run())),
         NOT_PROVEN, "run", "older than 30 days"),
    Case("an old session", lambda: paper(ended="2026-10-01T00:00:00+00:00"),
         NOT_PROVEN, "session", "older than 30 days"),
    # --- it is a drill
    Case("our own Gateway", lambda: subject(kind="embedded"),
         NOT_PROVEN, "drill"),
    Case("our own Gateway under a paper label",
         lambda: complete(
            runs=(of(gateway_run(), subject=replace(
                PAPER, version=__version__, git_sha="unknown")), strategy_run()),
            sessions=(BACKTEST, session(version=__version__, git_sha="unknown"))),
         NOT_PROVEN, "drill"),
    Case("a mock that runs somewhere", lambda: subject(platforms=("mock",)),
         NOT_PROVEN, "drill"),
    Case("a Gateway with no platform", lambda: subject(platforms=()),
         NOT_PROVEN, "drill"),
    Case("a session on a mock", lambda: complete(
            sessions=(BACKTEST, session(), session("other", "mock"))),
         NOT_PROVEN, "drill"),
    Case("a sample session", lambda: paper(sample=True), NOT_PROVEN, "drill"),
    Case("a session on the suite's own Gateway", lambda: paper(reference=True),
         NOT_PROVEN, "drill"),
    # --- evidence speaks against what was stated
    Case("a deeper drawdown than the limit",
         lambda: showing(maximum_drawdown=Decimal("0.12")),
         NOT_READY, "attestation drawdown-limits", "12 percent"),
    Case("another limit than the profile's",
         lambda: complete(profile=replace(PROFILE, drawdown=Drawdown(Decimal(20)))),
         NOT_READY, "attestation drawdown-limits", "20 percent"),
    Case("more margin than stated", lambda: showing(peak_margin=Decimal("0.5")),
         NOT_READY, "attestation margin-rules", "50 percent"),
    Case("higher fees than the schedule's", lambda: charged("20"),
         NOT_READY, "attestation fee-schedule", "charged 20"),
    Case("lower fees than the schedule's", lambda: charged("1"),
         NOT_READY, "attestation fee-schedule", "charged 1 "),
    Case("fees in another currency",
         lambda: showing(commission={"BNB": Decimal(1)}),
         NOT_READY, "attestation fee-schedule", "BNB"),
    Case("other fees than the profile's",
         lambda: complete(profile=replace(PROFILE, fees=Fees(Decimal("0.3")))),
         NOT_READY, "attestation fee-schedule", "the profile has 0.3"),
    Case("a fee for each order that is not the stated one",
         lambda: modelled("per-order", per_order="0.01"),
         NOT_READY, "attestation fee-schedule", "charged 12 for 80 of BTC/USD"),
    Case("a fee for each share that is not the stated one",
         lambda: modelled("per-share", per_share="0.3"),
         NOT_READY, "attestation fee-schedule", "by the schedule it is 24 to 24"),
    Case("commissions where there is but a spread", lambda: modelled("spread-only"),
         NOT_READY, "attestation fee-schedule", "by the schedule it is 0 to 0"),
    Case("a backtest without the broker's fees",
         lambda: valued("backtest-costs", commission_percent="0.05"),
         NOT_READY, "attestation backtest-costs", "0.05 percent"),
    Case("a laptop", lambda: complete(
            host=(*HOST, HostFact("battery", "96 percent", "it runs on a battery"))),
         NOT_READY, "attestation host", "battery"),
    # --- a statement has not all that it must
    Case("an old drill",
         lambda: valued("kill-switches", first_drill="2026-08-01"),
         NOT_PROVEN, "attestation kill-switches", "older than 90 days"),
    Case("a drill in the future",
         lambda: valued("kill-switches", second_drill="2026-12-24"),
         NOT_PROVEN, "attestation kill-switches", "in the future"),
    Case("one kill switch twice",
         lambda: valued("kill-switches", second="SIGTERM", first="SIGTERM"),
         NOT_PROVEN, "attestation kill-switches", "must differ"),
    Case("a backtest in a bull market",
         lambda: valued("backtest-regimes", regimes=("bull", "sideways")),
         NOT_PROVEN, "attestation backtest-regimes", "no bear market"),
    Case("a fee schedule without its rates",
         lambda: stated("fee-schedule", values={"model": "per-share",
                                                "currency": "USD"}),
         NOT_READY, "attestation fee-schedule", "by the schedule it is 0"),
)  # fmt: skip


OUTRANKING = {"a run that was cut short": 2, "a fault of the suite": 3}


def test_complete_evidence_is_ready_for_live_small() -> None:
    readiness = judged(complete())
    assert readiness.readiness.verdict is READY
    assert readiness.readiness.blockers == ()
    assert readiness.exit_status == 0
    assert {i.verdict for i in readiness.items} == {ItemVerdict.MET}
    assert readiness.failure_modes is not None
    assert {m.verdict for m in readiness.failure_modes} == {ItemVerdict.MET}
    assert readiness.next_stage == "live-full"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_missing_or_bad_piece_is_a_blocker(case: Case) -> None:
    readiness = judged(case.made())
    found = [b for b in readiness.readiness.blockers if b.what == case.what]
    assert found, [b.what for b in readiness.readiness.blockers]
    assert any(case.said in b.sentence for b in found), found
    assert all(b.consequence and b.how_to_prove for b in found)
    assert readiness.readiness.verdict is case.verdict
    usual = 1 if case.verdict is NOT_READY else 5
    assert readiness.exit_status == OUTRANKING.get(case.name, usual)


WANTED = [name for item in checklist().items for name in item.attested] + [
    "backtest-regimes",
    "backtest-costs",
]


@pytest.mark.parametrize("name", WANTED)
class TestStatements:
    """Every statement that live-small asks for is looked at."""

    @staticmethod
    def test_one_that_is_missing_blocks(name: str) -> None:
        readiness = judged(complete(attestations=attestations(name)))
        (blocker,) = readiness.readiness.blockers
        assert blocker.what == "attestations"
        assert name in blocker.sentence
        assert readiness.readiness.verdict is NOT_PROVEN

    @staticmethod
    @pytest.mark.parametrize(
        ("facts", "state"),
        [
            ({"expires": DAY - timedelta(1)}, "expired"),
            ({"dated": DAY - timedelta(500)}, "expired"),
            ({"dated": LATER}, "not yet"),
            ({"seen_sha256": OTHER}, "evidence changed"),
            ({"seen_sha256": ""}, "evidence missing"),
        ],
    )
    def test_one_that_does_not_count_blocks(
        name: str, facts: dict[str, object], state: str
    ) -> None:
        readiness = judged(stated(name, **facts))
        (blocker,) = readiness.readiness.blockers
        assert blocker.what == f"attestation {name}"
        assert state in blocker.sentence
        assert readiness.readiness.verdict is NOT_PROVEN

    @staticmethod
    @pytest.mark.parametrize(
        ("scope", "state"),
        [
            ({"strategy_sha256": OTHER}, "of another strategy"),
            ({"account": "PA-2"}, "of another account"),
            ({"broker": "oanda"}, "of another broker"),
        ],
    )
    def test_one_that_speaks_of_another_blocks(
        name: str, scope: dict[str, str], state: str
    ) -> None:
        readiness = judged(scoped(name, **scope))
        (blocker,) = readiness.readiness.blockers
        assert state in blocker.sentence
        assert readiness.readiness.verdict is NOT_PROVEN


def test_a_waived_violation_is_ready_with_waivers_and_its_item_not_met() -> None:
    waiver = Waiver(HARMLESS, "known", "J. Doe", DAY + timedelta(3), 1)
    made = replace(gateway(HARMLESS, Verdict.VIOLATED), waivers=(waiver,))
    readiness = judged(made)
    assert readiness.readiness.verdict is WAIVED
    assert readiness.exit_status == 0
    for number in requirement(HARMLESS).items:
        assert readiness.items[number - 1].verdict is ItemVerdict.NOT_MET
    assert readiness.validity is not None
    assert readiness.validity.until == "2026-12-02"
    assert readiness.validity.why == f"the waiver of {HARMLESS}"


def test_an_expired_waiver_blocks() -> None:
    waiver = Waiver(HARMLESS, "known", "J. Doe", DAY - timedelta(1), 1)
    made = replace(gateway(HARMLESS, Verdict.VIOLATED), waivers=(waiver,))
    assert judged(made).readiness.verdict is NOT_READY


@pytest.mark.parametrize(
    ("model", "rates"),
    [
        ("per-order", {"per_order": "0.15"}),
        ("per-share", {"per_share": "0.14"}),
        ("per-share", {"per_share": "0.01", "minimum": "0.15"}),
        ("maker-taker", {"maker_percent": "0", "taker_percent": "0.16"}),
    ],
)
def test_commissions_as_the_schedule_says_contradict_nothing(
    model: str, rates: dict[str, str]
) -> None:
    made = replace(modelled(model, **rates), comparisons=(comparison(),))
    told = {a.statement: a.state for a in judged(made).attestations or ()}
    assert told["fee-schedule"] == "valid"


@pytest.mark.parametrize("value", ["unknown", "not told: --pid or --unit names it"])
def test_what_nobody_told_of_the_host_contradicts_no_statement(value: str) -> None:
    fact = HostFact("service", value, "nobody said which process it is")
    report = judged(replace(complete(), host=(*HOST, fact)))
    assert report.readiness.verdict is READY


def test_a_paper_platform_that_charges_nothing_contradicts_no_schedule() -> None:
    told = {a.statement: a.state for a in judged(charged("0")).attestations or ()}
    assert told["fee-schedule"] == "valid"


def test_statements_that_fail_for_one_reason_are_told_as_one() -> None:
    given = attestations()
    rows = tuple(replace(row, expires=DAY - timedelta(1)) for row in given.rows)
    made = complete(attestations=replace(given, rows=rows))
    (blocker,) = judged(made).readiness.blockers
    assert blocker.what == "attestations"
    assert "8 statements (drawdown-limits, kill-switches" in blocker.sentence


def test_what_cannot_be_compared_without_a_session_is_told_once() -> None:
    readiness = judged(complete(sessions=(), comparisons=()))
    assert [b.what for b in readiness.readiness.blockers] == ["session"]
    stages = {s.name: s for s in readiness.stages or ()}
    named = [b.what for b in stages["live-full"].blockers]
    assert named == ["session", "live session"]


def test_the_shortest_command_names_what_was_judged() -> None:
    command = replace(SIMULATED, kind="command", address="./gateway --fast")
    runs = (of(gateway_run(), subject=command),)
    told = judged(complete(runs=runs, sessions=(), comparisons=()))
    how = {b.what: b.how_to_prove for b in told.readiness.blockers}
    named = "--strategy-cmd 'python strategy.py' --strategy-profile strategy.toml"
    assert how["strategy"] == f"pytest {named}"
    assert named in how["session"]
    late = saying(gateway_run(), outcome(HARMLESS, Verdict.NOT_VERIFIED, "needs x"))
    open_ = of(late, subject=command)
    told = judged(complete(runs=(open_, strategy_run())))
    (blocker,) = (
        b for b in told.readiness.blockers if b.what == "gateway requirements"
    )
    assert blocker.how_to_prove == "pytest --gateway-cmd './gateway --fast'"
    fuzz = outcome(HARMLESS, Verdict.NOT_VERIFIED, "needs --gateway-fuzz")
    told = judged(complete(runs=(saying(gateway_run(), fuzz), strategy_run())))
    (blocker,) = told.readiness.blockers
    assert blocker.how_to_prove.endswith("http://gateway.example:8080 --gateway-fuzz")


def test_brokers_are_never_to_be_played_below_a_gateway_that_runs() -> None:
    """`--gateway-provider` with `--gateway-url` ends with status 4."""
    brokers = outcome(HARMLESS, Verdict.NOT_VERIFIED, "needs --gateway-provider oanda")
    told = judged(complete(runs=(saying(gateway_run(), brokers), strategy_run())))
    (blocker,) = told.readiness.blockers
    running, _, beside = blocker.how_to_prove.partition(", and ")
    assert "--gateway-provider" not in running
    assert beside == "pytest --gateway-cmd COMMAND --gateway-provider all"
    command = replace(SIMULATED, kind="command", address="./gateway")
    run = of(saying(gateway_run(), brokers), subject=command)
    told = judged(complete(runs=(run, strategy_run())))
    how = {b.what: b.how_to_prove for b in told.readiness.blockers}
    alone = "pytest --gateway-cmd ./gateway --gateway-provider all"
    assert how["gateway requirements"] == alone


def test_a_violation_that_speaks_of_nothing_in_particular_has_its_cost_too() -> None:
    told = judged(strategy("DUT-10", Verdict.VIOLATED))
    assert requirement("DUT-10").items == requirement("DUT-10").failure_modes == ()
    assert told.readiness.blockers[0].consequence.startswith("What the Gateway tells")


def test_a_strategy_is_judged_again_by_its_script() -> None:
    bad = replace(
        outcome(DUTY, Verdict.VIOLATED), script="strategy-script",
        transcript="strategy-script",
    )  # fmt: skip
    told = judged(complete(runs=(gateway_run(), saying(strategy_run(), bad))))
    (row,) = (r for r in told.requirements if r.id == DUTY)
    assert row.findings[0].reproduce == (
        "pytest --strategy-cmd 'python strategy.py' --strategy-profile strategy.toml "
        "gateway-conformance/strategy-script"
    )


def test_a_pair_is_a_run_on_both() -> None:
    both = SubjectFacts(
        "pair", "./gateway", PAPER.version, PAPER.git_sha, digest=STRATEGY,
        strategy=COMMAND,
    )  # fmt: skip
    bad = replace(
        outcome(DUTY, Verdict.VIOLATED), script="strategy-script",
        transcript="strategy-script",
    )  # fmt: skip
    pair = of(saying(strategy_run(), bad), subject=both)
    told = judged(complete(runs=(gateway_run(), pair)))
    assert told.identity.strategy is not None
    assert told.identity.strategy.command == COMMAND
    (row,) = (r for r in told.requirements if r.id == DUTY)
    assert row.findings[0].reproduce == (
        "pytest --strategy-cmd 'python strategy.py' --strategy-profile strategy.toml "
        "--gateway-cmd ./gateway gateway-conformance/strategy-script"
    )
    assert not told.identity.drill
    ours = of(pair, subject=replace(both, address="embedded"))
    assert judged(complete(runs=(gateway_run(), ours))).identity.drill
    alone = judged(complete(runs=(of(strategy_run(), subject=both),)), "paper-one")
    (missing,) = alone.readiness.blockers
    assert missing.what == "gateway"
    assert missing.how_to_prove == "pytest --gateway-cmd ./gateway"
    other = of(pair, subject=replace(both, git_sha="fffffff"))
    told = judged(complete(runs=(gateway_run(), strategy_run(), other)))
    assert any("another Gateway" in b.sentence for b in told.readiness.blockers)


class TestMetrics:
    """The four metrics have the verdict of their requirement in each session."""

    def test_each_session_tells_its_four(self) -> None:
        told = judged(complete()).metrics or ()
        rows = {(m.session, m.name): m for m in told}
        assert len(rows) == 8
        rate = rows["paper", "rejection-rate"]
        assert (rate.value, rate.verdict) == ("0 percent of orders", ItemVerdict.MET)
        slippage = rows["paper", "slippage"]
        assert slippage.value == "median 1 bps, 99th percentile 4 bps"
        assert slippage.sample == 80
        latency = rows["paper", "round-trip-latency"]
        assert latency.verdict is ItemVerdict.NOT_VERIFIED
        assert "without a verdict" in latency.reason
        assert rows["paper", "trades-per-day"].value == "4.44 a day"

    def test_a_bad_one_says_what_was_found(self) -> None:
        told = judged(session_says("SES-17", Verdict.VIOLATED)).metrics or ()
        bad = next(
            m for m in told if (m.session, m.name) == ("paper", "rejection-rate")
        )
        assert (bad.verdict, bad.reason) == (ItemVerdict.NOT_MET, "It was sent twice.")

    def test_what_nothing_measured_is_empty_and_not_verified(self) -> None:
        empty = replace(
            numbers(),
            slippage=Spread("bps"),
            latency_last_fill=Spread("ms", 1, median=Decimal(80)),
            rejection_rate=None,
            trades_per_day=None,
        )
        told = judged(paper(numbers=empty, outcomes=())).metrics or ()
        rows = {m.name: m for m in told if m.session == "paper"}
        assert rows["slippage"].value == ""
        assert rows["trades-per-day"].value == "less than a day was recorded"
        assert rows["rejection-rate"].value == ""
        assert rows["round-trip-latency"].value == "median 80 ms"
        assert rows["slippage"].verdict is ItemVerdict.NOT_VERIFIED
        assert rows["slippage"].reason == "SES-18 was not decided in this session"

    def test_without_a_session_each_says_what_it_needs(self) -> None:
        told = judged(complete(sessions=(), comparisons=())).metrics or ()
        assert {m.reason for m in told} == {"it needs a recorded session"}
        assert len(told) == 4


def test_a_warning_blocks_nothing() -> None:
    should = "ORD-51"
    assert judged(gateway(should, Verdict.WARNED)).readiness.verdict is READY


class TestStages:
    """Each stage asks for its own evidence, and for that of the stages before."""

    @staticmethod
    def verdicts(dossier: Dossier) -> dict[str, Decision]:
        stages = judged(dossier).stages
        assert stages is not None
        return {stage.name: stage.verdict for stage in stages}

    def test_a_run_on_a_gateway_alone_may_enter_the_backtest(self) -> None:
        found = self.verdicts(Dossier(runs=(gateway_run(),)))
        assert found["backtest"] is READY
        assert found["paper-one"] is NOT_PROVEN

    def test_paper_one_asks_for_no_session(self) -> None:
        found = self.verdicts(complete(sessions=(), comparisons=()))
        assert found["paper-one"] is READY
        assert found["paper-all"] is NOT_PROVEN

    def test_paper_one_asks_for_the_backtests_statements(self) -> None:
        found = self.verdicts(complete(attestations=attestations("backtest-costs")))
        assert found["backtest"] is READY
        assert found["paper-one"] is NOT_PROVEN

    def test_paper_one_asks_for_no_duty_beyond_items_2_to_5(self) -> None:
        assert requirement("DUT-73").items == (6,)
        found = self.verdicts(strategy("DUT-73", Verdict.NOT_VERIFIED))
        assert found["paper-one"] is found["paper-all"] is READY
        assert found["live-small"] is NOT_PROVEN

    def test_paper_all_asks_for_no_weeks_and_no_comparison(self) -> None:
        short = paper(numbers=numbers(days=2))
        found = self.verdicts(replace(short, comparisons=()))
        assert found["paper-all"] is READY
        assert found["live-small"] is NOT_PROVEN

    def test_live_full_asks_for_live_as_paper(self) -> None:
        both = (comparison(), comparison(one="paper", other="live"))
        sessions = (BACKTEST, session(), session("live", "live"))
        dossier = complete(sessions=sessions, comparisons=both)
        assert set(self.verdicts(dossier).values()) == {READY}
        without = replace(dossier, comparisons=both[:1])
        assert self.verdicts(without)["live-full"] is NOT_PROVEN
        assert judged(dossier).next_stage is None

    def test_what_must_not_advance_blocks_every_stage(self) -> None:
        for dossier in (
            gateway(HARMLESS, Verdict.VIOLATED),
            complete(comparisons=(comparison("beyond"),)),
        ):
            assert set(self.verdicts(dossier).values()) == {NOT_READY}

    def test_nothing_at_all_is_not_proven(self) -> None:
        assert set(self.verdicts(Dossier()).values()) == {NOT_PROVEN}


def test_a_run_in_which_nothing_was_decided_is_not_proven_for_any_stage() -> None:
    """It read READY for the backtest, where every requirement was left undecided."""
    nothing = record([outcome(HARMLESS, Verdict.NOT_VERIFIED)])
    readiness = judged(Dossier(runs=(Run(nothing),)), "backtest", date(2026, 1, 3))
    assert readiness.readiness.verdict is NOT_PROVEN
    (blocker,) = readiness.readiness.blockers
    assert "nothing was measured" in blocker.sentence


def test_the_gravest_blocker_is_told_first() -> None:
    runs = (
        saying(
            gateway_run(),
            outcome(HARMLESS, Verdict.VIOLATED),
            outcome(SAFETY, Verdict.VIOLATED),
            outcome("CON-41", Verdict.NOT_VERIFIED),
        ),
    )
    found = judged(complete(runs=runs, attestations=None)).readiness.blockers
    assert [b.what for b in found] == [
        SAFETY,
        HARMLESS,
        "strategy",
        "attestations",
        "gateway requirements",
    ]
    assert "twice the loss" in found[0].consequence
    assert f"--conformance-requirement {SAFETY}" in found[0].how_to_prove


def test_a_gateway_that_the_suite_started_counts_with_a_session_of_the_same_build() -> (
    None
):
    given = replace(SIMULATED, kind="command", address="gateway")
    runs = (of(gateway_run(), subject=given), strategy_run())
    assert judged(complete(runs=runs)).readiness.verdict is READY
    alone = judged(Dossier(runs=runs[:1]), "backtest")
    assert alone.identity.drill
    assert alone.readiness.verdict is NOT_PROVEN


def test_a_report_is_valid_for_30_days_after_its_oldest_evidence() -> None:
    found = judged(complete()).validity
    assert found is not None
    assert (found.until, found.why) == ("2026-12-20", "the run runs/gateway")
    assert found.bound["gateway"] == "1.2.3 abc1234"
    assert found.bound["strategy"] == "5" * 64
    changed = judged(complete(configuration={"waivers": OTHER})).validity
    assert changed is not None
    assert changed.bound["configuration"] != found.bound["configuration"]


def test_what_was_set_aside_is_told_and_its_verdicts_are_not_used() -> None:
    other = replace(strategy_run().record.subject, digest=OTHER)
    bad = of(saying(strategy_run(), outcome(DUTY, Verdict.VIOLATED)), subject=other)
    old = replace(of(bad, started="2026-11-19T00:00:00+00:00"), folder="runs/old")
    readiness = judged(complete(runs=(gateway_run(), strategy_run(), old)))
    assert readiness.runs is not None
    aside = {run.folder: run.set_aside for run in readiness.runs}
    assert "another strategy" in aside["runs/old"]
    assert aside["runs/strategy"] == ""
    assert DUTY not in {b.what for b in readiness.readiness.blockers}


def _in_two(first: str = "", second: str = "") -> Dossier:
    """Four days of twenty round trips each, recorded twice at once."""
    half = replace(numbers(20, 4), days=Decimal(4))
    span = {
        "started": "2026-11-19T00:00:00+00:00",
        "ended": "2026-11-23T00:00:00+00:00",
        "numbers": half,
    }
    twice = [session(name, **span) for name in ("paper", "again")]
    return complete(sessions=(BACKTEST, *twice))


def test_two_sessions_of_the_same_days_counted_as_twice_as_many() -> None:
    told = judged(_in_two())
    sentences = " ".join(b.sentence for b in told.readiness.blockers)
    assert told.readiness.verdict is NOT_PROVEN
    assert "4.0 days were recorded on paper: 7 are needed." in sentences
    assert "20 round trips were recorded" in sentences


def test_sessions_one_after_the_other_count_both() -> None:
    later = {
        "started": "2026-11-23T12:00:00+00:00",
        "ended": "2026-11-27T12:00:00+00:00",
    }
    earlier, other = _in_two().sessions[1:]
    trips = tuple(
        replace(
            t,
            opened=t.opened.replace("11-", "10-"),
            closed=t.closed[:5] + "10" + t.closed[7:],
        )
        for t in other.numbers.round_trips
    )
    other = replace(other, numbers=replace(other.numbers, round_trips=trips), **later)
    told = judged(complete(sessions=(BACKTEST, earlier, other)))
    assert told.readiness.verdict is READY


@pytest.mark.parametrize("day", ["2027-03-01T10:00:00+00:00", "some day"])
def test_evidence_of_a_day_to_come_or_of_none_never_grew_old(day: str) -> None:
    run = gateway_run()
    run = replace(run, record=replace(run.record, started=day))
    told = judged(complete(runs=(run, strategy_run())))
    assert told.readiness.verdict is NOT_PROVEN
    told = judged(paper(ended=day if day[0] == "2" else "2026-12-24T00:00:00+00:00"))
    assert told.readiness.verdict is NOT_PROVEN
