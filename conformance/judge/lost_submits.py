"""One submit whose outcome was made unknown: all that a transcript tells of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, exchanges, message_of, parsed
from conformance.evidence.transcript import TIDYING, Transcript, remembered
from conformance.judge.noted import noted
from conformance.judge.orders import Submitted, submitted
from conformance.judge.unknown import FAULT, LOST
from conformance.judge.venue import Booked, Call, booked, calls
from conformance.judge.venue_answers import PLANNED

ORDER_NAMES = frozenset({"id", "orderid"})
"""Under which names an order's id stands, small and without underscores."""


@dataclass(frozen=True, slots=True)
class About:
    """What tells that something is about one order: its client id, its other ids."""

    client_id: str
    ids: frozenset[str] = frozenset()

    def told_in(self, value: Json) -> bool:
        """Whether JSON names the order, however deep."""
        return any(
            each == self.client_id
            or (_plain(name) in ORDER_NAMES and str(each) in self.ids)
            for name, each in _leaves(value)
        )

    def named_in(self, target: str, segments: Sequence[str]) -> bool:
        """Whether a path or a query names it; OANDA has a sign before client ids."""
        values = (value for _, value in parse_qsl(urlsplit(target).query))
        words = {*(part.removeprefix("@") for part in segments), *values}
        return self.client_id in words or bool(self.ids & words)


@dataclass(frozen=True, slots=True)
class LostSubmit:
    """One submit, what was done to its answer, and every entry that is about it."""

    case: str
    about: About
    exchange: Exchange
    sent: tuple[Call, ...]
    """How often the Gateway sent it to the venue."""
    changes: tuple[Booked, ...]
    """What the venue booked of it."""
    entries: tuple[Entry, ...]

    @property
    def client_id(self) -> str:
        return self.about.client_id

    @property
    def orders(self) -> tuple[str, ...]:
        """The ids of the orders that the venue took for this one submit."""
        ids = (c.order for c in self.changes if c.what == "accepted")
        return tuple(dict.fromkeys(ids))

    def last(self, order: str) -> Booked:
        """What the venue booked last of one of them."""
        return [c for c in self.changes if c.order == order][-1]


@remembered
def lost_submits(transcript: Transcript) -> Iterator[LostSubmit]:
    """Every submit whose answer a script had lost or faulted, and that was made."""
    plans = {str(facts["client_id"]): note for note, facts in _plans(transcript)}
    for order in submitted(transcript):
        note = plans.get(order.client_id or "")
        if note is not None:
            yield _lost(transcript, note, order, frozenset(plans))


def _plans(transcript: Transcript) -> Iterator[tuple[Entry, Mapping[str, Json]]]:
    for note in noted(transcript, PLANNED):
        facts = note.data.get("facts")
        if not isinstance(facts, Mapping) or "client_id" not in facts:
            continue
        if facts.get("kind") in (LOST, FAULT):
            yield note, facts


def _lost(
    transcript: Transcript, note: Entry, order: Submitted, planned: frozenset[str]
) -> LostSubmit:
    client_id = str(order.client_id)
    about = About(client_id)
    sent = tuple(_sent(transcript, about, _mine(transcript, about)))
    changes = tuple(_changes(transcript, client_id, sent, planned - {client_id}))
    ids = {c.order for c in changes if c.what == "accepted"}
    about = About(client_id, frozenset(ids | ({order.id} if order.id else set())))
    mine = _mine(transcript, about)
    shown = {
        note.number,
        *(n for each in mine for n in each.numbers),
        *(c.entry.number for c in changes),
        *_called(transcript, about, mine, sent),
        *_streamed(transcript, about),
    }
    last = _end(transcript, mine)
    return LostSubmit(
        case=str(note.data["facts"].get("case", "")),
        about=about,
        exchange=order.exchange,
        sent=sent,
        changes=tuple(c for c in changes if c.entry.number < last),
        entries=tuple(
            e
            for e in transcript.entries
            if note.number <= e.number < last
            if e.number in shown
        ),
    )


def _mine(transcript: Transcript, about: About) -> tuple[Exchange, ...]:
    """What the strategy asked of the Gateway about it."""
    return tuple(
        each
        for each in exchanges(transcript)
        if about.named_in(each.target, each.segments) or about.told_in(each.sent)
    )


def _end(transcript: Transcript, mine: Sequence[Exchange]) -> int:
    """The entry at which another case begins, or traces are cleared away."""
    last = max(n for each in mine for n in each.numbers)
    for entry in transcript.entries:
        if entry.number > last and _begins_another(entry):
            return entry.number
    return len(transcript.entries) + 1


def _begins_another(entry: Entry) -> bool:
    if entry.kind is Kind.PROCESS:
        return bool(entry.data.get("event") == "starting")
    return entry.kind is Kind.NOTE and entry.data.get("name") in (PLANNED, TIDYING)


def _sent(
    transcript: Transcript, about: About, mine: Sequence[Exchange]
) -> Iterator[Call]:
    """The orders sent for it: under its name, or while nothing else was asked for."""
    for call in calls(transcript):
        if call.submits and (
            call.client_id == about.client_id
            or _alone(transcript, call.asked.number, mine, idle=False)
        ):
            yield call


def _changes(
    transcript: Transcript, client_id: str, sent: Sequence[Call], others: frozenset[str]
) -> Iterator[Booked]:
    """What was booked under its name, or under another while it was being sent."""
    orders = {
        c.order
        for c in booked(transcript)
        if c.client_id == client_id
        or (c.client_id not in others and any(_within(c.entry, s) for s in sent))
    }
    return (c for c in booked(transcript) if c.order in orders)


def _within(entry: Entry, call: Call) -> bool:
    if call.answered is None:
        return False
    return call.asked.number < entry.number < call.answered.number


def _called(
    transcript: Transcript,
    about: About,
    mine: Sequence[Exchange],
    sent: Sequence[Call],
) -> Iterator[int]:
    for call in calls(transcript):
        answer = call.answered
        if (
            call in sent
            or about.named_in(call.target, call.segments)
            or about.told_in(call.sent)
            or (
                answer is not None
                and _alone(transcript, call.asked.number, mine, idle=True)
                and about.told_in(parsed(answer.data.get("body")))
            )
        ):
            yield call.asked.number
            if answer is not None:
                yield answer.number


def _alone(
    transcript: Transcript, number: int, mine: Sequence[Exchange], *, idle: bool
) -> bool:
    """Whether only this was waited for then; `idle`: or nothing at all."""
    waited = [each for each in exchanges(transcript) if each.waits(number)]
    return all(each in mine for each in waited) and (idle or bool(waited))


def _streamed(transcript: Transcript, about: About) -> Iterator[int]:
    """What either stream told of it."""
    for entry in transcript.of_kind(Kind.MESSAGE, Kind.FRAME):
        if about.told_in(message_of(entry)):
            yield entry.number


def _leaves(value: Json) -> Iterator[tuple[str, Json]]:
    """Every value within JSON that holds no other, with the name it stands under."""
    rest: list[tuple[str, Json]] = [("", value)]
    while rest:
        name, each = rest.pop()
        if isinstance(each, dict):
            rest.extend(each.items())
        elif isinstance(each, list):
            rest.extend((name, one) for one in each)
        else:
            yield name, each


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
