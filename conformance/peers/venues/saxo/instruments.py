"""What the played Saxo trades: instruments by Uic and asset type."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.evidence.entry import Json


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument, as the reference data has it."""

    uic: int
    asset_type: str
    ticker: str
    description: str

    @property
    def symbol(self) -> str:
        """How a Gateway names it."""
        return f"{self.ticker}:{self.asset_type}"

    @property
    def shown(self) -> Json:
        """It as an entry of the reference data."""
        return {
            "Identifier": self.uic,
            "AssetType": self.asset_type,
            "Symbol": self.ticker,
            "Description": self.description,
            "SummaryType": "Instrument",
        }


_TRADED = (
    Instrument(21, "FxSpot", "EURUSD", "Euro/US Dollar"),
    Instrument(31, "FxSpot", "GBPUSD", "British Pound/US Dollar"),
    Instrument(42, "FxSpot", "USDJPY", "US Dollar/Japanese Yen"),
    Instrument(4, "FxSpot", "AUDUSD", "Australian Dollar/US Dollar"),
    Instrument(39, "FxSpot", "USDCHF", "US Dollar/Swiss Franc"),
    Instrument(38, "FxSpot", "USDCAD", "US Dollar/Canadian Dollar"),
)

INSTRUMENTS: Mapping[str, Instrument] = {i.symbol: i for i in _TRADED}
"""By the name that a Gateway uses."""


def instrument_of(uic: Json, asset_type: Json) -> Instrument | None:
    """The instrument of this Uic and asset type, if it is traded."""
    found = (i for i in _TRADED if (i.uic, i.asset_type) == (uic, asset_type))
    return next(found, None)
