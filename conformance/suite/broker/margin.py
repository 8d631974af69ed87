"""A margin call, and a position that the broker closes for it, are told as that."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from urllib.parse import quote

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.broker_market import answer_of
from conformance.judge.broker_money import account_of
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import rows
from conformance.judge.noted import noted
from conformance.judge.orders import asked, messages_of_type, number
from conformance.judge.venue import booked, calls, frames
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import Heard, PlayedStream
from conformance.peers.venues.venue import CLOSED_OUT
from conformance.peers.venues.words import Ability, Operation
from conformance.suite.broker_orders import traded
from conformance.suite.check import check

NEEDS = Needs(
    own=True,
    abilities=frozenset({Ability.STREAM, Ability.MARGIN_CALLS}),
    seconds=40,
)

EXHAUSTED = Decimal(100)
"""Percent of the margin that are used once nothing is left."""

MARGIN = frozenset({"MARGIN_WARNING", "MARGIN_CALL"})
CALLS = {
    "MARGIN_CALL_ENTER": frozenset({"MARGIN_CALL"}),
    "MARGIN_CALL_EXTEND": MARGIN,
}
"""By OANDA's transaction: as what it may be told."""

CLOSING = frozenset({"ORDER_FILLED", "TRADE_FILLED", "POSITION_CLOSED"})


async def script(strategy: Played) -> None:
    """Holds a position; the broker calls for margin, then closes it."""
    venue, symbol = strategy.venue, strategy.symbol
    stream = await strategy.stream()
    await venue.streamed()
    venue.price(symbol, "101.25")
    await traded(strategy, symbol, "3000")
    venue.price(symbol, "99.5")
    await strategy.get("/v1/account")
    since = len(stream.heard)
    venue.call_margin()
    heard = await _called(strategy, stream, since)
    if venue.provider == "oanda" and heard:
        since = len(stream.heard)
        venue.call_margin(again=True)
        await _called(strategy, stream, since)
    since = len(stream.heard)
    venue.close_out(symbol)
    await strategy.wait(
        stream, "the close-out", lambda h: _names(h.json, symbol), since=since
    )
    await strategy.get(f"/v1/positions?symbol={quote(symbol, safe='')}")


async def _called(strategy: Played, stream: PlayedStream, since: int) -> bool:
    """Whether the strategy heard of a call since then."""

    def wanted(heard: Heard) -> bool:
        return heard.type == "account" and heard.event in MARGIN

    found = await strategy.wait(stream, "a margin call", wanted, since=since)
    return found is not None


Told = tuple[Entry, dict[str, Json]]


def _told(transcript: Transcript) -> list[Told]:
    found = messages_of_type(transcript, "account")
    return [(entry, row) for entry, row in found if str(row.get("event")) in MARGIN]


@check("REJ-15", occurs="the broker called for margin while a stream was open")
def a_margin_call_is_told(transcript: Transcript) -> Iterator[Observation]:
    if transcript.header.provider == "saxo":
        yield from _told_by_share(transcript)
        return
    said = [f for f in frames(transcript) if f.type in CALLS]
    ends = [*(f.entry.number for f in said), len(transcript.entries) + 1]
    figures = _figures(transcript)
    for frame, (begin, end) in zip(said, pairwise(ends), strict=True):
        yield occurred(frame.entry)
        told = [t for t in _told(transcript) if begin < t[0].number < end]
        events = {str(row.get("event")) for _, row in told}
        if not events & CALLS[str(frame.type)]:
            heard = ", ".join(sorted(events)) or "nothing"
            yield finding(
                f"The broker said {frame.type}; the strategy was told {heard}.",
                frame.entry,
                *(entry for entry, _ in told),
            )
        for entry, row in told:
            yield from _compared(frame.entry, entry, row, figures)


def _told_by_share(transcript: Transcript) -> Iterator[Observation]:
    """Saxo says how much is used: what is told of it has its figures."""
    for frame in frames(transcript):
        row = frame.message if isinstance(frame.message, dict) else {}
        share = row.get("MarginUtilizationPct")
        if share is None or Decimal(str(share)) < EXHAUSTED:
            continue
        told = [t for t in _told(transcript) if t[0].number > frame.entry.number]
        for entry, message in told[:1]:
            yield occurred(frame.entry, entry)
            yield from _compared(frame.entry, entry, message, account_of("saxo", row))


def _figures(transcript: Transcript) -> dict[str, Decimal]:
    """The account as the broker showed it last."""
    provider = transcript.header.provider
    found: dict[str, Decimal] = {}
    for call in calls(transcript):
        if call.operation == Operation.ACCOUNT and not _over(transcript, call.asked):
            found = account_of(provider, answer_of(call)) or found
    return found


def _over(transcript: Transcript, entry: Entry) -> bool:
    """Whether the position was closed out by then."""
    return any(n.number < entry.number for n in noted(transcript, CLOSED_OUT))


def _compared(
    said: Entry, told: Entry, row: dict[str, Json], figures: dict[str, Decimal]
) -> Iterator[Observation]:
    shown = row.get("account")
    for name, wanted in figures.items():
        here = number(shown, name) if isinstance(shown, dict) else None
        if here != wanted:
            yield finding(
                f"{row.get('event')} was told with the {name} {here}; the broker's "
                f"account has {wanted}.",
                said,
                told,
            )


@check("BRO-78", occurs="the broker closed a position of its own accord")
def a_close_out_is_told(transcript: Transcript) -> Iterator[Observation]:
    for note in noted(transcript, CLOSED_OUT):
        fills = booked(transcript, "filled")
        after = [f for f in fills if f.entry.number > note.number]
        for fill in after[:1]:
            yield occurred(fill.entry)
            symbol = str(fill.entry.data["symbol"])
            yield from _unheard(transcript, fill.entry, symbol)
            yield from _still_shown(transcript, fill.entry, symbol)


def _unheard(
    transcript: Transcript, closed: Entry, symbol: str
) -> Iterator[Observation]:
    for kind in ("order", "trade", "position", "error"):
        for entry, row in messages_of_type(transcript, kind):
            if entry.number > closed.number and _names(row, symbol):
                return
    yield finding(
        f"The broker closed {closed.data['fill']} {symbol} of its own accord; no "
        "message told the strategy of it.",
        closed,
    )


def _names(message: Json, symbol: str) -> bool:
    """Whether a message says that something of a symbol was traded or closed."""
    if not isinstance(message, dict):
        return False
    if message.get("code") == "LIQUIDATION":
        return symbol in str(message)
    row = message.get(str(message.get("type")))
    if not isinstance(row, dict) or row.get("symbol") != symbol:
        return False
    return str(message.get("event")) in CLOSING


def _still_shown(
    transcript: Transcript, closed: Entry, symbol: str
) -> Iterator[Observation]:
    listed = [e for e in _listed(transcript) if e.request.number > closed.number]
    for exchange in listed[-1:]:
        left = [row for row in rows(exchange) if row.get("symbol") == symbol]
        if left:
            yield finding(
                f"The broker closed {closed.data['fill']} {symbol} of its own accord; "
                f"a position of {left[0].get('quantity')} is shown still.",
                closed,
                exchange,
            )


def _listed(transcript: Transcript) -> Iterator[Exchange]:
    for exchange in asked(transcript, "GET", "v1", "positions"):
        if exchange.status == 200:
            yield exchange
