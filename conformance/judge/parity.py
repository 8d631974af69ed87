"""The same acts on two providers: what each answered and told, act by act."""

from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, exchanges, message_of
from conformance.evidence.transcript import Transcript

ACT = "act"
"""The name of the note before each act; its facts name provider, stream and act."""

Message = tuple[Entry, dict[str, Json]]


@dataclass(frozen=True, slots=True)
class Act:
    """What came of one act on one provider, until the next act."""

    note: Entry
    exchanges: tuple[Exchange, ...]
    messages: tuple[Message, ...]

    @property
    def name(self) -> str:
        return str(self.note.data["facts"]["act"])

    @property
    def provider(self) -> str:
        return str(self.note.data["facts"]["provider"])


def acts(transcript: Transcript) -> list[tuple[Act, Act]]:
    """Each act as it was played on the first provider and on the second."""
    notes = [
        entry
        for entry in transcript.of_kind(Kind.NOTE)
        if entry.data.get("name") == ACT
    ]
    ends = [*(note.number for note in notes), len(transcript.entries) + 1][1:]
    found = [_act(transcript, note, end) for note, end in zip(notes, ends, strict=True)]
    first = {act.name: act for act in reversed(found)}
    return [
        (first[act.name], act)
        for act in found
        if act.provider != first[act.name].provider
    ]


def _act(transcript: Transcript, note: Entry, end: int) -> Act:
    stream = note.data["facts"]["stream"]
    return Act(
        note,
        tuple(e for e in exchanges(transcript) if note.number < e.request.number < end),
        tuple(
            (entry, message)
            for entry in transcript.messages(stream)
            if note.number < entry.number < end
            and isinstance(message := message_of(entry), dict)
        ),
    )


def order_story(act: Act) -> list[str]:
    """The order events of an act with their statuses, in order."""
    return [
        f"{message.get('event')} {message['order'].get('status')}"
        for _, message in act.messages
        if message.get("type") == "order" and isinstance(message.get("order"), dict)
    ]


def kinds(act: Act) -> set[str]:
    """Which kinds of messages an act brought, market data left out."""
    told = {str(message.get("type")) for _, message in act.messages}
    return told & {"order", "trade", "position", "account"}


def answers(act: Act) -> list[str]:
    """Status and error code of each answer."""
    return [_told(exchange) for exchange in act.exchanges]


def _told(exchange: Exchange) -> str:
    body = exchange.body
    code = body.get("code") if isinstance(body, dict) else None
    what = f"{exchange.method} {exchange.segments[1]} {exchange.status}"
    return f"{what} {code}" if code else what


def fields(act: Act) -> dict[str, set[str]]:
    """The names of the fields that have a value, of each kind of object."""
    found: dict[str, set[str]] = {}
    for _, message in act.messages:
        kind = str(message.get("type"))
        if kind in {"order", "trade", "position", "account"}:
            _add(found, f"the stream's {kind}", message.get(kind))
    for exchange in act.exchanges:
        if exchange.status == 200 and exchange.method == "GET":
            rows = exchange.body if isinstance(exchange.body, list) else [exchange.body]
            for row in rows:
                _add(found, f"the {exchange.segments[1]} of REST", row)
    return found


def _add(found: dict[str, set[str]], what: str, row: Json) -> None:
    if isinstance(row, dict):
        names = {name for name, value in row.items() if value is not None}
        found[what] = found.get(what, set()) | names
