"""However the Engine's events are spoilt, the Gateway is loud or right, and goes on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.exchange import NotJson, message_of, parse, parsed
from conformance.evidence.transcript import NONSENSE, Transcript, remembered
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.provenance import filled_in, from_nowhere, numbers_in
from conformance.judge.venue import frames, releases
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.fuzz.condensed import condensed
from conformance.suite.fuzz.mutations import Mutation, sample
from conformance.suite.fuzz.upstream import Below

NEEDS = Needs(engine=True, own=True, fuzz=True, seconds=180)

FIXED = 5
"""Spoilt events of each type that are told in any case."""

SECONDS = 1.5
"""How long the good event after a spoilt one may take."""

TYPES = ("order", "trade", "position", "account", "candle")
CONTENT = {"candle": "bar"}
"""What a message calls its content, where that is not its type."""

OWN = frozenset({"realized_pnl", "unrealized_pnl"})
"""What a Gateway reckons itself: the Engine has no word for the one of them."""

NAMES = {"average_entry_price": "avg_entry_price"}
"""What the Engine calls a field that a Gateway calls otherwise."""

ENDED = frozenset({"FILLED", "CANCELLED", "REJECTED", "EXPIRED"})


async def script(strategy: Played) -> None:
    """Tells each type of event spoilt in many ways, a good one after each."""
    strategy.note(NONSENSE, "from here on the Engine does not say what is so")
    below = await Below.begun(strategy)
    templates = await _templates(below)
    for kind in TYPES:
        count = FIXED + strategy.examples // len(TYPES)
        for mutation in sample(templates[kind], count, strategy.random):
            await _tell(below, kind, mutation)
            if below.over:
                return


async def _templates(below: Below) -> Mapping[str, Mapping[str, Json]]:
    """A good event of each type: of an order that is filled in part, and goes on."""
    strategy, engine = below.strategy, below.strategy.engine
    order = await strategy.place(quantity="9")
    engine.fill(order.id, "2", "100.5")
    last = engine.candle(strategy.symbol, "101")
    await strategy.told(below.stream, last)
    await below.acknowledge_all()
    await engine.acked(last)
    found: dict[str, Mapping[str, Json]] = {}
    for entry in strategy.recorder.entries:
        if entry.kind is Kind.FRAME and entry.party is Party.VENUE:
            said = parse(entry.data["text"])
            found[said["type"]] = said
    return found


async def _tell(below: Below, kind: str, mutation: Mutation) -> None:
    strategy, engine = below.strategy, below.strategy.engine
    number = len(strategy.recorder.entries)
    event = f"spoilt-{number}"
    text = _renamed(mutation.text, event)
    strategy.note("spoilt", f"{kind}: {mutation.name}", event=event, kind=kind)
    engine.say_raw(text)
    good = engine.candle(strategy.symbol, "101")
    told = await strategy.wait(
        below.stream,
        f"event {good}",
        lambda heard: (
            isinstance(heard.json, dict) and heard.json.get("event_id") == good
        ),
        SECONDS,
    )
    await below.acknowledge_all()
    released = told is not None and await engine.acked(good, seconds=SECONDS)
    facts = {"event": event, "told": told is not None, "released": released}
    strategy.note("good", f"after {kind}: {mutation.name}", **facts)
    if not released:
        await below.replace(f"{kind}: {mutation.name}")


def _renamed(text: str, event: str) -> str:
    """The text under an event id of its own, where it still has the template's."""
    try:
        said = parse(text)
    except NotJson:
        return text
    known = said.get("event_id") if isinstance(said, dict) else None
    if isinstance(known, str) and known.startswith("evt-"):
        return text.replace(f'"{known}"', f'"{event}"', 1)
    return text


@dataclass(frozen=True, slots=True)
class Told:
    """One spoilt event, and what came until the good one after it was done with."""

    what: str
    event: str
    kind: str
    frame: Entry
    after: tuple[Entry, ...]
    told: bool
    released: bool

    @property
    def said(self) -> Json:
        """The frame's JSON; None where it has none."""
        return parsed(self.frame.data.get("text"))

    @property
    def names_itself(self) -> bool:
        """Whether it still is an event that can be acknowledged."""
        return isinstance(self.said, dict) and self.said.get("event_id") == self.event

    @property
    def heard(self) -> tuple[tuple[Entry, dict[str, Json]], ...]:
        """What the strategy was told meanwhile."""
        pairs = ((e, message_of(e)) for e in self.after if e.kind is Kind.MESSAGE)
        mine = (p for p in pairs if p[0].party is Party.GATEWAY)
        return tuple((e, m) for e, m in mine if isinstance(m, dict))

    @property
    def loud(self) -> bool:
        """Whether the Gateway told of an error, or hung up on the Engine."""
        said = any(m.get("type") in {"error", "connection"} for _, m in self.heard)
        ends = {Kind.UNLINKED, Kind.CLOSED, Kind.PROCESS}
        return said or any(
            e.kind in ends and e.data.get("by") != "us" for e in self.after
        )


@remembered
def told_spoilt(transcript: Transcript) -> Iterator[Told]:
    """Every spoilt event, in order."""
    begun: tuple[str, str, str, int] | None = None
    for place, entry in enumerate(transcript.entries):
        facts = entry.data.get("facts") or {}
        name = entry.data.get("name") if entry.kind is Kind.NOTE else None
        if name == "spoilt":
            begun = (entry.data["text"], facts["event"], facts["kind"], place)
        elif name == "good" and begun is not None and facts["event"] == begun[1]:
            between = transcript.entries[begun[3] + 1 : place + 1]
            sent = [e for e in between if e.kind is Kind.FRAME]
            if sent:
                yield Told(
                    *begun[:3], sent[0], between, facts["told"], facts["released"]
                )
            begun = None


@check("FUZ-13", occurs="a spoilt event was told, and a good one after it was")
@condensed
def no_event_ends_the_gateway(transcript: Transcript) -> Iterator[Observation]:
    for told in told_spoilt(transcript):
        if told.told:
            yield occurred(told.frame)
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "upstream-culprit":
            before = [t.frame for t in told_spoilt(transcript) if _before(t, entry)]
            yield finding(
                f"After the Engine's event was spoilt ({entry.data['text']}) the "
                "Gateway was there no more.",
                *before[-1:],
                entry,
                cause="Is there an event that its reader does not foresee?",
                key="event-ended",
            )


def _before(told: Told, entry: Entry) -> bool:
    return told.frame.number < entry.number


@check("FUZ-50", occurs="a good event was told after a spoilt one")
@condensed
def what_follows_goes_on(transcript: Transcript) -> Iterator[Observation]:
    for told in told_spoilt(transcript):
        yield occurred(told.frame)
        if told.loud or told.released:
            continue
        missing = "was not told" if not told.told else "was told and not released"
        yield finding(
            f"After a spoilt event ({told.what}) the next good one {missing}; the "
            "strategy was told of no error.",
            told.frame,
            told.after[-1],
            cause="Does the reader of events end in silence?",
            key=f"stalls-{told.kind}",
        )


@check("FUZ-51", occurs="a spoilt event that still has its id was told")
@condensed
def no_event_is_dropped_in_silence(transcript: Transcript) -> Iterator[Observation]:
    for told in told_spoilt(transcript):
        if not told.names_itself:
            continue
        yield occurred(told.frame)
        passed = any(m.get("event_id") == told.event for _, m in told.heard)
        released = any(told.event in ids for _, ids in releases(transcript))
        if not (passed or released or told.loud):
            yield finding(
                f"The Engine's event {told.event} ({told.what}) was told to no "
                "strategy and never acknowledged, and the strategy was told of no "
                "error: the Engine waits for it for ever.",
                told.frame,
                cause="Is an event dropped that cannot be read?",
                key=f"dropped-{told.kind}",
            )


@check("FUZ-52", occurs="a spoilt event was told to the strategy")
@condensed
def nothing_is_made_up_of_an_event(transcript: Transcript) -> Iterator[Observation]:
    for told in told_spoilt(transcript):
        for entry, message in told.heard:
            if message.get("event_id") != told.event:
                continue
            yield occurred(told.frame, entry)
            content = message.get(CONTENT.get(told.kind, told.kind))
            for name, number in _made_up(transcript, told, content):
                yield finding(
                    f"The Engine's event ({told.what}) was told with the {name} "
                    f"{number:f}, which the Engine did not say.",
                    told.frame,
                    entry,
                    cause="Is what is missing or unreadable filled in?",
                    key=f"made-up-{told.kind}-{name}",
                )
            yield from _state(told, entry, content)


def _made_up(
    transcript: Transcript, told: Told, content: Json
) -> Iterator[tuple[str, Decimal]]:
    known = numbers_in(told.said) | _known(transcript, told)
    found = dict(from_nowhere(content, known))
    said = _content(told.said, told.kind)
    if isinstance(content, Mapping):
        good = _good_ones(transcript, told)
        found |= dict(filled_in(content, said, good, NAMES))
    yield from ((name, number) for name, number in found.items() if name not in OWN)


def _content(said: Json, kind: str) -> Mapping[str, Json]:
    """What an event says of its thing; a candle says it of itself."""
    if not isinstance(said, Mapping):
        return {}
    content = said if kind == "candle" else said.get(kind)
    return content if isinstance(content, Mapping) else {}


def _good_ones(transcript: Transcript, told: Told) -> list[Mapping[str, Json]]:
    """What the Engine said of this kind before, in good words."""
    return [
        _content(frame.message, told.kind)
        for frame in frames(transcript, kind=told.kind)
        if frame.entry.number < told.frame.number
        and not frame.entry.data.get("deliberate")
    ]


def _known(transcript: Transcript, told: Told) -> frozenset[Json]:
    """The numbers of what the Engine said before of the same thing, in good words."""
    mark = _id_in(told.said)
    found: frozenset[Json] = frozenset()
    for frame in frames(transcript):
        earlier = frame.entry.number < told.frame.number
        good = earlier and not frame.entry.data.get("deliberate")
        same = frame.type == told.kind == "order" and mark == _id_in(frame.message)
        if good and same:
            found |= numbers_in(frame.message)
    return found


def _id_in(said: Json) -> Json:
    content = said.get("order") if isinstance(said, dict) else None
    return content.get("id") if isinstance(content, dict) else None


def _state(told: Told, entry: Entry, content: Json) -> Iterator[Observation]:
    """An order that is told to have ended, though the Engine does not say so."""
    inner = told.said.get("order") if isinstance(told.said, dict) else None
    if told.kind != "order" or not isinstance(inner, dict):
        return
    status = content.get("status") if isinstance(content, dict) else None
    if status in ENDED and str(inner.get("status")).upper() != status:
        yield finding(
            f"The Engine's event ({told.what}) has the status {inner.get('status')!r}, "
            f"and the order was told {status}.",
            told.frame,
            entry,
            cause="Is an unknown status taken for an end?",
            key="made-up-status",
        )
