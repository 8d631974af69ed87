"""What a transcript tells of each order: how it was asked for, announced and shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange, exchanges, message_of
from conformance.evidence.transcript import Transcript, remembered
from conformance.protocol.money import NotADecimal, decimal_of


@dataclass(frozen=True, slots=True)
class Announcement:
    """One `order` message of the stream; `order` is the raw JSON."""

    entry: Entry
    stream: str
    event: str
    order: dict[str, Json]

    @property
    def id(self) -> str:
        return str(self.order.get("id"))

    @property
    def status(self) -> str:
        return str(self.order.get("status"))


@dataclass(frozen=True, slots=True)
class Submitted:
    """One POST /v1/orders of ours; `id` is None where no order came of it."""

    exchange: Exchange
    fields: dict[str, Json]
    id: str | None

    @property
    def client_id(self) -> str | None:
        found = self.fields.get("client_order_id")
        return found if isinstance(found, str) else None

    @property
    def accepted(self) -> bool:
        return self.exchange.status == 201 and self.id is not None


@remembered
def asked(
    transcript: Transcript, method: str, *template: str | None
) -> Iterator[Exchange]:
    """The exchanges of one operation; None in the template stands for any segment.

    `asked(t, "DELETE", "v1", "orders", None)` are the cancels of one order. A base path
    of the subject's URL may come before.
    """
    for exchange in exchanges(transcript):
        if exchange.method == method and _fits(exchange.segments, template):
            yield exchange


def _fits(segments: tuple[str, ...], template: tuple[str | None, ...]) -> bool:
    tail = segments[-len(template) :]
    if len(tail) != len(template):
        return False
    return all(want in (None, part) for part, want in zip(tail, template, strict=True))


def submitted(transcript: Transcript) -> Iterator[Submitted]:
    """Every order that the script sent, accepted or not, in order."""
    for exchange in asked(transcript, "POST", "v1", "orders"):
        fields, body = exchange.sent, exchange.body
        order_id = body.get("id") if isinstance(body, dict) else None
        yield Submitted(
            exchange,
            fields if isinstance(fields, dict) else {},
            order_id if isinstance(order_id, str) else None,
        )


def accepted(transcript: Transcript) -> Iterator[Submitted]:
    """Every order of the script that was accepted."""
    return (order for order in submitted(transcript) if order.accepted)


@remembered
def announcements(
    transcript: Transcript, stream: str | None = None, order_id: str | None = None
) -> Iterator[Announcement]:
    """The `order` messages, of one stream or all, of one order or all."""
    for entry in transcript.messages(stream):
        message = message_of(entry)
        if not isinstance(message, dict) or message.get("type") != "order":
            continue
        order = message.get("order")
        if not isinstance(order, dict):
            continue
        said = Announcement(
            entry, entry.data["stream"], str(message.get("event")), order
        )
        if order_id in (None, said.id):
            yield said


@remembered
def messages_of_type(
    transcript: Transcript, kind: str, stream: str | None = None
) -> Iterator[tuple[Entry, dict[str, Json]]]:
    """The stream messages of one `type`, with their JSON."""
    for entry in transcript.messages(stream):
        message = message_of(entry)
        if isinstance(message, dict) and message.get("type") == kind:
            yield entry, message


def shown(
    transcript: Transcript, order_id: str | None = None
) -> Iterator[tuple[Exchange, dict[str, Json]]]:
    """Every order that a GET showed (one or in a list), with the exchange."""
    for exchange in exchanges(transcript):
        if exchange.method != "GET" or exchange.status != 200:
            continue
        if "orders" not in exchange.segments:
            continue
        body = exchange.body
        for order in body if isinstance(body, list) else [body]:
            if isinstance(order, dict) and order_id in (None, order.get("id")):
                yield exchange, order


def number(order: dict[str, Json], name: str) -> Decimal | None:
    """A decimal field, exact; None where it is absent or no decimal string."""
    try:
        return decimal_of(order.get(name))
    except NotADecimal:
        return None


def is_ours(transcript: Transcript, order: dict[str, Json]) -> bool:
    """Whether an order is of this script: its symbol is, or its client id says so."""
    client_id = order.get("client_order_id")
    if isinstance(client_id, str) and client_id.startswith(transcript.header.prefix):
        return True
    return order.get("symbol") in transcript.header.symbols
