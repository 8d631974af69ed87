"""A stop loss and a take profit are at the broker once their entry is filled."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders_below import Below, orders_below, unfulfilled
from conformance.judge.venue import Booked, booked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker_orders import PRICE, UNSEEN, check_seen, send_followed
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

STOP, PROFIT = "90", "120"
ENTRIES: Mapping[str, Mapping[str, str]] = {
    "both": {"stop_loss": STOP, "take_profit": PROFIT},
    "stop-only": {"stop_loss": STOP},
    "profit-only": {"take_profit": PROFIT},
}
NEEDS = Needs(symbols=len(ENTRIES), seconds=40)

KINDS = {"stop_loss": ("STOP", "STOP_LIMIT"), "take_profit": ("LIMIT",)}
PRICES = {"stop_loss": "stop_price", "take_profit": "limit_price"}
"""Where the price of each exit stands in an order of its own."""


async def script(strategy: Played) -> None:
    """Buys with both exits, and with either; waits until they are at the broker."""
    await strategy.get("/v1/capabilities")
    seen = Ability.BRACKETS in strategy.venue.can
    if not seen:
        text = "nobody tells this Gateway of fills: exits may come after them"
        strategy.note(UNSEEN, text)
    for (case, exits), symbol in zip(ENTRIES.items(), strategy.symbols, strict=True):
        strategy.venue.price(symbol, PRICE)
        reply = await send_followed(strategy, case, symbol, **exits)
        if reply.status == 201 and seen:
            wanted = 1 + len(exits)
            await strategy.venue.until(
                f"{len(exits)} exits of {symbol}",
                lambda s=symbol, n=wanted: len(strategy.venue.orders(s)) >= n,  # type: ignore[misc]
            )


def _entered(transcript: Transcript) -> Iterator[Below]:
    """The entries that were accepted and that the broker filled."""
    check_seen(transcript)
    for each in orders_below(transcript, *ENTRIES):
        if each.order.accepted and each.fills:
            yield each


def _exits(transcript: Transcript, entry: Below, name: str) -> list[Booked]:
    """What the broker took as an exit of a kind, for the same symbol."""
    return [
        change
        for change in booked(transcript, "accepted")
        if change.entry.data["symbol"] == entry.order.fields["symbol"]
        and change.client_id != entry.order.client_id
        and change.entry.data["order_type"] in KINDS[name]
    ]


@check("EXI-10", occurs="a broker filled an entry with exits")
def exits_are_at_the_broker(transcript: Transcript) -> Iterator[Observation]:
    for entry in _entered(transcript):
        yield occurred(*entry.where)
        for name in KINDS:
            asked = entry.order.fields.get(name)
            if asked is not None and not _exits(transcript, entry, name):
                yield finding(
                    f"{entry.asked}, and the broker filled it; no {name} came to the "
                    "broker.",
                    *entry.where,
                )


@check("EXI-13", occurs="an exit is at the broker")
def exits_are_at_their_prices(transcript: Transcript) -> Iterator[Observation]:
    for entry in _entered(transcript):
        for name, where in PRICES.items():
            for leg in _exits(transcript, entry, name):
                asked = entry.order.fields.get(name)
                if asked is None:
                    continue
                yield occurred(*entry.where, leg.entry)
                found = leg.entry.data.get(where)
                if found is None or Decimal(found) != Decimal(asked):
                    yield finding(
                        f"{entry.asked}; its {name} is at the broker at {found}.",
                        *entry.where,
                        leg.entry,
                    )


@check("EXI-16", occurs="a broker filled an entry with one exit")
def one_exit_is_one(transcript: Transcript) -> Iterator[Observation]:
    for entry in _entered(transcript):
        unasked = [name for name in KINDS if name not in entry.order.fields]
        for name in unasked:
            yield occurred(*entry.where)
            for leg in _exits(transcript, entry, name):
                yield finding(
                    f"{entry.asked}; a {name} is at the broker as well.",
                    *entry.where,
                    leg.entry,
                )


@check("OPE-30", occurs="an order with exits was answered, which are claimed")
def a_claimed_feature_works(transcript: Transcript) -> Iterator[Observation]:
    yield from unfulfilled(transcript, "bracket_orders", "both")
