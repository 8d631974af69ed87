"""What of an order's fields its broker was asked for, and what came of it there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.capabilities import claims, words
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.noted import noted_orders
from conformance.judge.orders import Submitted
from conformance.judge.venue import Booked, Call, booked, calls
from conformance.protocol.money import NotADecimal, decimal_of

FOLLOWED = "followed"
"""The name of the note before an order that is followed to the broker."""

AMOUNTS = (
    "quantity",
    "limit_price",
    "stop_price",
    "stop_loss",
    "take_profit",
    "trailing_distance",
    "display_quantity",
    "leverage",
)
UNSUPPORTED = 501


@dataclass(frozen=True, slots=True)
class Below:
    """One order of a case: what was asked, and what its broker was asked and booked.

    `facts` are what the script knew: `lacks` names the fields that the broker has no
    word for.
    """

    case: str
    facts: Mapping[str, Json]
    order: Submitted
    calls: tuple[Call, ...]
    questions: tuple[Call, ...]
    """Where the broker was asked whether it would take it."""
    booked: tuple[Booked, ...]

    @property
    def status(self) -> int:
        """What the strategy was answered with; 0 for nothing."""
        return self.order.exchange.status or 0

    @property
    def refused(self) -> bool:
        """Whether the strategy was told that its order is not to be."""
        return 400 <= self.status < 500 or self.status == UNSUPPORTED

    @property
    def taken(self) -> bool:
        """Whether it was accepted, and its broker asked for it."""
        return self.order.accepted and bool(self.calls)

    @property
    def decided(self) -> bool:
        """Whether it was refused, or done somehow."""
        return self.refused or self.taken

    @property
    def fills(self) -> tuple[Booked, ...]:
        return tuple(change for change in self.booked if change.what == "filled")

    @property
    def where(self) -> tuple[Entry | Exchange, ...]:
        """The order, how the broker was asked for it, and what was booked."""
        asked = (call.asked for call in self.calls[:1])
        return (self.order.exchange, *asked, *(b.entry for b in self.booked[-1:]))

    @property
    def asked(self) -> str:
        """What is particular of it, in a line."""
        plain = ("symbol", "client_order_id")
        told = ", ".join(
            f"{name} {value}"
            for name, value in self.order.fields.items()
            if name not in plain
        )
        return f"An order ({told}) was answered with {self.status}"

    @property
    def said(self) -> dict[str, Json]:
        """What its broker was asked for, in a Gateway's words."""
        return meant(self.calls[0]) if self.calls else {}

    def differs(self, *names: str) -> dict[str, Json]:
        """Of these fields, those that the broker was asked otherwise, and how."""
        if not self.taken:
            return {}
        fields, said = self.order.fields, self.said
        return {
            name: said.get(name)
            for name in names
            if fields.get(name) is not None
            and not same(name, fields[name], said.get(name))
        }


def meant(call: Call) -> dict[str, Json]:
    """What an order that came to the broker asks for, in a Gateway's words."""
    found = call.asked.data.get("meant")
    return found if isinstance(found, dict) else {}


def same(name: str, asked: Json, said: Json) -> bool:
    """Whether a field says the same; amounts by their value."""
    if name not in AMOUNTS:
        return bool(asked == said)
    wanted, found = _amount(asked), _amount(said)
    return wanted is not None and wanted == found


def _amount(value: Json) -> Decimal | None:
    try:
        return decimal_of(value)
    except NotADecimal:
        return None


def told(differs: dict[str, Json]) -> str:
    """How a broker was asked, in words."""
    return ", ".join(
        f"{name} is {'missing' if value is None else value}"
        for name, value in differs.items()
    )


@remembered
def orders_below(transcript: Transcript, *cases: str) -> Iterator[Below]:
    """The orders of these cases (all without any) that were answered."""
    named: dict[str, list[Call]] = {}
    for call in calls(transcript):
        if call.client_id:
            named.setdefault(call.client_id, []).append(call)
    changes = tuple(booked(transcript))
    for facts, order in noted_orders(transcript, FOLLOWED, *cases):
        mine = named.get(str(order.client_id), [])
        yield Below(
            str(facts["case"]),
            facts,
            order,
            tuple(c for c in mine if c.submits),
            tuple(c for c in mine if not c.submits and meant(c)),
            tuple(b for b in changes if b.client_id == order.client_id),
        )


def decided_below(transcript: Transcript, *cases: str) -> Iterator[Below]:
    """Those of them that were refused, or done somehow."""
    return (each for each in orders_below(transcript, *cases) if each.decided)


def asked_otherwise(each: Below, *names: str) -> Iterator[Observation]:
    """Where the broker was asked for other fields than these of the order."""
    if differs := each.differs(*names):
        yield finding(
            f"{each.asked}; in what the broker was asked {told(differs)}.",
            *each.where,
        )


def unfulfilled(
    transcript: Transcript, feature: str, *cases: str
) -> Iterator[Observation]:
    """Where a feature is claimed and an order that uses it is not even sent.

    What a broker refused that it understood was this order, not the feature.
    """
    claim, told = claims(transcript)
    for each in orders_below(transcript, *cases):
        if claim is None or feature not in words(told, "features"):
            continue
        if each.order.accepted and not (each.calls and each.booked):
            continue  # What the broker never had shows nothing of it.
        yield occurred(claim, *each.where)
        understood = [call for call in each.calls if call.fault is None]
        if not each.order.accepted and not understood:
            yield finding(
                f"{each.asked}; the feature {feature} is claimed.", claim, *each.where
            )
