"""The played Engine as a script sees it: what happens there, and what was seen."""

import asyncio
import re
from collections.abc import Callable
from copy import copy
from datetime import datetime
from decimal import Decimal

from conformance.errors import StepFailed
from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Conduct, How
from conformance.peers.engine.desk import FILL, Desk
from conformance.peers.engine.link import Link
from conformance.peers.engine.server import EngineServer, Planned
from conformance.peers.played_upstream import PlayedUpstream
from conformance.peers.upstream import Call

ORDERS = r"/api/v1/orders"
ONE_ORDER = r"/api/v1/orders/[^/]+"

SUBSCRIBED = '[{{"platform":"tektii","instrument":"{symbol}","events":["candle_1m"]}}]'
"""What a Gateway must be subscribed to before it opens the Engine's stream."""


class PlayedEngine(PlayedUpstream[EngineServer, Desk]):
    """One Engine; a Gateway finds it through `environment`."""

    called_here = "the Engine"

    def __init__(self, recorder: Recorder, patience: float = 4.0) -> None:
        server = EngineServer(recorder)
        super().__init__(recorder, server, server.desk, patience)
        self._first = recorder

    def hand_over(self, recorder: Recorder | None = None) -> None:
        """Another script plays it from now on; None where none does."""
        self.recorder = recorder or self._first
        self.server.hand_over(self.recorder)

    def environment(self, symbol: str) -> dict[str, str]:
        """What a Gateway is told, so that it takes this Engine for its upstream."""
        return {
            "GATEWAY_PROVIDER": "tektii",
            "TEKTII_ENGINE_URL": f"http://127.0.0.1:{self._port}",
            "TEKTII_ENGINE_WS_URL": f"ws://127.0.0.1:{self._port}",
            "SUBSCRIPTIONS": SUBSCRIBED.format(symbol=symbol),
        }

    # --- how it behaves ---

    def anew(self) -> None:
        """A second run: empty books, event ids from the first on."""
        self.server.anew()
        self.desk = self.server.desk

    def unknown(self, *symbols: str) -> None:
        """The Engine does not know these symbols."""
        self.desk.unknown_symbols |= frozenset(symbols)

    def next(self, method: str, path: str, *conducts: Conduct) -> None:
        """What is done with the next requests that fit, one conduct each.

        `path` is a regular expression of the whole raw path.
        """
        for conduct in conducts:
            shown = f"{type(conduct).__name__} for the next {method} {path}"
            self.recorder.note(f"the Engine: {shown}", name="conduct")
            self.server.plans.append(Planned(method, re.compile(path), conduct))

    # --- what happens at the venue; each returns the ids of its events ---

    def book(self, order_id: str, quantity: str, price: str) -> Callable[[], list[str]]:
        """Fills some of an order; what comes back tells of it, as it stood then."""
        order = self.order(order_id)
        trade = self.desk.book(order, Decimal(quantity), Decimal(price))
        then = copy(order)
        return lambda: self.desk.tell_fill(then, trade, FILL)

    async def tick(self) -> None:
        """Returns once its clock shows another millisecond: time has no event."""
        await asyncio.sleep(0.0015)

    def tell_again(self, order_id: str) -> list[str]:
        """The order's last fill once more: the same trade, the same order."""
        order = self.order(order_id)
        trade = next(
            t for t in reversed(self.desk.books.trades) if t.order_id == order_id
        )
        return self.desk.tell_fill(order, trade, ("order", "trade"))

    def stick(self, order_id: str) -> None:
        """From now on nobody can cancel this order."""
        self.desk.stuck.add(order_id)
        self.recorder.note(
            f"the venue cannot cancel {order_id}", name="stuck", facts={"id": order_id}
        )

    def free(self, order_id: str) -> None:
        """It can be cancelled again."""
        self.desk.stuck.discard(order_id)
        self.recorder.note(f"the venue can cancel {order_id} again", name="freed")

    def candle(
        self, symbol: str, close: str, timeframe: str = "1m", at: datetime | None = None
    ) -> str:
        """A bar that closes here, where the symbol trades from now on."""
        self.desk.prices[symbol] = Decimal(close)
        event = self.desk.tell_candle(symbol, timeframe, at)
        self.price(symbol, close)
        return event

    def account_event(self, event: str = "balance_updated") -> str:
        """An account event: balance_updated, margin_warning or margin_call."""
        return self.desk.tell_account(event)

    def fail(self, code: str, message: str) -> str:
        """An error event."""
        return self.desk.tell("error", code=code, message=message)

    def told_since(self, event_id: str) -> list[str]:
        """The ids of the events that were told after this one, in order."""
        told = self.server.told
        return told[told.index(event_id) + 1 :]

    def finish(self) -> str:
        """The end of the backtest."""
        return self.desk.tell("backtest_complete")

    def say(self, message: dict[str, Json]) -> None:
        """Any message, an illegal one too."""
        self.server.say(message, deliberate=True)

    def say_raw(self, data: str | bytes) -> None:
        """A frame that is no message."""
        link = self._link()
        link.say_raw(data)

    # --- connections ---

    async def cut(self, how: How | int = How.RST) -> None:
        """Ends the stream: with a close code, or as networks do."""
        self.recorder.note(f"the Engine's stream is ended: {how}", name="cut")
        await self._link().end(how)

    def _link(self) -> Link:
        if not self.server.links:
            raise StepFailed("the Engine's stream", "no Gateway has opened it")
        return self.server.links[-1]

    # --- what was seen ---

    @property
    def links(self) -> int:
        """How often a Gateway opened the stream."""
        return len(self.server.links)

    def calls(self, method: str, path: str = ".*") -> list[Call]:
        """The requests that came, in order; `path` is a regular expression."""
        wanted = re.compile(path)
        return [
            call
            for call in self.server.calls
            if call.method == method and wanted.fullmatch(call.target.partition("?")[0])
        ]

    async def called(
        self,
        method: str,
        path: str = ".*",
        count: int = 1,
        seconds: float | None = None,
    ) -> bool:
        """Waits until such a request has come this often; whether it did in time."""
        return await self.until(
            f"{count} of {method} {path}",
            lambda: len(self.calls(method, path)) >= count,
            seconds,
        )

    async def linked(self, count: int = 1, seconds: float | None = None) -> bool:
        """Waits until a Gateway has opened the stream this often."""
        return await self.until(
            f"the Engine's stream opened {count} times",
            lambda: len(self.server.links) >= count,
            seconds,
        )

    async def acked(self, *event_ids: str, seconds: float | None = None) -> bool:
        """Waits until all these events were acknowledged."""
        return await self.until(
            f"the acknowledgement of {', '.join(event_ids)}",
            lambda: self.server.acknowledged.keys() >= set(event_ids),
            seconds,
        )
