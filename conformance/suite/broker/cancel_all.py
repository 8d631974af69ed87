"""A cancel of all orders tells what its broker did: no more, no less, nobody else's."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.at_broker import CANCELLED, looks, ours
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.standing import standing
from conformance.judge.venue import booked_during
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker_orders import resting_at_broker
from conformance.suite.check import check
from conformance.suite.gateway.cancel_all import failures_are_named
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "failures_are_named", "script", "the_venue_understands_it")

NEEDS = Needs(symbols=2, seconds=40)

STUCK, LIVE, OTHER = "its broker does not cancel it", "live", "of another symbol"


async def script(strategy: Played) -> None:
    """Cancels all of one symbol, of which one cannot be; then all there are."""
    venue = strategy.venue
    venue.by_hand = True
    one, other = strategy.symbols
    orders = [
        await resting_at_broker(strategy, case, symbol=symbol)
        for case, symbol in ((STUCK, one), (LIVE, one), (LIVE, one), (OTHER, other))
    ]
    stuck, *_ = (at_broker for _, at_broker in orders)
    if Ability.FAILS_ONE in venue.can:
        venue.desk.stuck.add(stuck)
    await strategy.delete(f"/v1/orders?symbol={quote(one, safe='')}")
    for placed, _ in orders:
        await strategy.show(placed.id)
    venue.desk.stuck.clear()
    await strategy.get("/v1/orders")
    await strategy.delete("/v1/orders")


@dataclass(frozen=True, slots=True)
class Sweep:
    """One cancel of all orders: its symbol, and what stood at the broker by then."""

    exchange: Exchange
    symbol: str | None
    before: frozenset[str]
    after: frozenset[str]

    @property
    def told(self) -> str:
        of = "all orders" if self.symbol is None else f"all orders of {self.symbol}"
        return f"A cancel of {of} was answered with {self.exchange.status}"

    def count(self, name: str) -> int | None:
        """What a success counted."""
        body = self.exchange.body if self.exchange.status == 200 else None
        found = body.get(name) if isinstance(body, dict) else None
        return found if isinstance(found, int) else None


def _sweeps(transcript: Transcript) -> Iterator[Sweep]:
    """The cancels of all orders that were answered, with the broker's books."""
    for exchange in asked(transcript, "DELETE", "v1", "orders"):
        if exchange.status is None:
            continue
        symbol = dict(exchange.query).get("symbol")
        stood = [
            frozenset(
                s.order
                for s in standing(transcript, number)
                if symbol in (None, s.terms["symbol"])
            )
            for number in (exchange.request.number, exchange.numbers[-1])
        ]
        yield Sweep(exchange, symbol, *stood)


@check("MOD-60", occurs="orders that could be cancelled stood before a cancel of all")
def what_can_be_is_cancelled(transcript: Transcript) -> Iterator[Observation]:
    kept = {each.broker_order for each in ours(transcript, STUCK)}
    for sweep in _sweeps(transcript):
        if sweep.exchange.status != 200:
            continue
        could = sweep.before if sweep.symbol is None else sweep.before - kept
        if not could:
            continue
        yield occurred(sweep.exchange)
        if left := sorted(sweep.after & could):
            yield finding(
                f"{sweep.told}; the broker still has {', '.join(left)}.",
                sweep.exchange,
            )


@check("MOD-61", occurs="a cancel of all was answered with a count")
def it_counts_what_the_broker_cancelled(
    transcript: Transcript,
) -> Iterator[Observation]:
    for sweep in _sweeps(transcript):
        counted = sweep.count("cancelled_count")
        if counted is None:
            continue
        yield occurred(sweep.exchange)
        # Of whatever symbol: that nobody else's should be among them is MOD-64's.
        ended = booked_during(transcript, sweep.exchange, "cancelled")
        done = len({change.order for change in ended})
        if counted != done:
            yield finding(
                f"{sweep.told} and cancelled_count {counted}; the broker cancelled "
                f"{done}.",
                sweep.exchange,
            )


@check("MOD-64", occurs="a symbol's orders were cancelled while another's stood")
def other_symbols_are_left_alone(transcript: Transcript) -> Iterator[Observation]:
    for sweep in _sweeps(transcript):
        if sweep.symbol is None:
            continue
        gone = [
            change
            for change in booked_during(transcript, sweep.exchange, "cancelled")
            if change.entry.data["symbol"] != sweep.symbol
        ]
        if sweep.exchange.status != 200 and sweep.before == sweep.after and not gone:
            continue
        yield occurred(sweep.exchange)
        for change in gone:
            yield finding(
                f"{sweep.told}; the broker cancelled order {change.order} of "
                f"{change.entry.data['symbol']} for it.",
                sweep.exchange,
                change.entry,
            )


@check("MOD-67", occurs="a cancel of all met an order that its broker did not cancel")
def what_was_not_cancelled_is_counted_failed(
    transcript: Transcript,
) -> Iterator[Observation]:
    for sweep in _sweeps(transcript):
        counted = sweep.count("failed_count")
        if not sweep.after or counted is None:
            continue
        yield occurred(sweep.exchange)
        if counted != len(sweep.after):
            yield finding(
                f"{sweep.told} and failed_count {counted}; the broker still has "
                f"{', '.join(sorted(sweep.after)) or 'none'}.",
                sweep.exchange,
            )
    for look in looks(transcript, STUCK):
        if look.row.get("status") in CANCELLED:
            yield finding(
                f"The broker did not cancel order {look.order}; it {look.shown}.",
                look.exchange,
            )


@check("BRO-62", occurs="all orders were listed and cancelled, whatever their symbol")
def no_symbol_has_to_be_named(transcript: Transcript) -> Iterator[Observation]:
    plain = [
        exchange
        for method in ("GET", "DELETE")
        for exchange in asked(transcript, method, "v1", "orders")
        if not exchange.query and exchange.status is not None
    ]
    if {e.method for e in plain if e.status == 200} == {"GET", "DELETE"}:
        yield occurred(*plain)
    for exchange in plain:
        if 400 <= (exchange.status or 0) < 500:
            yield finding(
                f"{exchange.method} {exchange.target}, with no symbol, was answered "
                f"with {exchange.status} {exchange.body}.",
                exchange,
                cause="Does the broker want one, and is it asked only once?",
            )
