"""Every kind of event reaches the strategy under its id, and only once it is known."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.pacing import heard_events
from conformance.judge.venue import frames, releases
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check

NEEDS = Needs(engine=True)

BURST = 300
BROKEN = (
    "this is no JSON",
    '{"type":"order","event_id":"evt-broken-1","event":"created","order":{}}',
    '{"type":"weather","event_id":"evt-broken-2"}',
)
"""Frames that no Gateway can understand; two of them have an id that holds time."""


async def script(strategy: Played) -> None:
    """All kinds of events, a burst, and frames that mean nothing."""
    engine, symbol = strategy.engine, strategy.symbol
    stream = await strategy.stream()
    await engine.linked()
    await strategy.submit(quantity="2")
    for event in ("margin_warning", "margin_call"):
        await strategy.told(stream, engine.account_event(event))
    burst = [engine.candle(symbol, str(100 + i)) for i in range(BURST)]
    await strategy.told(stream, burst[-1])
    error = engine.fail("DATA_GAP", "there is no data for this day")
    await engine.acked(error)
    for text in BROKEN:
        engine.say_raw(text)
    after = engine.candle(symbol, "99")
    strategy.note("broken-frames", "three frames made no sense", after=after)
    await strategy.told(stream, after)
    names = dict.fromkeys(name for _, name in _heard(stream))
    await strategy.acknowledge(stream, *names)
    await engine.acked(after)


def _heard(stream: PlayedStream) -> Iterator[tuple[str, str]]:
    for heard in stream.heard:
        if isinstance(heard.json, dict) and "event_id" in heard.json:
            yield str(heard.type), str(heard.json["event_id"])


RELAYED = frozenset({"candle", "order", "trade", "position", "account"})


@check("PAC-22", occurs="the Engine told events of every kind")
def every_event_is_told_under_its_id(transcript: Transcript) -> Iterator[Observation]:
    told = [f for f in frames(transcript) if f.type in RELAYED and f.event_id]
    after = (transcript.note("broken-frames") or {}).get("after")
    legal = [f for f in told if not f.entry.data["deliberate"] and f.event_id != after]
    if {f.type for f in legal} < RELAYED:
        return
    heard = [name for _, name in heard_events(transcript)]
    yield occurred(legal[0].entry, legal[-1].entry)
    missing = [f for f in legal if f.event_id not in heard]
    if missing:
        yield finding(
            f"The Engine told {len(legal)} events; {len(missing)} never came to the "
            f"strategy under their ids, the first {missing[0].event_id} "
            f"({missing[0].type}).",
            missing[0].entry,
        )
    order = [name for name in heard if name in {f.event_id for f in legal}]
    wanted = [f.event_id for f in legal if f.event_id in set(order)]
    if order != wanted:
        place = next(i for i, n in enumerate(wanted) if order[i] != n)
        yield finding(
            f"The Engine told {wanted[place]} next; the strategy heard {order[place]}.",
            legal[place].entry,
        )


@check("PAC-23", occurs="the Engine said what a Gateway cannot understand")
def a_broken_frame_stops_nothing(transcript: Transcript) -> Iterator[Observation]:
    facts = transcript.note("broken-frames")
    if facts is None:
        return
    last = transcript.entries[-1]
    yield occurred(last)
    heard = {name for _, name in heard_events(transcript)}
    if facts["after"] not in heard:
        yield finding(
            f"After a frame that made no sense {facts['after']} never came to the "
            "strategy.",
            last,
            cause="Does one broken frame end the stream?",
        )


@check("PAC-24", occurs="the Engine said what a Gateway cannot understand")
def what_cannot_be_told_holds_no_time(transcript: Transcript) -> Iterator[Observation]:
    if transcript.note("broken-frames") is None:
        return
    released = {name for _, ids in releases(transcript) for name in ids}
    heard = {name for _, name in heard_events(transcript)}
    for frame in frames(transcript):
        if not frame.event_id or not frame.event_id.startswith("evt-broken"):
            continue
        yield occurred(frame.entry)
        if frame.event_id not in released | heard:
            yield finding(
                f"{frame.event_id} could not be understood; the strategy was told "
                "nothing of it and the Engine waits for its acknowledgement for good.",
                frame.entry,
                cause="Is what cannot be parsed dropped with a line in the log only?",
            )
