"""A played OANDA v20 account below a Gateway: REST and both streams."""

import json
import secrets
from decimal import Decimal
from typing import ClassVar

from conformance.errors import StepFailed
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import How
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.refusals import REFUSALS
from conformance.peers.venues.oanda.rendering import price_json
from conformance.peers.venues.oanda.server import OandaServer
from conformance.peers.venues.oanda.terms import ACCOUNT, SYMBOLS
from conformance.peers.venues.venue import PlayedVenue
from conformance.peers.venues.words import Ability

EVENTS = ("quote", "order_update", "account_update")


class PlayedOanda(PlayedVenue[OandaServer, OandaDesk]):
    """OANDA, whose every address a Gateway takes from its environment."""

    provider = "oanda"
    platforms: ClassVar = {"paper": "oanda-practice", "live": "oanda-live"}
    symbols = SYMBOLS
    can = frozenset(
        {
            Ability.STREAM,
            Ability.LATER,
            Ability.BRACKETS,
            Ability.FINANCING,
            Ability.COMMISSION,
            Ability.MARGIN_CALLS,
            Ability.REPLACES,
            Ability.CLIENT_IDS,
            Ability.CANDLES,
            Ability.SHORT,
        }
    )
    refusals = REFUSALS

    def __init__(self, recorder: Recorder, patience: float = 4.0) -> None:
        self.token = secrets.token_hex(32)
        server = OandaServer(recorder, self.token)
        super().__init__(recorder, server, server.desk, patience)

    def environment(
        self, *symbols: str, mode: str = "paper", events: tuple[str, ...] = ()
    ) -> dict[str, str]:
        names = ("OANDA_BASE_URL", "OANDA_REST_URL", "OANDA_STREAM_URL")
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
            "OANDA_API_KEY": self.token,
            "OANDA_ACCOUNT_ID": ACCOUNT,
            **dict.fromkeys(names, self.url),
            "SUBSCRIPTIONS": json.dumps(subscribed),
        }

    def fill(
        self,
        order_id: str,
        quantity: str,
        price: str | None = None,
        tell: tuple[str, ...] | None = None,
    ) -> list[str]:
        """Fills a whole order: what rests here is filled in part under another id."""
        if Decimal(quantity) != self.order(order_id).remaining:
            raise StepFailed("a part of an order", "OANDA reissues what is left of it")
        return super().fill(order_id, quantity, price, tell)

    @property
    def streams(self) -> int:
        return len(self.server.of("transactions"))

    async def cut(self, how: How | int = How.RST) -> None:
        """Ends both streams."""
        self.recorder.note(f"the venue's streams are ended: {how}", name="cut")
        for stream in self.server.streams:
            if stream.open:
                await stream.end(how)

    def refuse_streams(self, status: int | None) -> None:
        self.server.refuse_streams = status

    def quote(self, symbol: str, bid: str, ask: str) -> None:
        self.server.quote(price_json(self.desk, symbol, Decimal(bid), Decimal(ask)))

    def finance(self, symbol: str, amount: str) -> list[str]:
        """Books a day's financing of a symbol."""
        return self.desk.finance(symbol, Decimal(amount))

    def margin_call(self, stage: str) -> list[str]:
        """Tells of a margin call: `enter`, `extend` or `exit`."""
        return self.desk.margin_call(stage)
