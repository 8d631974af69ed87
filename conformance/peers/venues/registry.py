"""Which brokers can be played, by the value of GATEWAY_PROVIDER."""

from collections.abc import Mapping
from typing import Any

from conformance.evidence.recorder import Recorder
from conformance.peers.venues.alpaca.venue import PlayedAlpaca
from conformance.peers.venues.binance.venue import PlayedBinance
from conformance.peers.venues.oanda.venue import PlayedOanda
from conformance.peers.venues.saxo.venue import PlayedSaxo
from conformance.peers.venues.venue import PlayedVenue

Venue = PlayedVenue[Any, Any]

VENUES: Mapping[str, type[Venue]] = {
    PlayedAlpaca.provider: PlayedAlpaca,
    PlayedBinance.provider: PlayedBinance,
    PlayedOanda.provider: PlayedOanda,
    PlayedSaxo.provider: PlayedSaxo,
}


def venue_for(provider: str, recorder: Recorder, patience: float = 4.0) -> Venue:
    """A broker that does not listen yet."""
    return VENUES[provider](recorder, patience=patience)  # type: ignore[call-arg]
