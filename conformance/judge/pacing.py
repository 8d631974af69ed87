"""Which events of a backtest were told to the strategy, and which it acknowledged."""

from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.exchange import message_of
from conformance.evidence.transcript import Transcript
from conformance.judge.venue import frames, releases


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One event_ack of the strategy.

    `again` where all it names was acknowledged before; `named_so_far` is everything
    that was, itself included.
    """

    entry: Entry
    ids: tuple[str, ...]
    again: bool
    named_so_far: frozenset[str]


def acknowledgements(transcript: Transcript) -> list[Acknowledged]:
    """Every event_ack that a strategy sent, in order."""
    found: list[Acknowledged] = []
    named: frozenset[str] = frozenset()
    for entry in transcript.messages(party=Party.STRATEGY):
        message = message_of(entry)
        if not isinstance(message, dict) or message.get("type") != "event_ack":
            continue
        ids = tuple(str(i) for i in message.get("events_processed") or ())
        again = bool(ids) and named.issuperset(ids)
        named |= frozenset(ids)
        found.append(Acknowledged(entry, ids, again, named))
    return found


def heard_events(
    transcript: Transcript, stream: str | None = None
) -> list[tuple[Entry, str]]:
    """The messages with an event id that the strategy heard, and the ids."""
    found = []
    for entry in transcript.messages(stream):
        message = message_of(entry)
        name = message.get("event_id") if isinstance(message, dict) else None
        if isinstance(name, str):
            found.append((entry, name))
    return found


@dataclass(frozen=True, slots=True)
class Backtest:
    """One run: from the note that begins it until the next one begins.

    `messages` are what the strategy heard of the provider; `sent`, `heard`,
    `acknowledged` and `released` are event ids.
    """

    begun: Entry
    messages: tuple[tuple[Entry, dict[str, Json]], ...]
    sent: tuple[str, ...]
    heard: tuple[str, ...]
    acknowledged: tuple[str, ...]
    released: tuple[str, ...]
    end: Entry | None
    end_id: str | None


def backtests(transcript: Transcript) -> list[Backtest]:
    """Every run that the script noted, in order."""
    begun = [
        entry
        for entry in transcript.of_kind(Kind.NOTE)
        if entry.data.get("name") == "run"
    ]
    ends = [*(entry.number for entry in begun), len(transcript.entries) + 1][1:]
    return [
        _backtest(transcript, entry, end)
        for entry, end in zip(begun, ends, strict=True)
    ]


def _backtest(transcript: Transcript, begun: Entry, end: int) -> Backtest:
    def within(entry: Entry) -> bool:
        return begun.number < entry.number < end

    stream = begun.data["facts"]["stream"]
    told = [f for f in frames(transcript) if within(f.entry) and f.event_id]
    last = [f for f in told if f.type == "backtest_complete"]
    messages = tuple(
        (entry, message)
        for entry in transcript.messages(stream)
        if within(entry) and isinstance(message := message_of(entry), dict)
        if str(message.get("type")) not in {"ping", "connection"}
    )
    return Backtest(
        begun,
        messages,
        tuple(str(f.event_id) for f in told),
        tuple(str(m["event_id"]) for _, m in messages if "event_id" in m),
        tuple(
            n for a in acknowledgements(transcript) if within(a.entry) for n in a.ids
        ),
        tuple(n for e, ids in releases(transcript) if within(e) for n in ids),
        last[0].entry if last else None,
        last[0].event_id if last else None,
    )


CHANGING = frozenset(
    {"timestamp", "created_at", "updated_at", "opened_at", "correlation_id"}
    | {"client_order_id"}
)
"""What may differ from run to run: the clock, and the ids that we gave."""


IDS = frozenset({"id", "order_id", "position_id"})


def story(run: Backtest) -> list[Json]:
    """What a run told the strategy, without what may differ from run to run.

    Ids of the venue are told by their places: the first, the second.
    """
    places: dict[str, int] = {}
    return [_fixed(message, places) for _, message in run.messages]


def _fixed(value: Json, places: dict[str, int]) -> Json:
    if isinstance(value, list):
        return [_fixed(each, places) for each in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, each in value.items():
        if name in IDS and isinstance(each, str):
            found[name] = places.setdefault(each, len(places))
        elif name not in CHANGING:
            found[name] = _fixed(each, places)
    return found
