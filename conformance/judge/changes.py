"""What became of each cancel and each modification that a script asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Json, Kind
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.orders import (
    Announcement,
    announcements,
    asked,
    number,
    shown,
    submitted,
)
from conformance.judge.refusals import ELSEWHERE
from conformance.protocol.order_states import TERMINAL

Order = dict[str, Json]
Shown = tuple[Exchange, Order]


@dataclass(frozen=True, slots=True)
class Change:
    """One DELETE or PATCH of one order; `order` is what a success showed, if any."""

    exchange: Exchange
    id: str
    order: Order | None

    @property
    def at(self) -> int:
        """The number of the request's entry."""
        return self.exchange.request.number

    @property
    def answered(self) -> int | None:
        """The status that judged the request; None where none did."""
        status = self.exchange.status
        return None if status in ELSEWHERE else status

    @property
    def accepted(self) -> bool:
        return self.exchange.status == 200 and self.order is not None

    @property
    def refused(self) -> bool:
        status = self.answered
        return status is not None and 400 <= status < 500

    @property
    def changes(self) -> Mapping[str, Json]:
        """What a modification names."""
        sent = self.exchange.sent
        return sent if isinstance(sent, dict) else {}

    @property
    def succeeded(self) -> bool:
        """Whether a cancel says that it did its work."""
        body = self.exchange.body
        return self.accepted and body["success"] is True  # type: ignore[index]

    @property
    def in_place(self) -> bool:
        """Whether an accepted modification kept the order's id."""
        return self.accepted and (self.order or {}).get("id") == self.id

    @property
    def previous(self) -> Json:
        """The order that a modification says it replaced."""
        body = self.exchange.body
        return body.get("previous_order_id") if isinstance(body, dict) else None

    @property
    def story(self) -> str:
        """What was asked and answered, with values."""
        what = self.exchange.request.data["body"] or ""
        answer = self.exchange.status or "nothing"
        return (
            f"{self.exchange.method} of order {self.id} {what}".rstrip()
            + f" was answered with {answer}"
        )


def cancels(transcript: Transcript, order_id: str | None = None) -> Iterator[Change]:
    """Every cancel of one order, of this order or of any, in order."""
    return _changes(transcript, "DELETE", order_id)


def modifications(
    transcript: Transcript, order_id: str | None = None
) -> Iterator[Change]:
    """Every modification of this order or of any, in order."""
    return _changes(transcript, "PATCH", order_id)


def _changes(
    transcript: Transcript, method: str, order_id: str | None
) -> Iterator[Change]:
    for exchange in asked(transcript, method, "v1", "orders", order_id):
        body = exchange.body if exchange.status == 200 else None
        found = body.get("order") if isinstance(body, dict) else None
        # A success that does not say whether it is one shows nothing.
        whole = method == "PATCH" or (isinstance(body, dict) and "success" in body)
        order = found if whole and isinstance(found, dict) and found else None
        yield Change(exchange, exchange.segments[-1], order)


def before(transcript: Transcript, change: Change) -> Shown | None:
    """How the order was last shown by GET before it was changed."""
    found = [s for s in shown(transcript, change.id) if s[0].request.number < change.at]
    return found[-1] if found else None


def after(transcript: Transcript, change: Change) -> Shown | None:
    """How GET first showed the order, or what replaced it, after the change.

    None where it was not shown before the next change of it.
    """
    order_id = change.order.get("id") if change.order else change.id
    following = [c.at for c in _all(transcript, change.id) if c.at > change.at]
    end = min(following, default=len(transcript.entries) + 1)
    for exchange, order in shown(transcript, order_id or change.id):
        if change.at < exchange.request.number < end:
            return exchange, order
    return None


def _all(transcript: Transcript, order_id: str) -> Iterator[Change]:
    yield from cancels(transcript, order_id)
    yield from modifications(transcript, order_id)


def told(
    transcript: Transcript, order_id: str, *events: str
) -> tuple[Announcement, ...]:
    """The announcements of these events of an order."""
    return tuple(
        said
        for said in announcements(transcript, order_id=order_id)
        if said.event in events
    )


def filled(order: Order) -> Decimal:
    """How much of an order is filled."""
    return number(order, "filled_quantity") or Decimal(0)


def is_live(order: Order) -> bool:
    """Whether an order's status says that it may still trade."""
    return isinstance(order.get("status"), str) and order["status"] not in TERMINAL


KEPT = (
    "symbol",
    "side",
    "order_type",
    "quantity",
    "filled_quantity",
    "limit_price",
    "stop_price",
    "trailing_distance",
    "trailing_type",
    "stop_loss",
    "take_profit",
    "time_in_force",
    "client_order_id",
    "oco_group_id",
    "position_id",
    "display_quantity",
    "reduce_only",
    "post_only",
    "hidden",
    "status",
)
"""What stays of an order unless it is changed: not its times, ids and remainder."""


def differences(first: Order, then: Order, but: Mapping[str, Json]) -> str:
    """What differs between two states of an order beyond these fields, in words."""
    return ", ".join(
        f"{name} went from {first.get(name)} to {then.get(name)}"
        for name in KEPT
        if name not in but and _value(first, name) != _value(then, name)
    )


def _value(order: Order, name: str) -> Json:
    found = number(order, name)
    return order.get(name) if found is None else found


def fenced(transcript: Transcript) -> int:
    """The entry up to which all announcements came: 0 where no fence passed.

    It is the request of the last marker that was announced on every stream.
    """
    passed = [
        entry.data["facts"]["order"]
        for entry in transcript.of_kind(Kind.NOTE)
        if entry.data.get("name") == "fence" and entry.data["facts"]["passed"]
    ]
    markers = (o for o in submitted(transcript) if passed and o.id == passed[-1])
    return next((o.exchange.request.number for o in markers), 0)
