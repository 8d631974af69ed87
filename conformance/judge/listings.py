"""Which of our orders a list of orders must hold, and which rows it must not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import FEW, rows
from conformance.judge.orders import Submitted, accepted, asked
from conformance.judge.tellings import Telling, tellings
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.order_states import LIVE, TERMINAL

OPEN = ("v1", "orders")
HISTORY = ("v1", "orders", "history")

SAME = ("symbol", "side", "client_order_id", "oco_group_id")
"""Filters that ask for the orders whose field has this value."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of orders that was asked for; `template` says which of the two."""

    exchange: Exchange
    template: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]]

    @property
    def answered(self) -> bool:
        """Whether it is a list at all."""
        return self.exchange.status == 200 and isinstance(self.exchange.body, list)

    @property
    def refused(self) -> bool:
        """Whether the Gateway would not list by these filters."""
        return self.exchange.status in {400, 404, 405, 422, 500, 501}

    @property
    def rows(self) -> tuple[dict[str, Json], ...]:
        return rows(self.exchange)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(str(row.get("id")) for row in self.rows)

    @property
    def whole(self) -> bool:
        """Whether a row that is missing cannot have been cut off."""
        return "limit" not in self.filters and len(self.rows) < FEW

    @property
    def statuses(self) -> frozenset[str]:
        """The statuses that were asked for, however they were written."""
        given = self.filters.get("status", ())
        return frozenset(word for value in given for word in value.split(","))

    def one(self, name: str) -> str | None:
        """A filter's value; None where it was not given."""
        return next(iter(self.filters.get(name, ())), None)

    def wants(self, fields: Mapping[str, Json], created: object) -> bool:
        """Whether an order meets every filter but the status.

        One created at the very moment of a bound meets it or not: either may be.
        """
        same = all(self.one(n) in (None, fields.get(n)) for n in SAME)
        return same and self._in_time(created) is True

    def is_strange(self, row: Mapping[str, Json]) -> bool:
        """Whether a row certainly does not meet the filters."""
        differs = any(self.one(n) not in (None, row.get(n)) for n in SAME)
        ill = bool(self.statuses) and str(row.get("status")) not in self.statuses
        return differs or ill or self._in_time(row.get("created_at")) is False

    def _in_time(self, created: object) -> bool | None:
        """Whether a time is within the bounds; None where it is on one, or none."""
        since, until = self.one("since"), self.one("until")
        if since is None and until is None:
            return True
        at = _instant(created)
        after, before = _instant(since), _instant(until)
        if at is None or at in (after, before):
            return None
        return (after is None or at > after) and (before is None or at < before)


@dataclass(frozen=True, slots=True)
class Ours:
    """One accepted order of the script, and every time that it was told."""

    order: Submitted
    told: tuple[Telling, ...]

    @property
    def id(self) -> str:
        return str(self.order.id)

    @property
    def created(self) -> Json:
        """When it was created, as it was told first."""
        return next((t.order.get("created_at") for t in self.told), None)

    def live(self, exchange: Exchange) -> bool:
        """Whether it was live all the while that a list was made."""
        told_before = self.order.exchange.numbers[-1] < exchange.request.number
        return told_before and any(
            not t.channel and t.asked > exchange.numbers[-1] and t.status in LIVE
            for t in self.told
        )

    def ended(self, exchange: Exchange) -> bool:
        """Whether it was told to have ended before a list was asked for."""
        return any(
            t.status in TERMINAL and t.told < exchange.request.number for t in self.told
        )

    def status(self, exchange: Exchange) -> str | None:
        """The state that it had before a list and after it; None where it changed."""
        before = [t.status for t in self.told if t.told < exchange.request.number]
        after = [t.status for t in self.told if t.asked > exchange.numbers[-1]]
        if before and (before[-1] in TERMINAL or before[-1:] == after[:1]):
            return before[-1]
        return None


def ours(transcript: Transcript) -> tuple[Ours, ...]:
    """Every order of the script that was accepted and told at least once."""
    told = tellings(transcript)
    return tuple(
        Ours(order, tuple(told[str(order.id)]))
        for order in accepted(transcript)
        if order.id in told
    )


def listings(transcript: Transcript, template: tuple[str, ...]) -> Iterator[Listing]:
    """Every list of one kind that the script asked for, answered or refused."""
    for exchange in asked(transcript, "GET", *template):
        if exchange.status is not None:
            filters: dict[str, tuple[str, ...]] = {}
            for name, value in exchange.query:
                filters[name] = (*filters.get(name, ()), value)
            yield Listing(exchange, template, filters)


def wanted(listing: Listing, orders: tuple[Ours, ...]) -> frozenset[str]:
    """The ids of ours that the list must hold, if it is whole.

    Open orders must be in the one list, ended ones in the other.
    """
    exchange = listing.exchange
    return frozenset(
        each.id
        for each in orders
        if (each.live if listing.template == OPEN else each.ended)(exchange)
        and listing.wants(each.order.fields, each.created)
        and (not listing.statuses or each.status(exchange) in listing.statuses)
    )


def obeyed(
    transcript: Transcript, template: tuple[str, ...], name: str, *beside: str
) -> Iterator[Observation]:
    """What there is to say of the lists with one filter, and some beside it.

    Lists of several statuses are passed over.
    """
    orders = ours(transcript)
    for listing in listings(transcript, template):
        given = set(listing.filters)
        if name not in given or not given <= {name, *beside}:
            continue
        if len(listing.statuses) > 1:
            continue
        must = wanted(listing, orders)
        if listing.refused and must:
            yield from refused(listing)
        elif listing.answered and (must or listing.rows):
            yield from complete(listing, must)


def refused(listing: Listing) -> Iterator[Observation]:
    """A list that was refused though its filters are declared."""
    exchange = listing.exchange
    yield occurred(exchange)
    yield finding(
        f"GET {exchange.target} was answered with {exchange.status} and no list.",
        exchange,
        cause="Is a filter that is declared not read?",
    )


def complete(listing: Listing, must: frozenset[str]) -> Iterator[Observation]:
    """A list that lacks an order of ours, or holds one it was not asked for."""
    exchange = listing.exchange
    missing = sorted(must - listing.ids)
    strange = [row for row in listing.rows if listing.is_strange(row)]
    if not missing or listing.whole:
        yield occurred(exchange)
    if strange:
        shown = [(r.get("id"), r.get("symbol"), r.get("status")) for r in strange[:3]]
        yield finding(
            f"GET {exchange.target} listed {len(strange)} orders that do not meet it, "
            f"such as {shown}.",
            exchange,
            cause="Is a filter ignored?",
        )
    if missing and listing.whole:
        yield finding(
            f"GET {exchange.target} lacks our orders {missing[:3]} "
            f"({len(missing)} of {len(must)}).",
            exchange,
        )


def _instant(value: object) -> datetime | None:
    try:
        return instant_of(value)
    except NotAnInstant:
        return None
