"""What a session may differ by, and what a broker charges: as the user declares it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The table `[tolerances]`; what is None is not declared.

    `…_percent` is of the first session's figure, `…_points` a difference of percents.
    """

    trades_per_day_percent: Decimal | None = None
    win_rate_points: Decimal | None = None
    profit_percent: Decimal | None = None
    """Of the mean result of a round trip."""
    slippage_bps: Decimal | None = None
    """The mean that is allowed, and by how much two sessions' may differ."""
    rejection_points: Decimal | None = None
    fees_percent: Decimal | None = None
    max_rejections_percent: Decimal | None = None
    unattended_seconds: Decimal | None = None
    """How long a position may stand while no strategy is connected."""
    margin_percent: Decimal | None = None
    """The most of the equity that may be used as margin."""


@dataclass(frozen=True, slots=True)
class Fees:
    """The table `[fees]`: what the broker charges for an order that is filled."""

    percent: Decimal = Decimal(0)
    """Of what the fills are worth."""
    maker_percent: Decimal | None = None
    per_unit: Decimal = Decimal(0)
    per_order: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    """The least that one order costs."""
    currency: str = ""

    def of(
        self, worth: Decimal, quantity: Decimal, maker_worth: Decimal = Decimal(0)
    ) -> Decimal:
        """What one order costs; `maker_worth` is the part that added liquidity."""
        maker = self.percent if self.maker_percent is None else self.maker_percent
        share = (worth - maker_worth) * self.percent + maker_worth * maker
        whole = share / 100 + quantity * self.per_unit + self.per_order
        return max(whole, self.minimum)
