"""What each entry about one submit says, and whether strategy, Gateway or books do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.exchange import parsed
from conformance.judge.lost_submits import About, LostSubmit
from conformance.judge.venue import Booked

STRATEGY, GATEWAY, BOOKS = range(3)
"""Beside whom a step stands, from left to right."""

BESIDE = {
    Kind.REQUEST: STRATEGY,
    Kind.RESPONSE: STRATEGY,
    Kind.NO_RESPONSE: STRATEGY,
    Kind.MESSAGE: STRATEGY,
    Kind.CALL: GATEWAY,
    Kind.ANSWER: GATEWAY,
    Kind.FRAME: GATEWAY,
    Kind.BOOKED: BOOKS,
}
STREAMED = (Kind.MESSAGE, Kind.FRAME)
CUT = {
    "rst": "the connection was reset",
    "fin": "the connection was closed",
    "silence": "nothing more came",
}
"""By the fault that is written of an answer: how it was cut."""

AFTER = {
    "before": "before it was read",
    "accepted": "once it was dealt with",
    "answered": "in mid-answer",
}
TEXT = 600
"""Characters of a body at the most."""

FIRST, LAST = 40, 20
"""Entries of one submit that are shown at the most: how it began, and how it ended."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry: who asked, was told or booked what, and the text that was sent."""

    number: int
    milliseconds: str
    beside: int
    said: str
    text: str
    cited: bool
    gap: int = 0
    """How many entries about it were left out before this one."""

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in each of the three columns, on one line."""
        told = f"{self.said}: {self.text}" if self.text else self.said
        return tuple(told if place == self.beside else "" for place in range(3))


def kept(submit: LostSubmit) -> tuple[Entry, ...]:
    """The entries that are shown: of very many the first and the last."""
    entries = submit.entries
    if len(entries) <= FIRST + LAST:
        return entries
    return (*entries[:FIRST], *entries[-LAST:])


def steps(submit: LostSubmit, cited: set[int]) -> tuple[Step, ...]:
    """What was asked, told, answered and booked of it, in order."""
    left_out = len(submit.entries) - len(kept(submit))
    return tuple(
        Step(
            entry.number,
            f"{entry.at * 1000:.1f}",
            BESIDE[entry.kind],
            _said(entry),
            _text(entry, submit.about),
            entry.number in cited,
            left_out if place == FIRST else 0,
        )
        for place, entry in enumerate(kept(submit))
        if entry.kind in BESIDE
    )


def ending(submit: LostSubmit, venue: str) -> str:
    """How many orders exist at the venue for this one submit, and how they stand."""
    count = len(submit.orders)
    exist = {0: "no order exists", 1: "1 order exists"}.get(
        count, f"{count} orders exist"
    )
    each = ", ".join(
        f"{order} ({_state(submit.last(order))})" for order in submit.orders
    )
    return (
        f"In the end {exist} at {venue} for this one submit, which the Gateway "
        f"{sent(submit)}{f': {each}' if each else ''}."
    )


def sent(submit: LostSubmit) -> str:
    """How often the Gateway sent it."""
    count = len(submit.sent)
    told = {0: "never sent", 1: "sent once", 2: "sent twice"}
    return told.get(count, f"sent {count} times")


def _state(change: Booked) -> str:
    if change.what in ("accepted", "replaced"):
        return "working"
    filled, quantity = (change.entry.data.get(n) for n in ("filled", "quantity"))
    if change.what == "filled" and filled != quantity:
        return f"filled {filled} of {quantity}"
    return change.what


def _said(entry: Entry) -> str:
    data = entry.data
    match entry.kind:
        case Kind.REQUEST | Kind.CALL:
            return f"asked {data['method']} {data['target']}"
        case Kind.RESPONSE:
            return f"was told {data['status']} after {data.get('milliseconds')} ms"
        case Kind.NO_RESPONSE:
            return f"was told nothing ({data.get('reason')})"
        case Kind.ANSWER:
            return _answered(entry)
        case Kind.BOOKED:
            return _booked(entry)
    spoke = Party.STRATEGY if entry.kind is Kind.MESSAGE else Party.GATEWAY
    return f"{'said' if entry.party is spoke else 'was told'} on the stream"


def _answered(entry: Entry) -> str:
    status, fault = entry.data["status"], str(entry.data.get("fault") or "")
    if status is not None:
        return f"was answered {status} after {entry.data.get('milliseconds')} ms"
    when, _, how = fault.partition(", ")
    known = when in AFTER and how in CUT
    return f"got no answer: {f'{CUT[how]} {AFTER[when]}' if known else fault}"


def _booked(entry: Entry) -> str:
    data = entry.data
    terms = (data.get(n) for n in ("side", "quantity", "symbol", "order_type"))
    told = " ".join(str(term) for term in terms if term)
    traded = f" {data['fill']} at {data.get('price')}" if "fill" in data else ""
    name = data.get("client_order_id")
    named = f"client id {name}" if name else "no client id"
    return f"{data['what']}{traded}: order {data['order']}, {told}, {named}"


def _text(entry: Entry, about: About) -> str:
    found = entry.data.get("text" if entry.kind in STREAMED else "body")
    text = found if isinstance(found, str) else ""
    shown = rows_about(text, about) or text
    return shown if len(shown) <= TEXT else f"{shown[:TEXT]} …"


def rows_about(text: str, about: About) -> str:
    """Of a list of orders the rows about this one, as they were sent; else nothing."""
    values = _list_within(parsed(text))
    rows = tuple(_rows(text, values)) if len(values) > 1 else ()
    mine = [row for row, value in rows if about.told_in(value)]
    others = len(rows) - len(mine)
    if not others or len(rows) < len(values):
        return ""
    told = "\n".join(mine) or "nothing of this order"
    return f"{told}\n(and {others} {'other' if others == 1 else 'others'})"


def _list_within(value: Json) -> list[Json]:
    """A list of objects: the JSON itself, or the one that its object has."""
    if isinstance(value, dict):
        lists = [each for each in value.values() if isinstance(each, list)]
        value = lists[0] if len(lists) == 1 else None
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    return []


def _rows(text: str, values: list[Json]) -> Iterator[tuple[str, Json]]:
    """Each object of the list with its own text; none where that is not found."""
    decoder = json.JSONDecoder(parse_float=Decimal)
    place = text.index("[")
    for value in values:
        place = text.find("{", place)
        try:
            found, end = decoder.raw_decode(text, place)
        except ValueError:
            return
        if found != value:
            return
        yield text[place:end], value
        place = end
