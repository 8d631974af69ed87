"""A cancel is told done where the broker did it, and only there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.at_broker import CANCELLED, Look, looks, ours
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.standing import Standing, on_the_books
from conformance.judge.venue import calls_during
from conformance.peers.engine.conduct import Conduct, Cut, How, Status, When
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability, Operation
from conformance.suite.broker_orders import QUANTITY, resting_at_broker
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(start=False, seconds=60)

PLAIN = "cancelled"
FILLED = "filled meanwhile"
STUCK = "refused by the broker"
PENDING = "it stays pending"
FAULTS: Mapping[str, Conduct] = {
    "it was answered 500": Status(500, "{}"),
    "its connection was reset before it was read": Cut(When.BEFORE, How.RST),
}
LOST: Mapping[str, Conduct] = {
    "it was done and its connection reset": Cut(When.ACCEPTED, How.RST),
    "it was done and answered 502": Status(502, "<html>bad gateway", booked=True),
}


async def script(strategy: Played) -> None:
    """Cancels orders that can be, that cannot, and where the broker fails."""
    await strategy.start()
    strategy.venue.by_hand = True
    await _plain(strategy)
    await _filled(strategy)
    await _stuck(strategy)
    await _pending(strategy)
    for case, conduct in {**FAULTS, **LOST}.items():
        await strategy.start()
        await _failed(strategy, case, conduct)


async def _plain(strategy: Played) -> None:
    placed, _ = await resting_at_broker(strategy, PLAIN)
    await strategy.cancel(placed.id)
    await strategy.show(placed.id)


async def _filled(strategy: Played) -> None:
    placed, at_broker = await resting_at_broker(strategy, FILLED)
    limit = strategy.venue.below(strategy.symbol)
    strategy.venue.fill(at_broker, QUANTITY, limit)
    await strategy.cancel(placed.id)
    await strategy.show(placed.id)


async def _stuck(strategy: Played) -> None:
    placed, at_broker = await resting_at_broker(strategy, STUCK)
    strategy.venue.desk.stuck.add(at_broker)
    await strategy.cancel(placed.id)
    await strategy.show(placed.id)


async def _pending(strategy: Played) -> None:
    if Ability.PENDING not in strategy.venue.can:
        return
    placed, _ = await resting_at_broker(strategy, PENDING)
    strategy.venue.linger()
    await strategy.cancel(placed.id)
    await strategy.show(placed.id)


async def _failed(strategy: Played, case: str, conduct: Conduct) -> None:
    placed, _ = await resting_at_broker(strategy, case)
    strategy.venue.always(Operation.CANCEL, conduct)
    await strategy.cancel(placed.id)
    strategy.venue.plainly()
    await strategy.show(placed.id)


@dataclass(frozen=True, slots=True)
class Cancel:
    """One DELETE of an order, and how the order stood at the broker by then."""

    case: str
    order: str
    exchange: Exchange
    there: Standing
    sent: bool
    """Whether the Gateway asked its broker."""

    @property
    def done(self) -> bool:
        return self.there.changes[-1].what == "cancelled"

    @property
    def told_done(self) -> bool:
        """Whether the answer says that it is cancelled."""
        body = self.exchange.body if isinstance(self.exchange.body, dict) else {}
        order = body.get("order")
        status = order.get("status") if isinstance(order, dict) else None
        well = 200 <= (self.exchange.status or 0) < 300
        succeeded = body.get("success") is True and status != "PENDING_CANCEL"
        return well and (succeeded or status in CANCELLED)


def _cancels(transcript: Transcript, *cases: str) -> Iterator[Cancel]:
    """The cancels that were answered, of these cases or all."""
    for mine in ours(transcript, *cases):
        for exchange in asked(transcript, "DELETE", "v1", "orders", None):
            if exchange.segments[-1] != mine.order or exchange.status is None:
                continue
            # Who gives two orders one id has cancelled which of them?
            there = on_the_books(transcript, exchange.numbers[-1])
            found = there.get(mine.broker_order)
            if found is None:
                continue
            sent = calls_during(transcript, exchange, Operation.CANCEL)
            yield Cancel(mine.case, mine.order, exchange, found, bool(sent))


@check("MOD-40", occurs="the broker cancelled an order that was to be cancelled")
def a_cancel_that_was_done_is_told(transcript: Transcript) -> Iterator[Observation]:
    for each in _cancels(transcript, PLAIN):
        if not each.done:
            continue
        yield occurred(each.exchange, each.there.changes[-1].entry)
        if not each.told_done:
            yield finding(
                f"The broker cancelled order {each.order} as it was asked to; the "
                f"cancel was answered with {each.exchange.status} "
                f"{each.exchange.body}.",
                each.exchange,
                each.there.changes[-1].entry,
            )


@check("BRO-53", occurs="an order that its broker had cancelled was shown")
def what_was_cancelled_is_shown_so(transcript: Transcript) -> Iterator[Observation]:
    for look in looks(transcript, PLAIN, *LOST):
        if look.end is None:
            continue
        yield occurred(look.exchange, look.end.entry)
        if look.row.get("status") not in CANCELLED:
            yield finding(
                f"Order {look.order} was to be cancelled ({look.case}) and its broker "
                f"{look.end.what} it; it {look.shown}.",
                look.exchange,
                look.end.entry,
            )


@check("MOD-43", occurs="a cancel of an order that had filled was answered")
def a_cancel_of_what_filled_is_no_success(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in _cancels(transcript, FILLED):
        if not each.sent and (each.exchange.status or 0) >= 500:
            continue  # It was not tried: that says nothing of what was filled.
        yield occurred(each.exchange)
        if each.told_done:
            yield _told_done(each, "had filled it")


@check("MOD-44", occurs="an order that had filled was shown after a cancel")
def a_filled_order_stays_filled(transcript: Transcript) -> Iterator[Observation]:
    for look in looks(transcript, FILLED):
        if not look.row:
            continue  # What is not shown at all, BRO-50 decides.
        yield occurred(look.exchange, *(f.entry for f in look.fills))
        if look.row.get("status") != "FILLED":
            yield _shown(look, "had filled it before")


@check("MOD-48", occurs="a cancel that its broker did not do was answered")
def what_was_not_cancelled_is_not_told_so(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in _cancels(transcript, STUCK, PENDING, *FAULTS):
        if each.done or not each.sent:
            continue
        yield occurred(each.exchange)
        if each.told_done:
            yield _told_done(each, "has it still")
    for look in looks(transcript, STUCK, PENDING, *FAULTS):
        if look.end is None and look.row.get("status") in CANCELLED:
            yield _shown(look, "has it still")


def _told_done(each: Cancel, truth: str) -> Observation:
    return finding(
        f"Order {each.order} was to be cancelled ({each.case}): its broker {truth}; "
        f"the cancel was answered with {each.exchange.status} {each.exchange.body}.",
        each.exchange,
        each.there.changes[-1].entry,
    )


def _shown(look: Look, truth: str) -> Observation:
    return finding(
        f"Order {look.order} was to be cancelled ({look.case}): its broker {truth}; "
        f"it {look.shown}.",
        look.exchange,
        *(change.entry for change in look.changes[-1:]),
    )
