"""When a broker's streams were lost, granted again and opened, and what was told."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.metrics import Exposition, read_metrics
from conformance.judge.noted import by_number, notes
from conformance.judge.orders import Announcement, announcements, messages_of_type
from conformance.judge.venue import Booked, booked

LOST, GRANTED, TURNED_AWAY = "streams-lost", "streams-granted", "stream-refused"
"""The names of the venue's notes."""

QUOTED, AGAIN, MEASURED = "quoted", "again", "measured"
"""Those of the scripts: a quote, an order filled after a return, the metrics."""

TOLD_AS = {
    "filled": "ORDER_FILLED",
    "cancelled": "ORDER_CANCELLED",
    "expired": "ORDER_EXPIRED",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """A broker's streams are lost, and granted again from `granted` on.

    `before` is the entry up to which it counts: the next loss, or the end.
    """

    lost: Entry
    granted: Entry | None
    before: int

    @property
    def how(self) -> str:
        return str(self.lost.data["facts"]["how"])

    @property
    def refused(self) -> bool:
        """Whether attempts at a stream met anything but a stream."""
        facts = self.lost.data["facts"]
        return facts["refused"] is not None or bool(facts["unanswered"])

    def has(self, entry: Entry) -> bool:
        return self.lost.number < entry.number < self.before


@remembered
def losses(transcript: Transcript) -> Iterator[Loss]:
    """Every time that a script lost the broker's streams, in order."""
    found = list(transcript.of_kind(Kind.NOTE))
    lost = [e for e in found if e.data.get("name") == LOST]
    for place, each in enumerate(lost):
        later = lost[place + 1 :]
        before = later[0].number if later else transcript.entries[-1].number + 1
        granted = (
            e
            for e in found
            if e.data.get("name") == GRANTED and each.number < e.number < before
        )
        yield Loss(each, next(granted, None), before)


def opened(transcript: Transcript, loss: Loss) -> list[Entry]:
    """The streams that the Gateway opened after they were lost."""
    return [e for e in transcript.of_kind(Kind.LINKED) if loss.has(e)]


def not_opened(transcript: Transcript, loss: Loss) -> list[str]:
    """The streams that the loss ended and the Gateway did not open again."""
    ended = {
        stream_of(entry)
        for entry in transcript.of_kind(Kind.UNLINKED)
        if loss.has(entry) and entry.data["by"] == "us"
    }
    found = {stream_of(entry) for entry in opened(transcript, loss)}
    return sorted(ended - found) if ended else [] if found else ["all"]


def turned_away(transcript: Transcript, loss: Loss) -> list[Entry]:
    """The attempts at a stream that were not granted."""
    found = transcript.of_kind(Kind.NOTE)
    return [e for e in found if e.data.get("name") == TURNED_AWAY and loss.has(e)]


def stream_of(entry: Entry) -> str:
    """Which stream was opened or turned away; a broker may have but one for all."""
    facts = entry.data.get("facts") or {}
    return str(entry.data.get("stream") or facts.get("stream") or "all")


def ended_by_the_gateway(transcript: Transcript, loss: Loss) -> list[Entry]:
    """The streams that the Gateway opened after the loss and ended by itself."""
    mine = {e.data["link"] for e in opened(transcript, loss)}
    return [
        e
        for e in transcript.of_kind(Kind.UNLINKED)
        if e.data["link"] in mine and e.data["by"] != "us" and loss.has(e)
    ]


def told(
    transcript: Transcript, event: str, after: int, before: int
) -> list[tuple[Entry, dict[str, Json]]]:
    """The connection and staleness messages of an event between two entries."""
    return [
        (entry, message)
        for kind in ("connection", "data_staleness")
        for entry, message in messages_of_type(transcript, kind)
        if message.get("event") == event and after < entry.number < before
    ]


def back(transcript: Transcript, loss: Loss) -> Entry | None:
    """From where on the streams could be open: granted again, or opened at once."""
    if loss.refused:
        return loss.granted
    return next(iter(opened(transcript, loss)), None)


def meanwhile(transcript: Transcript, loss: Loss) -> list[Booked]:
    """What the broker filled whole or ended while its streams were lost."""
    until = back(transcript, loss)
    last = loss.before if until is None else until.number
    return [
        change
        for change in booked(transcript)
        if change.what in TOLD_AS
        and loss.lost.number < change.entry.number < last
        and change.number("filled") in (0, change.number("quantity"))
    ]


def telling(transcript: Transcript, change: Booked) -> list[Announcement]:
    """The messages that tell of this change of an order."""
    return [
        said
        for said in announcements(transcript)
        if said.event == TOLD_AS[change.what] and is_of(said.order, change)
    ]


def is_of(order: dict[str, Json], change: Booked) -> bool:
    """Whether an order of the Gateway is the one that changed at the broker."""
    named = order.get("client_order_id")
    return order.get("id") == change.order or (
        named is not None and named == change.client_id
    )


def quotes(transcript: Transcript) -> list[Entry]:
    """The quotes that the strategy was told."""
    return [entry for entry, _ in messages_of_type(transcript, "quote")]


def quoted(transcript: Transcript, loss: Loss) -> Iterator[tuple[Entry, str]]:
    """The quotes that a script had the broker tell after a loss, if any came before."""
    found = [e for e in transcript.of_kind(Kind.NOTE) if e.data.get("name") == QUOTED]
    if any(entry.number < loss.lost.number for entry in quotes(transcript)):
        for note in found:
            if loss.has(note):
                yield note, str(note.data["facts"]["bid"])


def refilled(transcript: Transcript, loss: Loss) -> Iterator[Booked]:
    """What was filled on purpose after the streams had been opened again."""
    for note in transcript.of_kind(Kind.NOTE):
        if note.data.get("name") == AGAIN and loss.has(note):
            for change in booked(transcript, "filled"):
                if change.order == note.data["facts"]["order"]:
                    yield change


def measured(transcript: Transcript) -> dict[str, tuple[Exchange, Exposition]]:
    """The metrics by the name that a script gave the look at them."""
    made, found = dict(by_number(transcript)), {}
    for facts in notes(transcript, MEASURED):
        exchange = made[facts["exchange"]]
        if exchange.status == 200 and exchange.response is not None:
            text = str(exchange.response.data["body"])
            found[str(facts["case"])] = (exchange, read_metrics(text))
    return found


def first_asked(transcript: Transcript, after: Entry) -> int:
    """The entry of the next request of the strategy's; the end where it has none."""
    later = (
        exchange.request.number
        for exchange in exchanges(transcript)
        if exchange.request.number > after.number
    )
    return min(later, default=transcript.entries[-1].number + 1)
