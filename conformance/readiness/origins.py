"""Knows which requests made the orders and positions that another request names."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript, remembered

ORDER, POSITION = "ORDER_ID", "POSITION_ID"
"""What a shell calls an id that it was told."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One id: `told` is the request whose answer tells it, `before` what it takes."""

    id: str
    variable: str
    told: Entry
    before: tuple[Entry, ...] = ()


def named_in(entry: Entry) -> Iterator[str]:
    """The parts of a request's path that may be ids, as they were sent."""
    path = str(entry.data["target"]).partition("?")[0]
    yield from path.split("/")[2:]


@remembered
def origins(transcript: Transcript) -> Iterator[Origin]:
    """Every order and position that an answer told of first, in order."""
    known: set[str] = set()
    bought: dict[str, Entry] = {}
    for exchange in exchanges(transcript):
        for origin in (*_order(exchange, bought), *_positions(exchange, bought)):
            if origin.id not in known:
                known.add(origin.id)
                yield origin


def _order(exchange: Exchange, bought: dict[str, Entry]) -> Iterator[Origin]:
    sent, body = exchange.sent, exchange.body
    placed = exchange.method == "POST" and exchange.path.endswith("/v1/orders")
    if placed and exchange.status == 201 and isinstance(body, dict):
        if isinstance(sent, dict) and sent.get("order_type") == "MARKET":
            bought[str(sent.get("symbol"))] = exchange.request
        yield Origin(str(body.get("id")), ORDER, exchange.request)


def _positions(exchange: Exchange, bought: dict[str, Entry]) -> Iterator[Origin]:
    listed = exchange.method == "GET" and exchange.path.endswith("/v1/positions")
    if not listed or not isinstance(exchange.body, list):
        return
    for row in exchange.body:
        order = bought.get(str(_field(row, "symbol")))
        # Of a longer list a shell would have to pick the right one.
        if order is not None and len(exchange.body) == 1:
            held = str(_field(row, "id"))
            yield Origin(held, POSITION, exchange.request, (order,))


def _field(row: Json, name: str) -> Json:
    return row.get(name) if isinstance(row, dict) else None
