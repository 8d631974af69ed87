"""Whether orders are kept from OANDA for a while, because it was not well."""

import time
from typing import Any

from conformance.reference.failure import Failure
from conformance.venue.order import Terms

OUTAGES = 5
"""So many in a row open it."""

OPEN_SECONDS = 30.0
"""So long it stays open, unless it is reset."""

UNWELL = ("PROVIDER_ERROR", "PROVIDER_UNAVAILABLE")
"""The failures that are outages; a refusal is none."""


class Breaker:
    """Opens after outages of new orders; what reduces is never kept back."""

    def __init__(self) -> None:
        self.outages = 0
        self.opened_at: float | None = None

    @property
    def open(self) -> bool:
        if self.opened_at is None:
            return False
        return time.monotonic() - self.opened_at < OPEN_SECONDS

    def check(self, terms: Terms) -> None:
        """Raises Failure for an order that is kept back."""
        if self.open and not terms.reduce_only:
            text = f"{OUTAGES} orders in a row met an outage: orders are kept back"
            raise Failure("PROVIDER_UNAVAILABLE", text)

    def failed(self, failure: Failure) -> None:
        """An order failed."""
        self.outages = self.outages + 1 if failure.code in UNWELL else 0
        if self.outages >= OUTAGES:
            self.opened_at = time.monotonic()

    def reset(self) -> None:
        """An order was answered, or somebody said that OANDA is well."""
        self.outages, self.opened_at = 0, None

    def snapshot(self) -> dict[str, Any]:
        """How it stands."""
        state = "open" if self.open else "closed"
        return {"state": state, "failure_count": self.outages}
