"""The account below the Gateway: a played Engine over the books of a script."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Refuse
from conformance.peers.engine.desk import FILL, Desk, Prices, Say
from conformance.peers.engine.operations import MOST_BARS
from conformance.peers.engine.rendering import milliseconds, terms_of
from conformance.peers.engine.server import EngineServer
from conformance.peers.strategy.books import PlayedProvider
from conformance.peers.strategy.market import Market
from conformance.peers.upstream import Answered, Asked
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus
from conformance.reference.failure import Failure
from conformance.venue.books import Trade
from conformance.venue.order import Order
from conformance.venue.paths import Bar

WORDS = {
    "ORDER_CREATED": "created",
    "ORDER_FILLED": "filled",
    "ORDER_PARTIALLY_FILLED": "partial_fill",
    "ORDER_CANCELLED": "cancelled",
    "ORDER_REJECTED": "rejected",
}
"""What an Engine calls what becomes of an order."""


class PairProvider(PlayedProvider):
    """The books under a script's hand; what happens there the Engine tells."""

    desk: "PairDesk"
    refusals: list[Refuse]

    def submit_asked(self, asked: Mapping[str, Json]) -> Order | Refuse:
        """Takes an order that a Gateway passed on, or says why not."""
        if self.refusals:
            return self.refusals.pop(0)
        try:
            return self.submit(terms_of(asked))
        except Failure as failure:
            code = (failure.details or {}).get("reject_code")
            return Refuse(failure.message, code)

    def created(self, order: Order) -> None:
        """It is told once the answer has left: see `PairDesk.begin`."""

    def taken(self, order: Order) -> None:
        """So is what comes of it at once."""

    def begun(self, order: Order) -> None:
        """What comes of an order once it was answered and told."""
        super().taken(order)

    def reject(self, order: Order, reason: str) -> None:
        self.desk.reasons[order.id] = reason
        super().reject(order, reason)

    def finish(self, order: Order, status: OrderStatus) -> None:
        """An Engine knows no order that expires: what does elsewhere is cancelled."""
        expired = status is OrderStatus.EXPIRED
        super().finish(order, OrderStatus.CANCELLED if expired else status)

    def announce_fill(self, order: Order, trade: Trade, *, was_held: bool) -> None:
        if not self.quiet:
            self.desk.tell_fill(order, trade, FILL)

    def order_event(self, event: str, order: Order) -> None:
        if not self.quiet:
            self.desk.tell_order(order, WORDS[event])

    def announce(self, message: dict[str, Any]) -> None:
        """What its Gateway would say, the real one does."""


class Quoted(Prices):
    """The price of every symbol: where the script's market is."""

    def __init__(self, provider: PairProvider) -> None:
        super().__init__()
        self._provider = provider

    def __missing__(self, symbol: str) -> Decimal:
        return self._provider.prices.last(symbol)


class PairDesk(Desk):
    """Where the Engine books: into the books that the script has in hand."""

    def __init__(
        self,
        recorder: Recorder,
        say: Say,
        provider: PairProvider,
        run: str,
        told: Callable[[str], None],
    ) -> None:
        super().__init__(recorder, say)
        self.books, self.prices = provider.books, Quoted(provider)
        self._provider, self._run, self._told = provider, run, told
        self._begun: set[str] = set()

    def submit(self, asked: Mapping[str, Json]) -> Order | Refuse:
        return self._provider.submit_asked(asked)

    def begin(self, order: Order) -> list[str]:
        if order.id in self._begun:
            # It was sent once more under its id: there is one order, told once.
            return []
        self._begun.add(order.id)
        told = [self.tell_order(order, "created")]
        self._provider.begun(order)
        return told

    def withdraw(self, order: Order) -> bool:
        if not order.live:
            return False
        self._provider.finish(order, OrderStatus.CANCELLED)
        return True

    def tell(self, kind: str, **content: Json) -> str:
        event_id = f"evt-{self._run}{next(self._events)}"
        self._told(event_id)
        self._say({"type": kind, "event_id": event_id, **content})
        return event_id


class PairEngine(EngineServer):
    """The Engine's wire; its market is the script's."""

    def __init__(
        self,
        recorder: Recorder,
        market: Callable[[], Market],
        acked: Callable[[tuple[str, ...]], None],
    ) -> None:
        super().__init__(recorder)
        self._market, self._acked = market, acked

    @property
    def linked(self) -> bool:
        """Whether a Gateway listens to it."""
        return bool(self.links) and self.links[-1].open

    def _on_ack(self, ids: tuple[str, ...]) -> None:
        super()._on_ack(ids)
        self._acked(ids)

    def _book(self, asked: Asked) -> Answered:
        target = urlsplit(asked.request.raw_path)
        query = dict(parse_qsl(target.query))
        market = self._market()
        bars = target.path == "/api/v1/bars" and query.get("symbol") == market.symbol
        if asked.request.method != "GET" or not bars:
            return super()._book(asked)
        wanted = min(int(query.get("count") or 100), MOST_BARS)
        found = market.history(wanted, None, None)
        return Answered(200, {"bars": [bar_of(market, bar) for bar in found]})


def bar_of(market: Market, bar: Bar) -> dict[str, Json]:
    """A bar of the script's market in the Engine's words."""
    return {
        "timestamp": milliseconds(market.at(bar.index)),
        "open": text_of(bar.open),
        "high": text_of(bar.high),
        "low": text_of(bar.low),
        "close": text_of(bar.close),
        "volume": float(bar.volume),
    }
