"""However an acknowledgement is spoilt, it releases nothing but what it names."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.exchange import message_of
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.venue import releases
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check
from conformance.suite.fuzz.condensed import condensed
from conformance.suite.fuzz.mutations import sample

NEEDS = Needs(engine=True, fuzz=True, seconds=120)

FIXED = 16
"""Spoilt acknowledgements that are sent in any case."""

PLACEHOLDER = "evt-to-be-spoilt"


async def script(strategy: Played) -> None:
    """For each way of spoiling: an event, its spoilt acknowledgement, a good one."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    good: dict[str, Json] = {
        "type": "event_ack",
        "correlation_id": f"{strategy.prefix}-spoilt",
        "events_processed": [PLACEHOLDER],
        "timestamp": 1,
    }
    for mutation in sample(good, FIXED + strategy.examples, strategy.random):
        bar = engine.candle(strategy.symbol, "101")
        last = engine.candle(strategy.symbol, "102")
        if await strategy.told(stream, last) is None:
            return
        if stream.closed:
            stream = await strategy.stream(f"stream-{len(strategy.open_streams) + 1}")
        strategy.note("spoilt", mutation.name, case=mutation.name, event=bar)
        await stream.send(mutation.text.replace(PLACEHOLDER, bar), deliberate=True)
        # What one client says is read in order: once this one came, that one was read.
        stream = await _acknowledged(strategy, stream, last)
        stream = await _acknowledged(strategy, stream, bar)


async def _acknowledged(
    strategy: Played, stream: PlayedStream, bar: str
) -> PlayedStream:
    """The good acknowledgement; a stream that was ended meanwhile is opened again."""
    if not await strategy.acknowledge(stream, bar):
        stream = await strategy.stream(f"stream-{len(strategy.open_streams) + 1}")
        await strategy.acknowledge(stream, bar)
    released = await strategy.engine.acked(bar)
    strategy.note("good", f"acknowledged {bar}", event=bar, released=released)
    return stream


@dataclass(frozen=True, slots=True)
class Spoilt:
    """One spoilt acknowledgement: its event, what was sent, until which entry."""

    case: str
    event: str
    sent: Entry
    good: int
    """The entry by which a good one, sent after it, had come to the Engine."""

    @property
    def names_its_event(self) -> bool:
        """Whether a lenient reader may take it for an acknowledgement of the event."""
        return f'"{self.event}"' in str(self.sent.data.get("text", ""))


def _spoilt(transcript: Transcript) -> Iterator[Spoilt]:
    noted: Json = None
    sent: Entry | None = None
    for entry in transcript.entries:
        mine = entry.kind is Kind.MESSAGE and entry.party is Party.STRATEGY
        if entry.kind is Kind.NOTE and entry.data.get("name") == "spoilt":
            noted, sent = entry.data["facts"], None
        elif mine and noted is not None and sent is None:
            sent = entry
        elif _is_good(entry) and sent is not None and noted is not None:
            yield Spoilt(noted["case"], noted["event"], sent, entry.number)
            noted, sent = None, None


@check("FUZ-43", occurs="a spoilt acknowledgement was sent, and a good one after it")
@condensed
def only_what_is_named_is_released(transcript: Transcript) -> Iterator[Observation]:
    known = {name for _, name in _good_ones(transcript)}
    for spoilt in _spoilt(transcript):
        early = [
            (entry, ids)
            for entry, ids in releases(transcript)
            if spoilt.sent.number < entry.number < spoilt.good and spoilt.event in ids
        ]
        if spoilt.event in known:
            yield occurred(spoilt.sent)
        if early and not spoilt.names_its_event:
            yield finding(
                f"An acknowledgement that was spoilt ({spoilt.case}), "
                f"{str(spoilt.sent.data.get('text'))[:160]}, released {spoilt.event}, "
                "which it does not name.",
                spoilt.sent,
                early[0][0],
                cause="Is what cannot be read taken for all that is open?",
                key="released-unnamed",
            )
    yield from _lost(transcript)
    yield from _strangers(transcript)


def _is_good(entry: Entry) -> bool:
    """Whether a good acknowledgement had come to the Engine by here."""
    named = entry.kind is Kind.NOTE and entry.data.get("name") == "good"
    return named and bool(entry.data["facts"]["released"])


def _good_ones(transcript: Transcript) -> Iterator[tuple[Entry, str]]:
    for entry in transcript.of_kind(Kind.NOTE):
        if _is_good(entry):
            yield entry, str(entry.data["facts"]["event"])


def _lost(transcript: Transcript) -> Iterator[Observation]:
    for entry in transcript.of_kind(Kind.NOTE):
        facts = entry.data.get("facts") or {}
        if entry.data.get("name") == "good" and not facts["released"]:
            before = [s for s in _spoilt(transcript) if s.event == facts["event"]]
            yield finding(
                f"After a spoilt acknowledgement a good one of {facts['event']} was "
                "sent, and it did not come to the Engine.",
                *[s.sent for s in before],
                entry,
                cause="Does the reader end with what it cannot read?",
                key="lost",
            )


def _strangers(transcript: Transcript) -> Iterator[Observation]:
    """Releases of what no event was ever called."""
    told = {
        str(message.get("event_id"))
        for entry in transcript.messages()
        if isinstance(message := message_of(entry), dict)
    }
    for entry, ids in releases(transcript):
        unknown = [name for name in ids if name not in told]
        if unknown:
            yield finding(
                f"The Engine was told that {json.dumps(unknown)[:120]} were processed; "
                "no event of this name was told to any strategy.",
                entry,
                cause="Is an acknowledgement passed on unread?",
                key="stranger",
            )
