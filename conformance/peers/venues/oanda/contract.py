"""Which fields OANDA's documents ask of an answer; ours are held to it.

developer.oanda.com/rest-live-v20: order-ep, trade-ep, position-ep, account-ep,
pricing-ep, instrument-ep
"""

from collections.abc import Iterator, Mapping

from conformance.evidence.entry import Json
from conformance.peers.venues.oanda.lines import line_fault, transaction_fault

ROWS: Mapping[str, tuple[str, ...]] = {
    "order": ("id", "createTime", "type", "state"),
    "trade": (
        "id",
        "instrument",
        "price",
        "openTime",
        "state",
        "initialUnits",
        "currentUnits",
        "realizedPL",
    ),
    "position": ("instrument", "unrealizedPL"),
    "account": (
        "id",
        "currency",
        "balance",
        "NAV",
        "unrealizedPL",
        "marginUsed",
        "marginAvailable",
        "lastTransactionID",
    ),
    "candle": ("time",),
}
"""The text fields of each thing that is shown, in its list too."""


def answer_fault(status: int, body: Mapping[str, Json]) -> str | None:
    """What OANDA's documents do not allow of an answer; None where they allow it."""
    if status >= 400:
        told = isinstance(body.get("errorMessage"), str)
        return next(_transactions(body), None) if told else "an error has no message"
    return next(_transactions(body), None) or next(_rows(body), None)


def _transactions(body: Mapping[str, Json]) -> Iterator[str]:
    rows = [v for k, v in body.items() if k.endswith("Transaction")]
    rows += [v for v in body.get("transactions", ()) if isinstance(v, dict)]
    for row in rows:
        if (fault := transaction_fault(row)) is not None:
            yield fault


def _rows(body: Mapping[str, Json]) -> Iterator[str]:
    for name, wanted in ROWS.items():
        one = [body[name]] if name in body else []
        for row in (*one, *body.get(f"{name}s", ())):
            wrong = [n for n in wanted if not isinstance(row.get(n), str)]
            if wrong:
                yield f"{wrong[0]} of a shown {name} is no string"
    for price in body.get("prices", ()):
        if (fault := line_fault("pricing", price)) is not None:
            yield fault
