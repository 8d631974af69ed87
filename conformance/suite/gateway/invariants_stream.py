"""Every message of the Gateway's stream is whole, true and told once, in any script."""

from collections.abc import Iterator

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import message_of
from conformance.evidence.transcript import Transcript
from conformance.judge.broker_market import ticks
from conformance.judge.changes import fenced
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.judge.orders import (
    Announcement,
    Submitted,
    accepted,
    announcements,
    messages_of_type,
    number,
)
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.order_states import LIVE
from conformance.protocol.words import OrderStatus
from conformance.spec.contract import SchemaFault, contract
from conformance.suite.check import check

UNKNOWN = frozenset({"type", "json"})


def _said(transcript: Transcript) -> Iterator[tuple[Entry, str]]:
    """Every message of the Gateway; a binary one has no text."""
    for entry in transcript.messages():
        yield entry, str(entry.data.get("text") or "")


def _faults(text: str) -> tuple[SchemaFault, ...]:
    return contract().message_faults(text, from_server=True)


def _knows(text: str) -> bool:
    """Whether it is a message of a Gateway at all."""
    return not any(fault.keyword in UNKNOWN for fault in _faults(text))


def _kind(text: str) -> str:
    return text[:60].partition('"type":')[2].strip(' "')[:20].partition('"')[0]


@check("STR-11", occurs="the Gateway said something on the stream")
def every_type_is_documented(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for entry, text in _said(transcript):
        if _knows(text):
            yield occurred(entry)
        elif once(_kind(text)):
            told = text[:160] or "a binary message"
            yield finding(
                f"The Gateway said {told}: {_faults(text)[0].message}.", entry
            )


@check("STR-12", occurs="the Gateway said something on the stream")
def every_message_is_whole(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for entry, text in _said(transcript):
        if not _knows(text):
            continue
        faults = [f for f in _faults(text) if "timestamp" not in f.pointer]
        faults = [f for f in faults if "timestamp" not in f.message]
        if not faults:
            yield occurred(entry)
        for fault in faults:
            if once(fault.pointer_masked, fault.keyword):
                yield finding(
                    f"The Gateway said {text[:120]}…: at {fault.pointer or 'its top'} "
                    f"{fault.message}.",
                    entry,
                )


@check("STR-13", occurs="the Gateway said something on the stream")
def every_message_has_its_time(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for entry, text in _said(transcript):
        message = message_of(entry)
        if not _knows(text) or not isinstance(message, dict):
            continue
        try:
            instant_of(message.get("timestamp"))
            yield occurred(entry)
        except NotAnInstant:
            if once(message.get("type")):
                yield finding(
                    f"A message of the type {message.get('type')} has the timestamp "
                    f"{message.get('timestamp')!r}.",
                    entry,
                )


@check("STR-14", occurs="the Gateway said something on the stream")
def no_field_is_undocumented(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for entry, text in _said(transcript):
        if not _knows(text):
            continue
        extra = contract().undeclared_fields(text)
        yield occurred(entry)
        for name in extra:
            if once(name):
                yield finding(
                    f"A message has the field {name}, which is not documented: "
                    f"{text[:120]}…",
                    entry,
                )


def _watched(
    transcript: Transcript,
) -> Iterator[tuple[Submitted, str, list[Announcement]]]:
    """Each accepted order, with what each stream that was open before it told of it."""
    opened = {str(e.data["stream"]): e.number for e in transcript.of_kind(Kind.OPENED)}
    told: dict[tuple[str, str], list[Announcement]] = {}
    for said in announcements(transcript):
        told.setdefault((said.stream, said.id), []).append(said)
    for order in accepted(transcript):
        for stream, at in opened.items():
            if at < order.exchange.request.number:
                yield order, stream, told.get((stream, str(order.id)), [])


@check("STR-40", occurs="an order of ours was told while a stream was open")
def an_order_is_created_first(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for order, stream, told in _watched(transcript):
        if not told:
            continue
        yield occurred(told[0].entry)
        first = told[0].event
        if first not in ("ORDER_CREATED", "ORDER_REJECTED") and once(order.id):
            yield finding(
                f"The first that {stream} told of order {order.id} is {first}.",
                order.exchange,
                told[0].entry,
            )


@check("STR-41", occurs="a change of an order of ours was told")
def every_change_is_told_once(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for order, stream, told in _watched(transcript):
        first: dict[tuple[str, object], Announcement] = {}
        for said in told:
            mark = (said.event, number(said.order, "filled_quantity"))
            if said.event == "ORDER_MODIFIED":
                continue
            yield occurred(said.entry)
            known = first.setdefault(mark, said)
            if known is not said and once(order.id, said.event):
                yield finding(
                    f"{stream} told {said.event} of order {order.id} twice, with "
                    f"{mark[1]} filled.",
                    known.entry,
                    said.entry,
                )


@check("STR-42", occurs="an order was accepted while a stream was open to a fence")
def an_accepted_order_is_told(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    fence = fenced(transcript)
    ends = {e.data["stream"]: e.number for e in transcript.of_kind(Kind.CLOSED)}
    for order, stream, told in _watched(transcript):
        at = order.exchange.numbers[-1]
        if at > fence or ends.get(stream, fence + 1) < fence:
            continue
        yield occurred(order.exchange)
        if "ORDER_CREATED" not in {said.event for said in told} and once(order.id):
            yield finding(
                f"Order {order.id} was accepted; {stream} told "
                f"{[said.event for said in told] or 'nothing'} of it.",
                order.exchange,
            )


STATUSES = {
    "ORDER_CREATED": frozenset(LIVE | {OrderStatus.FILLED}),
    "ORDER_FILLED": frozenset({OrderStatus.FILLED}),
    "ORDER_PARTIALLY_FILLED": frozenset({OrderStatus.PARTIALLY_FILLED}),
    "ORDER_CANCELLED": frozenset({OrderStatus.CANCELLED}),
    "ORDER_REJECTED": frozenset({OrderStatus.REJECTED}),
    "ORDER_EXPIRED": frozenset({OrderStatus.EXPIRED}),
}


@check("STR-43", occurs="an order event was told")
def event_and_status_agree(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for said in announcements(transcript):
        wanted = STATUSES.get(said.event)
        if wanted is None:
            continue
        yield occurred(said.entry)
        if said.status not in wanted and once(said.event, said.status):
            yield finding(
                f"{said.event} was told of order {said.id} with the status "
                f"{said.status}.",
                said.entry,
            )


def _market(
    transcript: Transcript, kind: str, field: str
) -> Iterator[tuple[Entry, dict[str, Json]]]:
    for entry, message in messages_of_type(transcript, kind):
        row = message.get(field)
        if isinstance(row, dict):
            yield entry, row


@check("STR-70", occurs="a candle was told")
def a_candle_is_within_itself(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for entry, bar in _market(transcript, "candle", "bar"):
        names = ("low", "open", "close", "high")
        low, start, end, high = (number(bar, name) for name in names)
        if low is None or start is None or end is None or high is None:
            continue
        yield occurred(entry)
        if not (low <= min(start, end) and max(start, end) <= high) and once():
            yield finding(
                f"A candle of {bar.get('symbol')} goes from {start} to {end}, between "
                f"{low} and {high}.",
                entry,
            )


@check("STR-71", occurs="a quote was told")
def a_quote_is_not_crossed(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    prices = (tick.prices for tick in ticks(transcript))
    below = {(price.bid, price.ask) for price in prices if price is not None}
    for entry, quote in _market(transcript, "quote", "quote"):
        bid, ask = number(quote, "bid"), number(quote, "ask")
        if bid is None or ask is None or (bid, ask) in below:
            # What a broker said itself may be told: see BRO-72.
            continue
        yield occurred(entry)
        if bid > ask and once():
            yield finding(
                f"A quote of {quote.get('symbol')} bids {bid} and asks {ask}.", entry
            )
