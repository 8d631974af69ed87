"""An upstream that was lost is told lost, back or given up, and nothing is missed."""

from collections import Counter
from collections.abc import Iterator

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.orders import announcements, messages_of_type
from conformance.judge.outages import Outage, outages
from conformance.judge.venue import Booked, booked
from conformance.peers.engine.conduct import How
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import Heard, PlayedStream
from conformance.suite.check import check

GIVEN_UP = 3
"""Seconds after which the Gateway is told to give a lost upstream up."""

NEEDS = Needs(
    engine=True,
    own=True,
    seconds=40,
    environment={
        "REFERENCE_RECONNECT": "true",
        "RECONNECT_INITIAL_BACKOFF_MS": "100",
        "RECONNECT_MAX_BACKOFF_MS": "400",
        "RECONNECT_MAX_DURATION_SECS": str(GIVEN_UP),
    },
)

ENDS = {"filled": "ORDER_FILLED", "cancelled": "ORDER_CANCELLED"}
LEAST_GAP = 0.5
"""The part of an outage that its gap must cover at least: it is noticed late."""


async def script(strategy: Played) -> None:
    """The venue is away for a while, loses its stream, and stays away in the end."""
    engine, symbol = strategy.engine, strategy.symbol
    stream = await strategy.stream()
    await engine.linked()
    await strategy.told(stream, engine.candle(symbol, "100"))
    filled, cancelled, _ = [await strategy.resting() for _ in range(3)]
    await strategy.fence()
    await engine.leave()
    await _heard(strategy, stream, "BROKER_DISCONNECTED")
    engine.fill(filled.id, "1", "100")
    engine.cancel(cancelled.id)
    await engine.come_back()
    if not await engine.linked(2):
        return
    await _heard(strategy, stream, "BROKER_RECONNECTED")
    await strategy.told(stream, engine.candle(symbol, "101"))
    await strategy.fence()
    since = len(stream.heard)
    await engine.cut(How.RST)
    await engine.linked(3)
    await _heard(strategy, stream, "BROKER_RECONNECTED", since)
    await strategy.fence()
    await engine.leave()
    patience = GIVEN_UP + strategy.pace.patience
    await _heard(strategy, stream, "BROKER_CONNECTION_FAILED", seconds=patience)


async def _heard(
    strategy: Played,
    stream: PlayedStream,
    event: str,
    since: int = 0,
    seconds: float | None = None,
) -> None:
    def wanted(heard: Heard) -> bool:
        return heard.event == event

    await strategy.wait(stream, event, wanted, seconds, since)


def _outages(transcript: Transcript) -> list[Outage]:
    """The times that the venue was away, if its stream is ever opened again."""
    links = transcript.of_kind(Kind.LINKED)
    found = list(outages(transcript))
    if found and len(list(links)) < 2:
        raise NotVerified("this provider's upstream is not taken up again")
    return found


def _told(
    transcript: Transcript, event: str, after: Entry, before: Entry | None = None
) -> list[tuple[Entry, dict[str, Json]]]:
    """The connection and staleness messages of an event within a part of the run."""
    last = transcript.entries[-1] if before is None else before
    return [
        (entry, message)
        for kind in ("connection", "data_staleness")
        for entry, message in messages_of_type(transcript, kind)
        if message.get("event") == event and after.number < entry.number <= last.number
    ]


@check("NET-10", occurs="the venue went away and came back")
def loss_and_return_are_told(transcript: Transcript) -> Iterator[Observation]:
    for each in _outages(transcript):
        if each.back is None:
            continue
        yield occurred(each.away, each.back)
        if not _told(transcript, "BROKER_DISCONNECTED", each.away, each.back):
            yield finding("The venue went away; no loss was told.", each.away)
        returns = _told(transcript, "BROKER_RECONNECTED", each.back)
        if not returns:
            yield finding("The venue came back; no return was told.", each.back)
        for entry, message in returns[:1]:
            gap = message.get("gap_duration_ms")
            least = (each.back.at - each.away.at) * 1000 * LEAST_GAP
            most = (entry.at - each.away.at) * 1000 + 1
            if not isinstance(gap, int) or not least <= gap <= most:
                yield finding(
                    f"The venue was away for {least / LEAST_GAP:.0f} ms and its "
                    f"return was told {most:.0f} ms after it went; the gap is told as "
                    f"{gap} ms.",
                    each.away,
                    each.back,
                    entry,
                )


@check("NET-11", occurs="the venue went away and stayed away")
def giving_up_is_told(transcript: Transcript) -> Iterator[Observation]:
    for each in _outages(transcript):
        if each.back is not None:
            continue
        told = _told(transcript, "BROKER_CONNECTION_FAILED", each.away)
        yield occurred(each.away, *(entry for entry, _ in told))
        if not told:
            yield finding(
                f"RECONNECT_MAX_DURATION_SECS is {GIVEN_UP} and the venue stayed "
                "away; it was not told that it is given up.",
                each.away,
            )
        for entry, _ in told:
            if entry.at - each.away.at < GIVEN_UP / 2:
                yield finding(
                    f"RECONNECT_MAX_DURATION_SECS is {GIVEN_UP}; the venue was given "
                    f"up {entry.at - each.away.at:.1f} s after it went away.",
                    each.away,
                    entry,
                )


@check("NET-12", occurs="the venue came back and orders were told")
def a_return_tells_nothing_twice(transcript: Transcript) -> Iterator[Observation]:
    if not _outages(transcript):
        return
    said = [a for a in announcements(transcript) if a.event != "ORDER_MODIFIED"]
    counted = Counter((a.id, a.event) for a in said if "PARTIALLY" not in a.event)
    yield occurred(*(a.entry for a in said))
    for (order, event), many in counted.items():
        if many > 1:
            yield finding(
                f"{event} of {order} was told {many} times over an outage.",
                *(a.entry for a in said if (a.id, a.event) == (order, event)),
            )


def _missed(transcript: Transcript) -> Iterator[tuple[Outage, Booked]]:
    """What filled or ended at the venue while it was away, and it came back."""
    for each in _outages(transcript):
        for change in booked(transcript):
            if (
                each.back is not None
                and change.what in ENDS
                and each.away.number < change.entry.number < each.back.number
            ):
                yield each, change


@check("NET-14", occurs="an order filled or ended while the venue was away")
def what_was_missed_is_told(transcript: Transcript) -> Iterator[Observation]:
    for each, change in _missed(transcript):
        said = [
            a
            for a in announcements(transcript, order_id=change.order)
            if a.event == ENDS[change.what]
        ]
        yield occurred(change.entry, *(a.entry for a in said))
        if not said:
            yield finding(
                f"Order {change.order} was {change.what} at the venue while it was "
                "away; after its return the stream told nothing of it.",
                each.away,
                change.entry,
            )


@check("NET-16", occurs="the venue went away and came back, and a candle came")
def staleness_is_told(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[0]
    for each in _outages(transcript):
        if each.back is None:
            continue
        candles = [
            entry
            for entry, _ in messages_of_type(transcript, "candle")
            if entry.number > each.back.number
        ]
        if not candles:
            continue
        yield occurred(each.away, each.back, candles[0])
        for event, first, last in (
            ("STALE", each.away, each.back),
            ("FRESH", each.back, None),
        ):
            told = _told(transcript, event, first, last)
            named = [m.get("symbols") for _, m in told]
            if not any(isinstance(n, list) and symbol in n for n in named):
                yield finding(
                    f"The venue was away and came back with a candle of {symbol}; "
                    f"that its data is {event} was not told.",
                    each.away,
                    each.back,
                    candles[0],
                )
