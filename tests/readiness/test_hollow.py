"""Each sign of a hollow run is told where it is so, and nowhere else."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.record import RunRecord, SubjectFacts
from conformance.judge.session.model import OrderCounts
from conformance.judge.verdict import Verdict
from conformance.readiness.dossier import Run
from conformance.readiness.hollow import hollow_warnings
from conformance.readiness.model import RequirementStanding
from conformance.spec.catalogue import load_catalogue
from fixtures.dossiers import STRATEGY_FACTS, gateway_run, session, strategy_run
from fixtures.records import record
from fixtures.report_parts import requirement_of

FILL = '{"order": {"filled_quantity": "1"}}'
REFUSED = '{"code": "ORDER_REJECTED", "details": {"reject_code": "MARKET_CLOSED"}}'
PAIR = SubjectFacts("pair", "http://gateway.example", strategy="python trade.py")


def transcript(
    *statuses: int,
    order: int = 201,
    body: str = "{}",
    said: str = FILL,
    script: str = "s",
    provider: str = "mock",
) -> Transcript:
    """Reads with these answers; then an order (0: none), and what the stream said."""
    calls = [("GET", "/v1/account", s, "{}") for s in statuses]
    calls += [("POST", "/v1/orders", order, body)] if order else []
    entries: list[Entry] = []

    def add(party: Party, kind: Kind, **data: object) -> None:
        entries.append(Entry(len(entries) + 1, 0.0, party, kind, data))

    for n, (method, target, status, text) in enumerate(calls):
        asked = {"exchange": n, "method": method, "target": target, "body": None}
        add(Party.STRATEGY, Kind.REQUEST, **asked)
        add(Party.GATEWAY, Kind.RESPONSE, exchange=n, status=status, body=text)
    if said:
        add(Party.GATEWAY, Kind.MESSAGE, stream="one", text=said)
    header = Header(script, "shared", provider, "cf", ("A",), 7, "")
    return Transcript(header, tuple(entries), Ending(complete=True))


def signs(run: RunRecord) -> list[str]:
    return [w.sign for w in hollow_warnings([Run(run)], (), ())]


def of(*told: Transcript, subject: SubjectFacts | None = None) -> RunRecord:
    made = record((), told)
    return made if subject is None else replace(made, subject=subject)


def by_strategy(**facts: object) -> Transcript:
    given = {"script": "strategy-x", "provider": "", **facts}
    return transcript(200, **given)  # type: ignore[arg-type]


def test_a_run_that_traded_and_filled_is_not_hollow() -> None:
    assert signs(of(transcript(200, 200))) == []
    assert signs(of(by_strategy(), subject=STRATEGY_FACTS)) == []


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_nine_of_ten_answers_that_let_nobody_in_are_a_sign(status: int) -> None:
    told = transcript(*[status] * 9, order=201)
    (found,) = hollow_warnings([Run(of(told))], (), ())
    assert found.sign == "answers refused"
    assert found.sentence == f"9 of 10 answers were {status}."
    assert found.fix


@pytest.mark.parametrize(
    "statuses", [[401] * 8 + [200], [401] * 8, [404] * 9, [400] * 9, [401, 503] * 9]
)
def test_fewer_or_other_answers_are_none(statuses: list[int]) -> None:
    assert signs(of(transcript(*statuses))) == []


def test_a_market_that_was_closed_is_told_with_how_often() -> None:
    run = Run(of(transcript(order=422, body=REFUSED), transcript(200)))
    (found,) = hollow_warnings([run], (), ())
    assert found.sentence == "The market was closed: MARKET_CLOSED was told once."


def test_no_order_and_no_fill_are_told_of_a_whole_run_alone() -> None:
    idle = of(transcript(200, order=0, said=""))
    waiting = of(transcript(200, said="{}"))
    assert (signs(idle), signs(waiting)) == (["no order"], ["no fill"])
    assert signs(replace(idle, partial=True)) == []
    assert signs(replace(waiting, partial=True)) == []


def test_nothing_traced_is_told_but_not_of_a_run_that_says_why() -> None:
    empty = of(transcript(order=0, said=""))
    assert signs(empty) == ["nothing traced"]
    assert signs(replace(empty, error="nothing answers")) == []
    assert signs(replace(empty, interrupted=True)) == []


def test_a_strategy_that_never_traded_is_told_in_a_part_of_a_run_too() -> None:
    idle = of(by_strategy(order=0, said=""), subject=STRATEGY_FACTS)
    (found,) = hollow_warnings([Run(replace(idle, partial=True))], (), ())
    assert found.sentence.startswith("The strategy never traded")
    unfilled = of(by_strategy(said="{}"), subject=STRATEGY_FACTS)
    assert signs(unfilled) == ["no fill"]
    assert signs(replace(unfilled, partial=True)) == []


def test_of_a_pair_the_strategy_must_have_traded_whatever_the_suite_did() -> None:
    mine = transcript(200, script="pair-x", order=0, said="")
    assert signs(of(mine, transcript(200), subject=PAIR)) == ["no order"]
    assert signs(of(transcript(200, script="pair-x"), subject=PAIR)) == []
    assert signs(of(transcript(200, order=0), subject=PAIR)) == []


def test_sessions_are_told_by_name() -> None:
    known = session()
    idle = replace(known.numbers, orders=OrderCounts(), fills=0)
    unfilled = replace(known.numbers, fills=0)
    sessions = (
        known,
        replace(known, name="empty", entries=0),
        replace(known, name="idle", numbers=idle),
        replace(known, name="waits", numbers=unfilled),
    )
    found = [(w.where, w.sign) for w in hollow_warnings((), sessions, ())]
    assert found == [
        ("empty", "nothing traced"),
        ("idle", "no order"),
        ("waits", "no fill"),
    ]


def test_of_several_runs_each_sign_names_its_run() -> None:
    runs = (replace(gateway_run(), folder="a"), replace(strategy_run(), folder="b"))
    found = hollow_warnings(runs, (), ())
    assert {w.where for w in found} == {"a", "b"}
    assert hollow_warnings(runs[:1], (), ())[0].where == ""


def standings(verdicts: Iterable[Verdict]) -> list[RequirementStanding]:
    known = (r for r in load_catalogue() if not r.excluded)
    rows = (requirement_of(r, v) for r, v in zip(known, verdicts, strict=False))
    return [replace(row, planned=True) for row in rows]


def test_more_than_half_of_what_was_planned_must_be_open() -> None:
    half = standings([Verdict.MET, Verdict.NOT_VERIFIED])
    most = [*half, *standings([Verdict.NOT_VERIFIED])]
    unplanned = [replace(row, planned=False) for row in most]
    assert hollow_warnings((), (), half) == hollow_warnings((), (), unplanned) == ()
    (found,) = hollow_warnings((), (), most)
    assert (found.sign, found.sentence[:7]) == ("not verified", "2 of th")
    ended = Run(replace(of(transcript(200)), error="nothing answers"))
    assert hollow_warnings([ended], (), most) == ()
    assert hollow_warnings([ended, Run(of(transcript(200)))], (), most) == (found,)
