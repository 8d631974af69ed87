"""Which of OANDA's endpoints a request is for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.peers.venues.words import Operation

A = "/v3/accounts/(?P<account>[^/]+)"

ROUTES: tuple[tuple[str, str, str, Operation], ...] = (
    ("POST", f"{A}/orders", "submit", Operation.SUBMIT),
    ("GET", f"{A}/orders", "orders", Operation.ORDERS),
    ("GET", f"{A}/pendingOrders", "pending", Operation.ORDERS),
    ("GET", f"{A}/orders/(?P<id>[^/]+)", "order", Operation.ORDER),
    ("PUT", f"{A}/orders/(?P<id>[^/]+)", "replace", Operation.REPLACE),
    ("PUT", f"{A}/orders/(?P<id>[^/]+)/cancel", "cancel", Operation.CANCEL),
    ("GET", f"{A}/trades", "trades", Operation.TRADES),
    ("GET", f"{A}/openTrades", "open-trades", Operation.TRADES),
    ("GET", f"{A}/trades/(?P<id>[^/]+)", "trade", Operation.TRADES),
    ("PUT", f"{A}/trades/(?P<id>[^/]+)/close", "close-trade", Operation.CLOSE),
    ("GET", f"{A}/positions", "positions", Operation.POSITIONS),
    ("GET", f"{A}/openPositions", "open-positions", Operation.POSITIONS),
    ("GET", f"{A}/positions/(?P<id>[^/]+)", "position", Operation.POSITION),
    ("PUT", f"{A}/positions/(?P<id>[^/]+)/close", "close-position", Operation.CLOSE),
    ("GET", f"{A}/summary", "summary", Operation.ACCOUNT),
    ("GET", A, "account", Operation.ACCOUNT),
    ("GET", f"{A}/pricing", "pricing", Operation.QUOTE),
    ("GET", f"{A}/pricing/stream", "pricing-stream", Operation.STREAM),
    ("GET", f"{A}/transactions/stream", "transactions-stream", Operation.STREAM),
    ("GET", f"{A}/transactions/sinceid", "transactions-since", Operation.OTHER),
    ("GET", f"{A}/transactions/(?P<id>[0-9]+)", "transaction", Operation.OTHER),
    ("GET", "/v3/instruments/(?P<id>[^/]+)/candles", "candles", Operation.BARS),
)
FOUND = tuple((m, re.compile(p), name, operation) for m, p, name, operation in ROUTES)


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint and what the request's path and query name."""

    name: str
    operation: Operation
    account: str | None
    id: str
    query: Mapping[str, str]
    allowed: str | None = None
    """The method that the endpoint takes, where the request's is another."""


def route_of(method: str, target: str) -> Route | None:
    """The endpoint of a request; None where OANDA has none."""
    split = urlsplit(target)
    query = dict(parse_qsl(split.query))
    other: Route | None = None
    for wanted, pattern, name, operation in FOUND:
        match = pattern.fullmatch(split.path)
        if match is None:
            continue
        # Split first, then decoded: an id never is more than one part of the path.
        named = {k: unquote(v) for k, v in match.groupdict().items()}
        account, identity = named.get("account"), named.get("id", "")
        allowed = None if wanted == method else wanted
        route = Route(name, operation, account, identity, query, allowed)
        if allowed is None:
            return route
        other = other or route
    return other
