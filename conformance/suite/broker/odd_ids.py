"""An id with odd characters is asked for at the broker as that id, or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.noted import noted
from conformance.judge.venue import Call, calls
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability, Operation
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import ODD

NEEDS = Needs(seconds=40)

ASKED = "asked-for"
"""The name of the note before a request: its method, of what, and the id."""

PLAIN = "NOSUCH"
"""An id that is none either, and odd in nothing."""

WAYS = (
    ("GET", "orders"),
    ("DELETE", "orders"),
    ("GET", "positions"),
    ("DELETE", "positions"),
    ("GET", "quotes"),
)
BY_ID = (Operation.ORDER, Operation.CANCEL, Operation.REPLACE)


async def script(strategy: Played) -> None:
    """Asks for orders, positions and quotes by ids that lead elsewhere when pasted."""
    # What a Gateway asks of its own accord as it starts is nothing that an id led to.
    await strategy.get("/v1/account")
    await strategy.venue.called(Operation.ACCOUNT)
    if Ability.STREAM in strategy.venue.can:
        await strategy.venue.streamed()
    for method, what in WAYS:
        for name in (PLAIN, *ODD):
            strategy.note(
                ASKED, f"{method} {what} {name!r}", method=method, what=what, id=name
            )
            path = f"/v1/{what}/{quote(name, safe='')}"
            await strategy.request(method, path)


@dataclass(frozen=True, slots=True)
class Way:
    """One request by an id: its note, and what it led to at the broker."""

    note: Entry
    calls: tuple[Call, ...]

    @property
    def id(self) -> str:
        return str(self.note.data["facts"]["id"])

    @property
    def kind(self) -> tuple[str, str]:
        facts = self.note.data["facts"]
        return str(facts["method"]), str(facts["what"])

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(str(c.operation) for c in self.calls)


def _ways(transcript: Transcript) -> Iterator[Way]:
    found = list(noted(transcript, ASKED))
    ends = [*(n.number for n in found[1:]), len(transcript.entries) + 1]
    for note, end in zip(found, ends, strict=True):
        answered = [
            e.number
            for e in transcript.of_kind(Kind.RESPONSE)
            if note.number < e.number < end
        ]
        if answered:
            made = (c for c in calls(transcript) if note.number < c.asked.number < end)
            yield Way(note, tuple(made))


@check("FID-11", occurs="an odd id was asked for where the broker is asked for others")
def odd_ids_lead_nowhere_else(transcript: Transcript) -> Iterator[Observation]:
    found = list(_ways(transcript))
    plain = {way.kind: way.operations for way in found if way.id == PLAIN}
    for way in found:
        # Of a Gateway that asks its broker for no id it says nothing that none came.
        if way.id == PLAIN or not (way.calls or plain.get(way.kind)):
            continue
        yield occurred(way.note)
        for call in way.calls:
            known = plain.get(way.kind, ())
            if call.operation in known and _whole(call, way.id):
                continue
            yield finding(
                f"{way.kind[0]} of {way.kind[1]} {way.id!r}: the broker was asked "
                f"{call.told}.",
                way.note,
                call.asked,
                cause="Is the id pasted into the path as it is?",
            )


def _whole(call: Call, name: str) -> bool:
    """Whether an order is asked for by this name as one segment, or one parameter."""
    if call.operation not in BY_ID:
        return True
    split = urlsplit(call.target)
    parts = [unquote(part) for part in split.path.split("/")]
    parts += [value for _, value in parse_qsl(split.query, keep_blank_values=True)]
    return name in parts or f"@{name}" in parts
