"""What is pending is what was taken and has not ended."""

from decimal import Decimal

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.strategy.pending import (
    closing_before,
    entries_before,
    entries_in_a_row,
    goes_both_ways,
    open_before,
)
from conformance.judge.strategy.runs import FOOTING, PROFILE, Run, only_run

ENTRY = ["BUY", "MARKET", "X", "10"]
EXIT = ["SELL", "MARKET", "X", "10"]
Booked = tuple[str, str, str, str, str]
"""What, order, side, filled and held; every order is for 10."""

LAST = 10_000
IN = ("accepted", "1", "BUY", "0", "0")
BOUGHT = ("filled", "1", "BUY", "10", "10")
OUT = ("accepted", "2", "SELL", "0", "10")
AGAIN = ("accepted", "3", "SELL", "0", "10")


def transcript_of(
    *booked: Booked,
    kind: str = "MARKET",
    orders: tuple[list[str], ...] = (ENTRY, EXIT),
    sides: list[str] | None = None,
) -> Transcript:
    recorder = Recorder(
        Header("none", "none", "", "", (), 0, ""), lambda: 0.0, Redactor(())
    )
    recorder.note("it", name=PROFILE, facts={} if sides is None else {"sides": sides})
    rows = [[bar, *order] for bar, order in enumerate(orders)]
    recorder.note("how", name=FOOTING, facts={"side": "BUY", "orders": rows})
    for what, order, side, filled, held in booked:
        facts = {"what": what, "order": order, "side": side, "symbol": "X"}
        facts |= {"quantity": "10", "filled": filled, "held": held}
        recorder.add(
            Party.VENUE, Kind.BOOKED, run="a", order_type=kind, parent=None, **facts
        )
    return recorder.close(complete=True)


def run_of(*booked: Booked, kind: str = "MARKET") -> Run:
    return only_run(transcript_of(*booked, kind=kind))


def test_an_order_is_open_until_it_is_full_or_has_ended() -> None:
    assert len(open_before(run_of(IN), LAST)) == 1
    assert len(open_before(run_of(IN, ("filled", "1", "BUY", "4", "4")), LAST)) == 1
    assert not open_before(run_of(IN, BOUGHT), LAST)
    assert not open_before(run_of(IN, ("rejected", "1", "BUY", "0", "0")), LAST)


def test_a_second_market_exit_finds_the_first_one_closing() -> None:
    run = run_of(IN, BOUGHT, OUT, AGAIN)
    assert closing_before(run, run.changes[-1]) == 10
    assert closing_before(run, run.changes[-2]) == 0


def test_a_stop_and_a_target_may_rest_at_once() -> None:
    run = run_of(IN, BOUGHT, OUT, AGAIN, kind="LIMIT")
    assert closing_before(run, run.changes[-1]) == Decimal(0)


def test_entries_are_counted_until_all_is_closed() -> None:
    assert entries_before(run_of(IN), LAST) == 1
    assert entries_before(run_of(IN, BOUGHT), LAST) == 1
    sold = ("filled", "2", "SELL", "10", "0")
    assert entries_before(run_of(IN, BOUGHT, OUT, sold), LAST) == 0
    assert entries_before(run_of(IN, ("cancelled", "1", "BUY", "0", "0")), LAST) == 0


def test_who_adds_without_faults_may_add() -> None:
    assert entries_in_a_row(transcript_of()) == 1
    assert entries_in_a_row(transcript_of(orders=(ENTRY, ENTRY, EXIT))) == 2


def test_what_is_declared_outranks_what_was_seen() -> None:
    assert not goes_both_ways(transcript_of())
    assert goes_both_ways(transcript_of(orders=(ENTRY, EXIT, EXIT)))
    assert not goes_both_ways(transcript_of(orders=(ENTRY, EXIT, EXIT), sides=["long"]))
    assert goes_both_ways(transcript_of(sides=["long", "short"]))
