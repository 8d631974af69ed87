"""When streams were lost, granted and opened, out of what a transcript says."""

from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.losses import (
    Loss,
    back,
    ended_by_the_gateway,
    first_asked,
    losses,
    meanwhile,
    measured,
    not_opened,
    opened,
    quoted,
    refilled,
    telling,
    told,
    turned_away,
)
from conformance.judge.races import races

Row = tuple[Party, Kind, Json]


def transcript(*rows: Row) -> Transcript:
    entries = tuple(Entry(n, float(n), *row) for n, row in enumerate(rows, 1))
    header = Header("a test", "a test", "oanda", "", ("EUR_USD",), 0, "")
    return Transcript(header, entries, Ending(complete=True))


def note(name: str, **facts: Json) -> Row:
    return Party.SUITE, Kind.NOTE, {"text": name, "name": name, "facts": facts}


def lost(how: str = "rst", refused: Json = None, unanswered: bool = False) -> Row:
    return note("streams-lost", how=how, refused=refused, unanswered=unanswered)


def linked(link: int, stream: str | None = None) -> Row:
    told = {"link": link} if stream is None else {"link": link, "stream": stream}
    return Party.GATEWAY, Kind.LINKED, told


def unlinked(link: int, by: str, stream: str | None = None) -> Row:
    party, _, data = linked(link, stream)
    return party, Kind.UNLINKED, {**data, "by": by}


def booked(what: str, filled: str = "0", order: str = "7") -> Row:
    data = {"what": what, "order": order, "client_order_id": "mine"}
    more = {"quantity": "3", "filled": filled, "fill": filled}
    return Party.VENUE, Kind.BOOKED, {**data, **more}


def said(text: str) -> Row:
    return Party.GATEWAY, Kind.MESSAGE, {"stream": "stream-1", "text": text}


def only(found: Transcript) -> Loss:
    (loss,) = losses(found)
    return loss


def test_a_loss_goes_on_to_the_next_one() -> None:
    found = transcript(lost(), lost("fin"), note("streams-granted"))
    first, second = losses(found)
    assert [first.how, second.how] == ["rst", "fin"]
    assert (first.before, first.granted) == (2, None)
    assert second.granted is not None


def test_what_was_refused_is_back_when_it_is_granted() -> None:
    found = transcript(lost(refused=503), linked(2), note("streams-granted"))
    since = back(found, only(found))
    assert since is not None
    assert since.number == 3


def test_what_was_not_refused_is_back_when_it_is_opened() -> None:
    found = transcript(lost(), linked(2))
    since = back(found, only(found))
    assert since is not None
    assert since.number == 2
    assert back(transcript(lost()), only(transcript(lost()))) is None


def test_each_stream_that_ended_has_to_be_opened_again() -> None:
    rows = [lost(), unlinked(1, "us", "pricing"), unlinked(2, "us", "transactions")]
    found = transcript(*rows, linked(3, "pricing"))
    assert not_opened(found, only(found)) == ["transactions"]


def test_where_none_had_been_open_any_will_do() -> None:
    found = transcript(lost("not granted", refused=503))
    assert not_opened(found, only(found)) == ["all"]
    found = transcript(lost("not granted", refused=503), linked(1, "pricing"))
    assert not_opened(found, only(found)) == []


def test_only_what_was_opened_since_can_have_been_ended_by_the_gateway() -> None:
    rows = [lost(), unlinked(1, "the gateway"), linked(2)]
    found = transcript(*rows, unlinked(2, "the gateway"), unlinked(3, "the gateway"))
    assert [e.number for e in opened(found, only(found))] == [3]
    assert [e.number for e in ended_by_the_gateway(found, only(found))] == [4]


def test_attempts_before_the_loss_are_none_after_it() -> None:
    refused = note("stream-refused", stream="all", status=503)
    found = transcript(refused, lost(refused=503), refused)
    assert [e.number for e in turned_away(found, only(found))] == [3]


def test_what_changed_after_the_return_or_in_part_was_not_missed() -> None:
    rows = [booked("filled", "3"), lost(), booked("filled", "1"), booked("accepted")]
    found = transcript(*rows, booked("cancelled"), linked(2), booked("filled", "3"))
    assert [c.entry.number for c in meanwhile(found, only(found))] == [5]


def test_a_change_is_told_by_the_event_that_says_so() -> None:
    filled = '{"type": "order", "event": "%s", "order": {"client_order_id": "%s"}}'
    rows = [lost(), booked("filled", "3"), said(filled % ("ORDER_CREATED", "mine"))]
    found = transcript(*rows, said(filled % ("ORDER_FILLED", "mine")))
    (change,) = meanwhile(found, only(found))
    assert [a.entry.number for a in telling(found, change)] == [4]
    nameless = said('{"type": "order", "event": "ORDER_FILLED", "order": {"id": "8"}}')
    assert telling(transcript(nameless), change) == []


def test_messages_count_between_two_entries() -> None:
    stale = said('{"type": "data_staleness", "event": "STALE"}')
    found = transcript(stale, lost(), stale, said('{"type": "connection"}'))
    assert [e.number for e, _ in told(found, "STALE", 2, 9)] == [3]


def test_a_quote_is_asked_for_only_where_one_came_before_the_loss() -> None:
    asked, heard = note("quoted", bid="1"), said('{"type": "quote"}')
    without = transcript(lost(), asked)
    assert list(quoted(without, only(without))) == []
    found = transcript(asked, heard, lost(), asked)
    assert [e.number for e, _ in quoted(found, only(found))] == [4]


def test_what_is_filled_on_purpose_is_known_by_its_note() -> None:
    rows = [note("again", order="7"), lost(), note("again", order="8")]
    found = transcript(*rows, booked("filled", "3", "8"), booked("filled", "3", "9"))
    assert [c.order for c in refilled(found, only(found))] == ["8"]


def test_metrics_that_were_not_answered_are_none() -> None:
    request = {"exchange": 1, "method": "GET", "target": "/metrics", "headers": {}}
    rows: list[Row] = [(Party.STRATEGY, Kind.REQUEST, request)]
    rows.append(note("measured", case="before", exchange=1))
    assert measured(transcript(*rows)) == {}


def test_what_was_never_asked_for_is_told_until_the_end() -> None:
    found = transcript(lost(), booked("filled", "3"))
    assert first_asked(found, found.entries[0]) == 3


def test_an_order_of_which_nothing_came_has_told_nothing() -> None:
    facts = {"case": "both", "order": "7", "broker_order": "7"}
    found = transcript(lost(), note("told-by", **facts), said('{"type": "trade"}'))
    (race,) = races(found)
    assert (race.filled, race.most) == (Decimal(0), Decimal(0))
    assert race.end is None
    assert race.times("ORDER_FILLED") == 0
