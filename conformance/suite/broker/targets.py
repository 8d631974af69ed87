"""An order for one trade of a broker's acts on that trade, and on no other."""

from collections.abc import Iterator, Mapping

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.judge.noted import noted
from conformance.judge.orders_below import orders_below
from conformance.judge.venue import booked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.broker_orders import CHEAP, PRICE, send_followed, traded
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

OLDER, NEWER = "2", "3"
SALE = {"side": "SELL", "quantity": NEWER}
AIMED: Mapping[str, Mapping[str, Json]] = {
    "market": {**SALE, "reduce_only": True},
    "limit": {
        **SALE,
        "order_type": "LIMIT",
        "limit_price": CHEAP,
        "reduce_only": True,
    },
    "market-that-may-add": SALE,
}
"""Sales of the newer of two trades: brokers take the older first by themselves."""

NEEDS = Needs(symbols=len(AIMED), seconds=40)

WHOLE = "whole"
"""The name of the note that says that what is held of a symbol is one thing there."""


async def script(strategy: Played) -> None:
    """Opens two trades of each symbol, and sells the newer by its id."""
    for (case, fields), symbol in zip(AIMED.items(), strategy.symbols, strict=True):
        strategy.venue.price(symbol, PRICE)
        for quantity in (OLDER, NEWER):
            await traded(strategy, symbol, quantity)
        trades = strategy.venue.trades(symbol)
        if not trades:
            text = "a position is one there: no order can aim at a part of it"
            strategy.note(WHOLE, text)
            return
        target = trades[-1]
        await send_followed(strategy, case, symbol, **fields, position_id=target)


@check("ORD-39", occurs="an order for one of two trades was answered")
def an_order_acts_on_its_target(transcript: Transcript) -> Iterator[Observation]:
    for note in noted(transcript, WHOLE):
        raise NotApplicable(str(note.data["text"]))
    for each in orders_below(transcript, *AIMED):
        if not each.refused and not each.order.accepted:
            continue
        yield occurred(each.order.exchange)
        for change in booked(transcript, "reduced"):
            trade = change.entry.data["trade"]
            same = change.entry.data["symbol"] == each.order.fields["symbol"]
            if same and trade != each.order.fields["position_id"]:
                yield finding(
                    f"{each.asked}; the broker took it from trade {trade}.",
                    each.order.exchange,
                    change.entry,
                    cause="Is position_id not in what the broker was asked?",
                )
