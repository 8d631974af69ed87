"""OANDA as a script sees it: what every venue can, and what only OANDA does."""

import asyncio
import json
from decimal import Decimal
from typing import ClassVar

from conformance.errors import StepFailed
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import How
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.link import Stream
from conformance.peers.venues.oanda.refusals import REFUSALS
from conformance.peers.venues.oanda.rendering import price_json
from conformance.peers.venues.oanda.server import OandaServer
from conformance.peers.venues.oanda.terms import ACCOUNT, SYMBOLS
from conformance.peers.venues.venue import PlayedVenue
from conformance.peers.venues.words import Ability, Misquote

EVENTS = (
    "quote",
    "order_update",
    "trade_update",
    "position_update",
    "account_update",
)
"""What OANDA has without polling; bars are asked for by name."""


class PlayedOanda(PlayedVenue[OandaServer, OandaDesk]):
    """A played OANDA v20 account."""

    provider = "oanda"
    platforms: ClassVar = {"paper": "oanda-practice", "live": "oanda-live"}
    symbols = SYMBOLS
    silence = 5
    """20 s: four heartbeats are missing then."""
    can = frozenset(Ability) - {Ability.PARTS, Ability.PENDING}
    refusals = REFUSALS
    lacks = frozenset(
        {
            "STOP_LIMIT",
            "TRAILING_STOP",
            "hidden",
            "display_quantity",
            "leverage",
            "margin_mode",
        }
    )
    """developer.oanda.com/rest-live-v20: order-df"""

    def __init__(self, recorder: Recorder, patience: float = 4.0) -> None:
        server = OandaServer(recorder)
        super().__init__(recorder, server, server.desk, patience)

    def environment(
        self, *symbols: str, mode: str = "paper", events: tuple[str, ...] = ()
    ) -> dict[str, str]:
        subscribed = [
            {
                "platform": self.platforms[mode],
                "instrument": symbol,
                "events": list(events or EVENTS),
            }
            for symbol in symbols
        ]
        return {
            "GATEWAY_PROVIDER": self.provider,
            "GATEWAY_MODE": mode,
            "OANDA_API_KEY": self.server.key,
            "OANDA_ACCOUNT_ID": ACCOUNT,
            # One that is left out would lead to the real OANDA.
            "OANDA_BASE_URL": self.url,
            "OANDA_REST_URL": self.url,
            "OANDA_STREAM_URL": self.url,
            "SUBSCRIPTIONS": json.dumps(subscribed),
        }

    def keep_open(self, symbol: str) -> None:
        """The instrument is halted: an order that would trade is cancelled."""
        self.desk.halted.add(symbol)
        self.recorder.note(f"the venue: {symbol} is halted", name="conduct")

    # --- the streams ---

    @property
    def streams(self) -> int:
        return sum(s.name == "transactions" for s in self.server.streams)

    @property
    def price_streams(self) -> int:
        """How often a Gateway opened the stream of prices."""
        return sum(s.name == "pricing" for s in self.server.streams)

    async def cut(self, how: How | int = How.RST) -> None:
        """Ends the stream of transactions; a number ends it with its last chunk."""
        await self._open("transactions").end(how)

    async def cut_prices(self, how: How | int = How.RST) -> None:
        """Ends the stream of prices."""
        await self._open("pricing").end(how)

    async def cut_all(self, how: How | int = How.RST) -> None:
        await asyncio.gather(self.cut(how), self.cut_prices(how))

    def refuse_streams(self, status: int | None) -> None:
        self.server.refuse_streams = status

    def leave_streams_unanswered(self, value: bool = True) -> None:
        self.server.headless = value

    @property
    def listening(self) -> bool:
        return all(self.server.newest(n) for n in ("transactions", "pricing"))

    def keep_quiet(self) -> None:
        self.desk.quiet = True

    def quote(self, symbol: str, bid: str, ask: str) -> None:
        line = price_json(symbol, Decimal(bid), Decimal(ask), self.desk.now())
        self._open("pricing").say(line)

    def misquote(self, symbol: str, told: Misquote) -> None:
        sides = (told.bid, told.ask)
        bid, ask = (None if side is None else Decimal(side) for side in sides)
        line = price_json(symbol, bid, ask, self.desk.now(), told.tradeable)
        for rung in (*line["bids"], *line["asks"]) if told.mistyped else ():
            rung["price"] = float(rung["price"])
        self._open("pricing").say(line, deliberate=True)

    def say_raw(self, text: str, stream: str = "transactions") -> None:
        """A line as it is, whatever it is."""
        self._open(stream).say_raw(text)

    def tell(self, *transactions: str) -> list[str]:
        """Tells transactions on the stream, again too; the untold ones by default."""
        self.desk.quiet = False
        wanted = transactions or tuple(self.desk.untold)
        self.desk.untold = [t for t in self.desk.untold if t not in wanted]
        return [self.desk.say(self.desk.ledger.transactions[t]) for t in wanted]

    def tell_again(self, order_id: str) -> list[str]:
        return self.tell(*self.desk.details[order_id].fills)

    def thin(self, symbol: str, quantity: str | None) -> None:
        self.desk.liquidity.pop(symbol, None)
        if quantity is not None:
            self.desk.liquidity[symbol] = Decimal(quantity)

    def _open(self, name: str) -> Stream:
        stream = self.server.newest(name)
        if stream is None:
            raise StepFailed(f"the venue's stream of {name}", "none is open")
        return stream

    # --- what concerns no order ---

    def hedge(self) -> None:
        self.desk.hedging = True

    def account_in(self, currency: str) -> None:
        self.desk.currency = currency

    def financing(self, symbol: str, amount: str) -> list[str]:
        return self.desk.finance(symbol, Decimal(amount))

    def call_margin(self, *, again: bool = False) -> None:
        self.desk.call_margin(again)

    def trades(self, symbol: str) -> list[str]:
        return [trade.id for trade in self.desk.open_trades(symbol)]
