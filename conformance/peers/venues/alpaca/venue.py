"""A played Alpaca account below a Gateway; its streams cannot be played."""

import secrets
from typing import ClassVar

from conformance.evidence.recorder import Recorder
from conformance.peers.venues.alpaca.assets import COINS, STOCKS
from conformance.peers.venues.alpaca.desk import AlpacaDesk
from conformance.peers.venues.alpaca.refusals import REFUSALS
from conformance.peers.venues.alpaca.requests import Credentials
from conformance.peers.venues.alpaca.server import AlpacaServer
from conformance.peers.venues.venue import PlayedVenue
from conformance.peers.venues.words import Ability


class PlayedAlpaca(PlayedVenue[AlpacaServer, AlpacaDesk]):
    """Alpaca over REST: the hosts of its streams are built into a Gateway."""

    provider = "alpaca"
    platforms: ClassVar = {"paper": "alpaca-paper", "live": "alpaca-live"}
    symbols = STOCKS + COINS
    coins = COINS
    can = frozenset(
        {
            Ability.PARTS,
            Ability.BRACKETS,
            Ability.CANDLES,
            Ability.SHORT,
            Ability.FAILS_ONE,
            Ability.PENDING,
        }
    )
    refusals = REFUSALS
    lacks = frozenset({"hidden", "leverage", "margin_mode"})
    """docs.alpaca.markets/reference/postorder"""

    def __init__(self, recorder: Recorder, patience: float = 4.0) -> None:
        desk = AlpacaDesk(recorder)
        self.credentials = Credentials(secrets.token_hex(10), secrets.token_hex(20))
        server = AlpacaServer(recorder, desk, self.credentials)
        super().__init__(recorder, server, desk, patience)

    def environment(
        self, *symbols: str, mode: str = "paper", events: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """Without subscriptions: any would have it dial a host that is built in."""
        return {
            "GATEWAY_PROVIDER": self.provider,
            "GATEWAY_MODE": mode,
            "ALPACA_BASE_URL": self.url,
            "ALPACA_DATA_URL": self.url,
            "ALPACA_API_KEY": self.credentials.key,
            "ALPACA_API_SECRET": self.credentials.secret,
        }

    def keep_open(self, symbol: str) -> None:
        """What is held is held for other orders: none of it is available."""
        self.desk.held_back.add(symbol)
        told = f"the venue: all of {symbol} is held for orders"
        self.recorder.note(told, name="conduct")

    def linger(self) -> None:
        self.desk.lingering = True
        self.recorder.note("the venue: cancels stay pending", name="conduct")
