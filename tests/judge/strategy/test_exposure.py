"""What is at stake is what is held and what open orders may add."""

from decimal import Decimal

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.strategy.exposure import at_stake, most_held, open_orders
from conformance.judge.strategy.runs import FOOTING, only_run
from conformance.suite.strategy.account_at_start import once_more

ENTRY = ["BUY", "MARKET", "X", "10"]
EXIT = ["SELL", "MARKET", "X", "10"]
Booked = tuple[str, str, str, str, str]
LAST = 10_000


def transcript_of(*booked: Booked, orders: tuple[list[str], ...] = ()) -> Transcript:
    """Of a strategy that places `orders` without faults, and these bookings.

    Each is what, order, side, filled and held; every order is for 10.
    """
    recorder = Recorder(
        Header("none", "none", "", "", (), 0, ""), lambda: 0.0, Redactor(())
    )
    rows = [[bar, *order] for bar, order in enumerate(orders or (ENTRY, EXIT))]
    facts = {"side": "BUY", "orders": rows}
    recorder.note("how it trades", name=FOOTING, facts=facts)
    for what, order, side, filled, held in booked:
        facts = {"what": what, "order": order, "side": side, "symbol": "X"}
        facts |= {"quantity": "10", "filled": filled, "held": held}
        recorder.add(Party.VENUE, Kind.BOOKED, run="a", **facts)
    return recorder.close(complete=True)


OPEN = ("accepted", "1", "BUY", "0", "0")
FILLED = ("filled", "1", "BUY", "10", "10")
SECOND = ("accepted", "2", "BUY", "0", "0")


def stake(*booked: Booked) -> Decimal:
    return at_stake(only_run(transcript_of(*booked)), LAST, "BUY")


def tells(*booked: Booked, orders: tuple[list[str], ...] = ()) -> bool:
    """Whether an entry on top is found."""
    run = only_run(transcript_of(*booked, orders=orders))
    return once_more(run, 0)[0] is not None


def test_what_is_open_and_what_is_held_count_once() -> None:
    assert stake(OPEN) == 10
    assert stake(OPEN, ("filled", "1", "BUY", "4", "4")) == 10
    assert stake(OPEN, FILLED) == 10
    assert stake(OPEN, ("cancelled", "1", "BUY", "0", "0")) == 0


def test_the_other_side_is_not_at_stake() -> None:
    assert stake(("filled", "1", "SELL", "10", "-10")) == 0
    assert not open_orders(only_run(transcript_of(OPEN)), LAST, "SELL")


def test_an_entry_on_top_of_one_that_is_open_or_held_is_found() -> None:
    assert tells(OPEN, SECOND)
    assert tells(OPEN, FILLED, ("accepted", "2", "BUY", "0", "10"))


def test_one_that_cancels_its_old_order_first_may_enter() -> None:
    assert not tells(OPEN, ("cancelled", "1", "BUY", "0", "0"), SECOND)


def test_one_that_adds_may_do_so_up_to_its_usual_size() -> None:
    assert not tells(OPEN, FILLED, SECOND, orders=(ENTRY, ENTRY, EXIT))


def test_one_that_turns_from_short_to_long_may_enter() -> None:
    short = ("filled", "0", "SELL", "10", "-10")
    assert not tells(short, ("accepted", "1", "BUY", "0", "-10"))


def test_the_most_held_is_unknown_where_a_quantity_is() -> None:
    assert most_held(transcript_of(orders=(ENTRY, ENTRY, EXIT))) == 20
    assert most_held(transcript_of(orders=([*ENTRY[:3], ""], EXIT))) is None
