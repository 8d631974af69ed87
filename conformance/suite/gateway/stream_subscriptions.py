"""A client is sent what was subscribed, and nothing of the market that was not."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json import dumps

from conformance.evidence.entry import Entry, Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.judge.orders import announcements, messages_of_type
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One instance with one subscription; its stream has this name."""

    name: str
    instrument: str
    events: tuple[str, ...]

    @property
    def environment(self) -> Mapping[str, str]:
        row = {
            "platform": "mock",
            "instrument": self.instrument,
            "events": list(self.events),
        }
        return {"SUBSCRIPTIONS": dumps([row])}


ALL = (
    Subscribed("quotes", "AAPL", ("quote",)),
    Subscribed("candles", "MSFT", ("candle_1m",)),
    Subscribed("five-minutes", "AAPL", ("candle_5m",)),
    Subscribed("any-candles", "AAPL", ("candle_*",)),
    Subscribed("orders", "*", ("order_update",)),
)
ORDERS = ("orders", "quotes")
"""Where an order is sent as well."""

MESSAGES = 2
NEEDS = Needs(start=False, seconds=40)


async def script(strategy: Played) -> None:
    """Starts an instance for each subscription and listens to all at once."""
    streams: dict[str, PlayedStream] = {}
    for each in ALL:
        await strategy.start(each.environment)
        streams[each.name] = await strategy.stream(each.name)
        if each.name in ORDERS:
            order = await strategy.submit(quantity="1")
            strategy.note("order", each.name, case=each.name, order=order.field("id"))
    await asyncio.gather(*(_listen(strategy, s) for s in streams.values()))


async def _listen(strategy: Played, stream: PlayedStream) -> None:
    """Waits until the market spoke twice, or for as long as something must come."""

    def spoke(_: object) -> bool:
        return sum(h.type in ("candle", "quote") for h in stream.heard) >= MESSAGES

    if stream.name != "orders":
        await strategy.wait(stream, "market data", spoke)
    await strategy.wait(stream, "a fill", lambda h: h.event == "ORDER_FILLED", 1.0)


def _market(
    transcript: Transcript, stream: str
) -> Iterator[tuple[Entry, str, dict[str, Json]]]:
    """The candles and quotes that a stream was sent."""
    for kind, field in (("candle", "bar"), ("quote", "quote")):
        for entry, message in messages_of_type(transcript, kind, stream):
            row = message.get(field)
            if isinstance(row, dict):
                yield entry, kind, row


def _paced(transcript: Transcript, stream: str, timeframe: str) -> bool:
    """Whether candles of this length came on another stream while we listened."""
    return any(
        row.get("timeframe") == timeframe
        for other in transcript.streams()
        for _, kind, row in _market(transcript, other)
        if other != stream and kind == "candle"
    )


def _is_sent(
    transcript: Transcript, stream: str, kind: str, what: str, timeframe: str = "1m"
) -> Iterator[Observation]:
    """Sent; that nothing came counts only where others show that it was the time."""
    found = [e for e, k, _ in _market(transcript, stream) if k == kind]
    if not found and not _paced(transcript, stream, timeframe):
        return
    yield occurred(*found[:1] or [transcript.entries[-1]])
    if not found:
        yield finding(
            f"{what} was subscribed; no {kind} came in the time in which other "
            "instances sent theirs.",
            transcript.entries[-1],
        )


@check("STR-72", occurs="market data was subscribed and the market moved")
def what_is_subscribed_is_sent(transcript: Transcript) -> Iterator[Observation]:
    yield from _is_sent(transcript, "quotes", "quote", "quote of AAPL")
    yield from _is_sent(transcript, "candles", "candle", "candle_1m of MSFT")


@check("STR-78", occurs="candles were subscribed by the wildcard and the market moved")
def the_wildcard_brings_candles(transcript: Transcript) -> Iterator[Observation]:
    yield from _is_sent(transcript, "any-candles", "candle", "candle_* of AAPL")


@check("STR-73", occurs="market data came where one instrument was subscribed")
def nothing_else_is_sent(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for each in ALL:
        if each.name == "orders":
            continue
        for entry, kind, row in _market(transcript, each.name):
            yield occurred(entry)
            symbol = row.get("symbol")
            if symbol != each.instrument and once(each.name, symbol):
                yield finding(
                    f"{each.instrument} was subscribed; a {kind} of {symbol} came.",
                    entry,
                )


@check("STR-74", occurs="market data came where one kind was subscribed")
def only_the_kind_is_sent(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for each in ALL:
        wanted = "quote" if each.name == "quotes" else "candle"
        for entry, kind, row in _market(transcript, each.name):
            yield occurred(entry)
            if (kind != wanted or each.name == "orders") and once(each.name, kind):
                yield finding(
                    f"{', '.join(each.events)} was subscribed; a {kind} of "
                    f"{row.get('symbol')} came.",
                    entry,
                )


@check("STR-75", occurs="candles of five minutes were subscribed and the market moved")
def candles_have_their_timeframe(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    what = "candle_5m of AAPL"
    seen = list(_is_sent(transcript, "five-minutes", "candle", what, "5m"))
    if not seen:
        # Five minutes are longer than any take: another one would show no more.
        raise NotVerified("no candle of five minutes came while it was listened for")
    yield from seen
    for entry, kind, row in _market(transcript, "five-minutes"):
        frame = row.get("timeframe")
        if kind == "candle" and frame != "5m" and once(frame):
            yield finding(f"candle_5m was subscribed; a candle of {frame} came.", entry)


def _orders(transcript: Transcript, stream: str) -> Iterator[Observation]:
    for entry in transcript.entries:
        if entry.data.get("name") != "order":
            continue
        facts = entry.data["facts"]
        if facts["case"] != stream or not isinstance(facts["order"], str):
            continue
        told = list(announcements(transcript, stream, facts["order"]))
        yield occurred(entry, *(said.entry for said in told[:1]))
        if not told:
            events = next(each.events for each in ALL if each.name == stream)
            yield finding(
                f"With the subscription {', '.join(events)} no event of the accepted "
                f"order {facts['order']} came: the strategy is blind to its fills.",
                entry,
                cause="Does the filter hide what was not named?",
            )


@check("STR-76", occurs="order updates were subscribed and an order accepted")
def order_updates_bring_order_events(transcript: Transcript) -> Iterator[Observation]:
    yield from _orders(transcript, "orders")


@check("STR-77", occurs="quotes alone were subscribed and an order accepted")
def market_data_hides_no_orders(transcript: Transcript) -> Iterator[Observation]:
    yield from _orders(transcript, "quotes")
