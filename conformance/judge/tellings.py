"""Every time that an order was told, and which telling certainly came after which."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.orders import announcements, number
from conformance.judge.venue import overfilled
from conformance.protocol.words import OrderStatus


@dataclass(frozen=True, slots=True)
class Telling:
    """An order as a stream or an answer told it; `order` is the raw JSON.

    `asked` and `told` are entry numbers: for a message the same, for an answer those of
    request and response. `channel` is the stream's name, or "" for REST.
    """

    order: dict[str, Json]
    channel: str
    asked: int
    told: int
    where: Entry | Exchange
    event: str = ""

    @property
    def id(self) -> str:
        return str(self.order.get("id"))

    @property
    def status(self) -> OrderStatus | None:
        """Its state; None where it is no known word."""
        found = self.order.get("status")
        if not isinstance(found, str) or found not in set(OrderStatus):
            return None
        return OrderStatus(found)

    def number(self, name: str) -> Decimal | None:
        """A decimal field; None where it is absent or no decimal."""
        return number(self.order, name)

    def was_before(self, other: "Telling") -> bool:
        """Whether the other certainly says what was so later.

        A message may have waited in its stream while an answer overtook it: that an
        answer came before a message shows nothing, the other way round it does.
        """
        if other.channel:
            return self.channel == other.channel and self.told < other.told
        return self.told < other.asked


def tellings(transcript: Transcript) -> dict[str, list[Telling]]:
    """Every order of the transcript by id, each telling in the order of its end.

    But for those of which the venue filled more than there was: no sum can hold there.
    """
    found: dict[str, list[Telling]] = {}
    over = overfilled(transcript)
    # Another process may begin its ids anew: only of one can be told what it said.
    deaths = [e.number for e in transcript.of_kind(Kind.PROCESS) if _died(e)]
    for telling in _in_order(transcript):
        if telling.id in over or any(telling.asked < number for number in deaths):
            continue
        found.setdefault(telling.id, []).append(telling)
    return found


def _died(entry: Entry) -> bool:
    """Whether a Gateway ended here by itself, so that a fresh one went on."""
    return bool(entry.data.get("event") == "died")


@remembered
def _in_order(transcript: Transcript) -> Iterator[Telling]:
    for telling in sorted(_all(transcript), key=lambda t: t.told):
        if isinstance(telling.order.get("id"), str):
            yield telling


def _all(transcript: Transcript) -> Iterator[Telling]:
    for said in announcements(transcript):
        at = said.entry.number
        yield Telling(said.order, said.stream, at, at, said.entry, said.event)
    for exchange in exchanges(transcript):
        response = exchange.response
        if response is None or exchange.status != 200:
            continue
        asked, told = exchange.request.number, response.number
        for order in _orders_in(exchange):
            yield Telling(order, "", asked, told, exchange)


def _orders_in(exchange: Exchange) -> Iterator[dict[str, Json]]:
    """The whole orders of an answer: of a GET, or of a change that tells the result."""
    if "orders" not in exchange.segments:
        return
    body = exchange.body
    if exchange.method != "GET":
        body = body.get("order") if isinstance(body, dict) else None
    for order in body if isinstance(body, list) else [body]:
        if isinstance(order, dict) and "filled_quantity" in order:
            yield order


def steps(told: list[Telling]) -> Iterator[tuple[Telling, Telling]]:
    """Each telling with the last one of every channel that was before it."""
    last: dict[str, list[Telling]] = {}
    for telling in told:
        for earlier in last.values():
            before = (t for t in reversed(earlier) if t.was_before(telling))
            found = next(before, None)
            if found is not None:
                yield found, telling
        last.setdefault(telling.channel, []).append(telling)
