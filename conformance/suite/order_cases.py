"""Orders of a script by the name of their case, and what became of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.ledger import ZERO
from conformance.judge.orders import Submitted, submitted
from conformance.judge.tellings import Telling, tellings
from conformance.peers.played import Played
from conformance.peers.reply import Reply
from conformance.protocol.order_states import LIVE, TERMINAL


@dataclass(frozen=True, slots=True)
class Case:
    """One order of a script's table: its name and its fields, symbol apart."""

    name: str
    fields: Mapping[str, Json]


FAR_ABOVE = "far above"
"""In a case: three times the price of its symbol."""

HALF = "half"
"""In a case: half the price of its symbol."""

_PARTS = {FAR_ABOVE: Decimal(3), HALF: Decimal("0.5")}
CENT = Decimal("0.01")


def case(name: str, **fields: Json) -> Case:
    """A market buy of 2 unless told otherwise."""
    return Case(name, {"quantity": "2", **fields})


async def send(
    strategy: Played, cases: Sequence[Case], symbols: Sequence[str]
) -> list[Reply]:
    """Sends each case on a symbol of its own, notes it, and asks for it at once."""
    replies = []
    for each, symbol in zip(cases, symbols, strict=False):
        mark = strategy.client_id()
        priced = await _priced(strategy, each, symbol)
        asked = {"client_order_id": mark, **priced}
        strategy.note("case", f"{each.name} on {symbol}", case=each.name, client=mark)
        reply = await strategy.submit(symbol=symbol, **asked)
        replies.append(reply)
        if reply.status == 201:
            await strategy.show(str(reply.field("id")))
    return replies


async def _priced(strategy: Played, each: Case, symbol: str) -> dict[str, Json]:
    """The case's fields, with prices that are told by where the market is."""
    fields = dict(each.fields)
    for name, value in each.fields.items():
        if isinstance(value, str) and value in _PARTS:
            market = await strategy.price(symbol)
            fields[name] = str((market * _PARTS[value]).quantize(CENT))
    return fields


@dataclass(frozen=True, slots=True)
class Sent:
    """One case that was sent, and everything that was told of its order."""

    case: str
    order: Submitted
    told: tuple[Telling, ...]

    @property
    def where(self) -> tuple[Entry | Exchange, ...]:
        """The order and the last that was told of it."""
        last = [t.where for t in self.told[-1:]]
        return (self.order.exchange, *last)

    @property
    def refused(self) -> bool:
        status = self.order.exchange.status
        return status is not None and 400 <= status < 500

    @property
    def known(self) -> bool:
        """Whether it was accepted and asked for afterwards."""
        return self.order.accepted and any(not t.channel for t in self.told)

    @property
    def last(self) -> dict[str, Json]:
        """The order as it was told last."""
        return self.told[-1].order if self.told else {}

    @property
    def filled(self) -> Decimal:
        """The most that was ever told filled."""
        found = [t.number("filled_quantity") for t in self.told]
        return max((f for f in found if f is not None), default=ZERO)

    @property
    def ended(self) -> bool:
        return any(t.status in TERMINAL for t in self.told)

    @property
    def rests(self) -> bool:
        return bool(self.told) and self.told[-1].status in LIVE

    @property
    def story(self) -> str:
        """What was asked and what became of it, with values."""
        fields = {n: v for n, v in self.order.fields.items() if n not in _PLAIN}
        told = ", ".join(f"{name} {value}" for name, value in fields.items())
        average = self.last.get("average_fill_price")
        price = "" if average is None else f" at {average}"
        return (
            f"An order ({told}) was answered with {self.order.exchange.status} and "
            f"last told {self.last.get('status')} with {self.filled} filled{price}"
        )


_PLAIN = frozenset({"symbol", "client_order_id"})


def sent(transcript: Transcript, *names: str) -> Iterator[Sent]:
    """The orders of these cases (all without any), each with what was told of it."""
    noted = {
        entry.data["facts"]["client"]: entry.data["facts"]["case"]
        for entry in transcript.entries
        if entry.data.get("name") == "case"
    }
    told = tellings(transcript)
    for order in submitted(transcript):
        name = noted.get(order.client_id)
        if name is not None and (not names or name in names):
            yield Sent(name, order, tuple(told.get(order.id or "", ())))
