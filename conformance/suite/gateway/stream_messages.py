"""What a client says that cannot be used is told to it, and harms nobody else."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.exchange import message_of
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, announcements, asked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import Judgement, check

OBSERVER = "observer"
ACK = {"type": "event_ack", "correlation_id": "c-1", "timestamp": 1_700_000_000_000}


@dataclass(frozen=True, slots=True)
class Bad:
    """One message that cannot be used, said on a stream of its own name."""

    name: str
    message: Json


BAD = (
    Bad("no-json", "this is no json"),
    Bad("half-json", '{"type": "pong"'),
    Bad("array", '[{"type": "pong"}]'),
    Bad("no-type", {"kind": "pong"}),
    Bad("unknown-type", {"type": "subscribe", "symbols": ["AAPL"]}),
    Bad("binary", b"\x00\xff\xfe"),
    Bad("ack-without-ids", ACK),
    Bad("ack-of-numbers", {**ACK, "events_processed": [1, 2]}),
)
GOOD_ACK = {**ACK, "events_processed": ["no-such-event"]}
HUGE = 4 * 1024 * 1024
CODES = frozenset({1002, 1003, 1007, 1008, 1009})
"""Close codes that say what was wrong with a message."""

NEEDS = Needs(symbols=2)


async def script(strategy: Played) -> None:
    """Says each bad message on a stream of its own; another client observes."""
    observer = await strategy.stream(OBSERVER)
    kept = await strategy.resting(quantity="3")
    for bad in BAD:
        stream = await strategy.stream(bad.name)
        heard = len(stream.heard)
        await stream.send(bad.message, deliberate=True)
        await strategy.wait(
            stream, "an error", lambda h: h.type == "error", _short(strategy), heard
        )
    acker = await strategy.stream("good-ack")
    await strategy.show(kept.id)
    await acker.send(GOOD_ACK)
    await acker.send({"type": "pong"})
    giant = await strategy.stream("giant")
    await giant.send("x" * HUGE, deliberate=True)
    await giant.ended(_short(strategy))
    bought = await strategy.bought(observer, "2", symbol=strategy.symbols[1])
    strategy.note("after", "worked after all messages", order=bought.id)
    await strategy.show(kept.id)
    await strategy.get("/livez")


def _short(strategy: Played) -> float:
    return strategy.pace.quiet / 2


def _said(transcript: Transcript, *names: str) -> Iterator[Entry]:
    """The bad messages of these names that were sent."""
    for entry in transcript.messages(party=Party.STRATEGY):
        if entry.data["stream"] in names:
            yield entry


def _works(transcript: Transcript) -> bool:
    """Whether the stream told an order at all: a mute peer answers nothing."""
    return any(True for _ in announcements(transcript, OBSERVER))


def _answered(*names: str) -> Judgement:
    """A judgement of messages that must be answered with INVALID_MESSAGE."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for entry in _said(transcript, *names):
            stream = entry.data["stream"]
            errors = [
                message
                for told in transcript.messages(stream)
                if isinstance(message := message_of(told), dict)
                and message.get("type") == "error"
            ]
            if not _works(transcript):
                continue
            yield occurred(entry)
            if not any(e.get("code") == "INVALID_MESSAGE" for e in errors):
                said = entry.data.get("text") or "a binary message"
                yield finding(
                    f"A client said {said[:100]} and was answered with "
                    f"{[e.get('code') for e in errors] or 'nothing'}.",
                    entry,
                    key=f"unanswered-{'binary' if stream == 'binary' else 'text'}",
                )

    return judged


no_json = check("STR-50", occurs="a client said what is no JSON")(
    _answered("no-json", "half-json")
)
unknown = check("STR-51", occurs="a client said a message of an unknown type")(
    _answered("array", "no-type", "unknown-type")
)
binary = check("STR-52", occurs="a client sent a binary message")(_answered("binary"))
acks = check("STR-53", occurs="a client sent half an acknowledgement")(
    _answered("ack-without-ids", "ack-of-numbers")
)


@check("STR-54", occurs="a client said what cannot be used")
def a_bad_message_is_survived_or_told(transcript: Transcript) -> Iterator[Observation]:
    ended = {
        str(e.data["stream"]): e
        for e in transcript.of_kind(Kind.CLOSED)
        if e.party is Party.GATEWAY
    }
    noted = transcript.note("after")
    for entry in _said(transcript, *(bad.name for bad in BAD)):
        stream = str(entry.data["stream"])
        heard = {said.id for said in announcements(transcript, stream)}
        if noted is None:
            continue
        yield occurred(entry)
        closed = ended.get(stream)
        if closed is not None and closed.data.get("code") not in CODES:
            yield finding(
                f"After the message {stream} the connection was closed with the code "
                f"{closed.data.get('code')}, which does not say why.",
                entry,
                closed,
            )
        elif closed is None and noted["order"] not in heard:
            yield finding(
                f"After the message {stream} the connection stays open and is told "
                "nothing any more.",
                entry,
            )


@check("STR-55", occurs="orders were worked after other clients' bad messages")
def the_others_notice_nothing(transcript: Transcript) -> Iterator[Observation]:
    noted = transcript.note("after")
    bad = list(_said(transcript, *(each.name for each in BAD)))
    if noted is None or not bad:
        return
    mine = list(announcements(transcript, OBSERVER))
    errors = [
        entry
        for entry in transcript.messages(OBSERVER)
        if isinstance(m := message_of(entry), dict) and m.get("type") == "error"
    ]
    yield occurred(*bad, *(said.entry for said in mine[-1:]))
    if errors or noted["order"] not in {said.id for said in mine}:
        yield finding(
            f"After {len(bad)} bad messages of other clients the observer was told "
            f"{len(errors)} errors, and "
            f"{'nothing' if noted['order'] not in {s.id for s in mine} else 'all'} of "
            f"order {noted['order']}.",
            *errors,
            *bad[-1:],
        )


@check("STR-57", occurs="a message of four megabytes was sent")
def a_giant_message_harms_nobody(transcript: Transcript) -> Iterator[Observation]:
    noted = transcript.note("after")
    alive = [e for e in asked(transcript, "GET", "livez") if e.status == 200]
    for entry in _said(transcript, "giant"):
        if not _works(transcript):
            continue
        yield occurred(entry, *alive)
        heard = {said.id for said in announcements(transcript, OBSERVER)}
        big = [e for e in transcript.messages(OBSERVER) if "xxxxxx" in str(e.data)]
        if not alive or big or noted is None or noted["order"] not in heard:
            yield finding(
                f"After a message of {HUGE} bytes the liveness probe "
                f"{'answers' if alive else 'does not answer'}; the other client was "
                f"{'told' if noted and noted['order'] in heard else 'not told'} of the "
                "next order.",
                entry,
            )


@check("STR-58", occurs="an acknowledgement of an unknown event was sent")
def an_acknowledgement_changes_nothing(transcript: Transcript) -> Iterator[Observation]:
    order = next(iter(accepted(transcript)), None)
    for entry in list(_said(transcript, "good-ack"))[:1]:
        if order is None or not _works(transcript):
            continue
        shown = [
            e
            for e in asked(transcript, "GET", "v1", "orders", str(order.id))
            if e.status == 200
        ]
        after = [e for e in shown if e.request.number > entry.number]
        before = [e for e in shown if e.request.number < entry.number]
        if not before or not after:
            continue
        yield occurred(entry, before[-1], after[0])
        if before[-1].body != after[0].body:
            yield finding(
                f"Order {order.id} changed with an acknowledgement of no event.",
                entry,
                before[-1],
                after[0],
            )
        errors = [
            told
            for told in transcript.messages("good-ack")
            if isinstance(m := message_of(told), dict) and m.get("type") == "error"
        ]
        if errors:
            yield finding(
                "A whole acknowledgement was answered with an error.", *errors
            )
