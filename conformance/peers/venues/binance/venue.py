"""A played Binance spot account below a Gateway; its stream cannot be played."""

import secrets
from typing import ClassVar

from conformance.evidence.recorder import Recorder
from conformance.peers.venues.binance.desk import BinanceDesk
from conformance.peers.venues.binance.refusals import REFUSALS
from conformance.peers.venues.binance.requests import Credentials
from conformance.peers.venues.binance.server import BinanceServer
from conformance.peers.venues.binance.symbols import SYMBOLS
from conformance.peers.venues.venue import PlayedVenue
from conformance.peers.venues.words import Ability


class PlayedBinance(PlayedVenue[BinanceServer, BinanceDesk]):
    """Binance spot over REST: the hosts of its streams are built into a Gateway."""

    provider = "binance_spot"
    platforms: ClassVar = {
        "paper": "binance-spot-testnet",
        "live": "binance-spot-live",
    }
    symbols = tuple(SYMBOLS)
    can = frozenset(
        {
            Ability.PARTS,
            Ability.CANDLES,
        }
    )
    refusals = REFUSALS
    lacks = frozenset({"hidden", "leverage", "margin_mode"})
    """developers.binance.com: Spot Trading, New order"""

    def __init__(self, recorder: Recorder, patience: float = 4.0) -> None:
        desk = BinanceDesk(recorder)
        self.credentials = Credentials(secrets.token_hex(32), secrets.token_hex(32))
        server = BinanceServer(recorder, desk, self.credentials)
        super().__init__(recorder, server, desk, patience)

    def environment(
        self, *symbols: str, mode: str = "paper", events: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """Without subscriptions: any would have it dial a host that is built in."""
        return {
            "GATEWAY_PROVIDER": self.provider,
            "GATEWAY_MODE": mode,
            "BINANCE_BASE_URL": self.url,
            "BINANCE_STREAM_URL": self.url.replace("http", "ws"),
            "BINANCE_API_KEY": self.credentials.key,
            "BINANCE_API_SECRET": self.credentials.secret,
        }
