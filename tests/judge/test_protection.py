"""How long how much had no stop loss is measured at the venue, to the decimal."""

from decimal import Decimal

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.protection import unprotected, worst

HEADER = Header("exits", "i-1", "tektii", "p", ("T",), 1, "2026-01-01T00:00:00Z")


def booked(number: int, at: float, what: str, order: str, **more: str) -> Entry:
    data = {"what": what, "order": order, "symbol": "T", "side": "BUY", **more}
    data = {"order_type": "MARKET", "quantity": "5", "filled": "0", **data}
    return Entry(number, at, Party.VENUE, Kind.BOOKED, data)


def stop(number: int, at: float, what: str, order: str, quantity: str) -> Entry:
    terms = {"side": "SELL", "order_type": "STOP", "quantity": quantity}
    return booked(number, at, what, order, **terms)


def transcript(*entries: Entry) -> Transcript:
    return Transcript(HEADER, entries, Ending(complete=True))


def test_it_lasts_from_the_fill_to_the_stop_at_the_venue() -> None:
    told = transcript(
        booked(1, 1.0, "filled", "e", fill="2", filled="2"),
        booked(2, 1.5, "filled", "e", fill="3", filled="5"),
        stop(3, 2.0, "accepted", "s", "4"),
        stop(4, 2.25, "accepted", "s-1", "1"),
    )
    (gap,) = unprotected(told, "T")
    assert gap.ended is told.entries[3]
    assert (gap.seconds, gap.most) == (Decimal("1.25"), Decimal(5))
    # 0.5 s of 2, 0.5 s of 5, 0.25 s of 1
    assert gap.exposure == Decimal("3.75")


def test_a_cancelled_stop_uncovers_it_again_until_anybody_looked() -> None:
    told = transcript(
        booked(1, 1.0, "filled", "e", fill="5", filled="5"),
        stop(2, 1.1, "accepted", "s", "5"),
        stop(3, 2.0, "cancelled", "s", "5"),
        booked(4, 4.0, "accepted", "x"),
    )
    first, second = unprotected(told, "T")
    assert first.ended is told.entries[1]
    assert second.ended is None
    assert second.exposure == Decimal(10)
    assert worst((first, second)) is second


def test_what_is_closed_needs_no_stop() -> None:
    told = transcript(
        booked(1, 1.0, "filled", "e", fill="5", filled="5"),
        booked(2, 2.0, "filled", "c", side="SELL", fill="5", filled="5"),
        booked(3, 9.0, "accepted", "x"),
    )
    (gap,) = unprotected(told, "T")
    assert gap.ended is told.entries[1]
    assert gap.exposure == Decimal(5)


def test_nothing_held_is_nothing_unprotected() -> None:
    told = transcript(booked(1, 1.0, "accepted", "e"))
    assert tuple(unprotected(told, "T")) == ()
    assert worst(()) is None
