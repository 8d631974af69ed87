"""What goes over the wire because a script wants it: answers and messages."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Cut, Hold, Status
from conformance.peers.strategy.ground import Ground
from conformance.peers.strategy.server import (
    Planned,
    Where,
    any_body,
)
from conformance.protocol import instants
from conformance.protocol.money import text_of

CROSSED = Decimal(1)
"""By so much the bid lies above the last price, and the ask below it."""


class Wire(Ground):
    """How requests are answered, and what is told."""

    def on(
        self,
        method: str,
        path: str,
        conduct: Cut | Hold | Status,
        *,
        where: Where = any_body,
        times: int = 1,
    ) -> None:
        """What is done with the next requests that fit; `path` is an expression."""
        self.server.plans.append(
            Planned(method, re.compile(path), conduct, where, times)
        )

    def no_more(self) -> None:
        """Nothing is planned any more."""
        for plan in self.server.plans:
            if isinstance(plan.conduct, Hold):
                plan.conduct.release()
        self.server.plans.clear()
        self.provider.expected.clear()

    def tell(self, message: dict[str, Json], *, deliberate: bool = False) -> str | None:
        """Sends one message on the stream, stamped; its event id where it has one."""
        stamp = {"timestamp": instants.text_of(datetime.now(UTC))}
        return self.stream.tell({**stamp, **message}, deliberate=deliberate)

    def tell_plain(self, message: dict[str, Json]) -> None:
        """Sends one message that is never acknowledged: it has no id in a backtest."""
        stamp = {"timestamp": instants.text_of(datetime.now(UTC))}
        self.stream.tell_text(json.dumps({**message, **stamp}))
        # A strategy that confirms events confirms no heartbeat.
        self.stream.acks += 1

    def tell_absurd(self, factor: Decimal) -> None:
        """Tells the next bar at prices that cannot be; the venue trades as before."""
        market = self.market
        market.factor, bar = factor, market.next
        told = {"type": "candle", "bar": market.bar_json(market.bar(bar))}
        market.factor = Decimal(1)
        market.next += 1
        self.tell(told)

    def tell_untraded(self) -> None:
        """Tells the next bar with no volume; the venue trades as before."""
        market = self.market
        bar = replace(market.bar(market.next), volume=Decimal(0))
        market.next += 1
        self.tell({"type": "candle", "bar": market.bar_json(bar)})

    def tell_crossed(self) -> None:
        """Tells a quote whose bid is above its ask."""
        market = self.market
        quote = market.quote_json(market.bar(max(market.next - 1, 0)))
        last = Decimal(quote["last"])
        quote |= {"bid": text_of(last + CROSSED), "ask": text_of(last - CROSSED)}
        self.tell({"type": "quote", "quote": quote})

    def repeat_bar(self, back: int = 0) -> None:
        """Tells the last bar once more, under another id, or one so far back."""
        bar = self.market.bar(self.market.next - 1 - back)
        self.tell({"type": "candle", "bar": self.market.bar_json(bar)})

    def correct_bar(self, by: Decimal) -> None:
        """Tells the last bar with another close: the time is the same."""
        bar = self.market.bar(self.market.next - 1)
        close = bar.close + by
        high, low = max(bar.high, close), min(bar.low, close)
        corrected = replace(bar, high=high, low=low, close=close)
        self.tell({"type": "candle", "bar": self.market.bar_json(corrected)})

    @property
    def refusals(self) -> int:
        """How often the strategy was told that its key is wrong."""
        return self.server.unauthorized
