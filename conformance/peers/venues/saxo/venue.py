"""A played Saxo account below a Gateway, with its stream."""

import json
import secrets
from decimal import Decimal
from typing import ClassVar

from conformance.errors import StepFailed
from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import How
from conformance.peers.venues.saxo.desk import ORDERS, SaxoDesk
from conformance.peers.venues.saxo.instruments import INSTRUMENTS
from conformance.peers.venues.saxo.refusals import REFUSALS
from conformance.peers.venues.saxo.rendering import quote_json
from conformance.peers.venues.saxo.requests import BASE, CONNECT
from conformance.peers.venues.saxo.server import SaxoServer
from conformance.peers.venues.saxo.stream import SaxoLink
from conformance.peers.venues.venue import PlayedVenue
from conformance.peers.venues.words import Ability, Misquote

EVENTS = ("quote", "order_update", "account_update")


class PlayedSaxo(PlayedVenue[SaxoServer, SaxoDesk]):
    """Saxo's OpenAPI: orders over REST, what becomes of them over the stream."""

    provider = "saxo"
    platforms: ClassVar = {"paper": "saxo-sim", "live": "saxo-live"}
    symbols = tuple(INSTRUMENTS)
    can = frozenset(
        {
            Ability.STREAM,
            Ability.PARTS,
            Ability.BRACKETS,
            Ability.MARGIN_CALLS,
            Ability.CANDLES,
            Ability.SHORT,
            Ability.FAILS_ONE,
        }
    )
    silence = 12
    """48 s: the InactivityTimeout of its subscriptions, which is 30 s, is over then."""
    refusals = REFUSALS
    lacks = frozenset({"hidden", "display_quantity", "leverage", "margin_mode"})
    """developer.saxo: Trading, Orders v2, for FxSpot"""

    def __init__(self, recorder: Recorder, patience: float = 4.0) -> None:
        server = SaxoServer(recorder, secrets.token_hex(32))
        self.account = f"Cf|{secrets.token_hex(8)}=="
        super().__init__(recorder, server, server.desk, patience)

    def environment(
        self, *symbols: str, mode: str = "paper", events: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """Without a refresh token: with one it would dial a host that is built in."""
        stream = self.url.replace("http", "ws", 1) + CONNECT.removesuffix("/connect")
        rows = [
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
            "SAXO_BASE_URL": f"{self.url}{BASE}",
            "SAXO_STREAM_URL": stream,
            "SAXO_APP_KEY": secrets.token_hex(16),
            "SAXO_APP_SECRET": secrets.token_hex(16),
            "SAXO_ACCOUNT_KEY": self.account,
            "SAXO_ACCESS_TOKEN": self.server.token,
            "SUBSCRIPTIONS": json.dumps(rows),
        }

    # --- the stream ---

    @property
    def streams(self) -> int:
        return self.server.opened

    async def cut(self, how: How | int = How.RST) -> None:
        await self._link().end(how)

    def refuse_streams(self, status: int | None) -> None:
        self.server.refuse_links = status

    def leave_streams_unanswered(self, value: bool = True) -> None:
        self.server.headless = value

    @property
    def listening(self) -> bool:
        link = self.server.link
        return link is not None and ORDERS in link.references

    def keep_quiet(self) -> None:
        self.server.kept = []

    def tell(self) -> list[str]:
        kept, self.server.kept = self.server.kept or [], None
        return [self.server.publish(*each) for each in kept]

    def tell_again(self, order_id: str) -> list[str]:
        """How an open order stands: a quote moved, which is among what it shows."""
        order = self.order(order_id)
        return [self.desk.tell_order(order, quoted=True)] if order.live else []

    def quote(self, symbol: str, bid: str, ask: str) -> None:
        told = {"Quote": quote_json(Decimal(bid), Decimal(ask))}
        self.server.publish(symbol, told)

    def misquote(self, symbol: str, told: Misquote) -> None:
        """A side that is None is left out, which says that it did not change."""
        sides = {"Bid": told.bid, "Ask": told.ask}
        quote: dict[str, Json] = {
            name: price if told.mistyped else float(price)
            for name, price in sides.items()
            if price is not None
        }
        if not told.tradeable:
            quote |= {"PriceTypeBid": "OldIndicative", "PriceTypeAsk": "OldIndicative"}
        self.server.publish(symbol, {"Quote": quote}, deliberate=True)

    def say_raw(self, data: str | bytes) -> None:
        """Sends a frame as it is: text, or bytes that may be no message."""
        self._link().say_raw(data)

    def disconnect(self) -> str:
        """Says that the user was logged out; nothing more comes after it."""
        return self._link().control("_disconnect")

    def reset(self, *references: str) -> str:
        """Says that subscriptions are void: these, or all of them."""
        named = {"TargetReferenceIds": list(references)}
        return self._link().control("_resetsubscriptions", **named)

    # --- the account ---

    def call_margin(self, *, again: bool = False) -> None:
        self.margin_used("100.5")

    def margin_used(self, percent: str) -> str:
        """Tells that so much of the margin is used."""
        self.desk.utilisation = Decimal(percent)
        return self.desk.tell_balance()

    def _link(self) -> SaxoLink:
        found = self.server.link
        if found is None:
            raise StepFailed("the venue's stream", "no Gateway has it open")
        return found
