"""A time line shows who spoke to whom, what filled, failed and was unprotected."""

from dataclasses import replace
from itertools import pairwise

from conformance.evidence.entry import Entry, Kind, Party
from conformance.report.timeline import (
    CLOSEST,
    LETTER,
    WIDEST,
    Span,
    Timeline,
    shape,
    timeline,
)
from fixtures import report_story


def drawn(cited: tuple[int, ...] = (4, 5)) -> Timeline:
    transcript = report_story.transcript()
    return timeline(transcript, transcript.entries, set(cited))


def test_there_is_a_lane_for_each_party() -> None:
    assert [name for name, _ in drawn().lanes] == ["strategy", "Gateway", "Engine"]


def test_fills_acks_faults_and_decisions_are_told_apart() -> None:
    shapes = {mark.number: mark.shape for mark in drawn().marks}
    assert (shapes[3], shapes[7], shapes[11], shapes[13], shapes[14]) == (
        "note",
        "fault",
        "fill",
        "fill",
        "ack",
    )
    assert shapes[4] == "say"
    assert (shapes[6], shapes[9]) == ("order", "order")


def test_the_time_without_a_stop_is_shaded_from_the_fill_to_the_stop() -> None:
    picture = drawn()
    (band,) = [b for b in picture.bands if b.kind == "unprotected"]
    places = {mark.number: mark.x for mark in picture.marks}
    assert band.x < places[11] < places[17] <= band.x + band.width
    assert places[10] < band.x
    assert band.label == "no stop: 1 BTCUSD, 1.49 s"


def test_the_time_in_which_a_party_was_away_is_framed() -> None:
    (band,) = [b for b in drawn().bands if b.kind == "away"]
    assert band.label == "away, 1.0 s"


def test_waits_are_to_scale_until_they_are_cut() -> None:
    places = [mark.x for mark in drawn().marks]
    gaps = [right - left for left, right in pairwise(places)]
    assert min(gaps) >= CLOSEST - 0.11
    assert max(gaps) <= WIDEST + 0.11
    assert [wait for _, wait in drawn().breaks] == ["1.0 s"]


def test_a_cited_entry_has_its_number_where_there_is_room() -> None:
    marks = {mark.number: mark for mark in drawn((4, 5, 8, 9)).marks}
    assert marks[4].label == "4"
    assert marks[3].label == ""
    long = report_story.transcript(entries=2000)
    cited = {1500, 1501}
    shown = [e for e in long.entries if 1490 < e.number < 1510]
    told = [m.label for m in timeline(long, shown, cited).marks if m.cited]
    assert told == ["1500", ""]


def test_it_says_in_words_what_it_shows() -> None:
    assert drawn().summary.startswith("19 entries; 2 faults; 1 acks; 2 fills; no stop")
    assert drawn().summary.endswith("cited: 4, 5")


def test_a_transcript_that_holds_less_is_drawn_without_bands() -> None:
    whole = report_story.transcript()
    entries = tuple(
        replace(e, data={"what": "filled"}) if e.kind is Kind.BOOKED else e
        for e in whole.entries
    )
    poorer = replace(whole, entries=entries)
    bands = timeline(poorer, poorer.entries, set()).bands
    assert [band.kind for band in bands] == ["away"]


def test_an_answer_of_five_hundred_is_a_fault_and_of_four_hundred_is_none() -> None:
    def answer(status: int) -> Entry:
        data = {"exchange": 1, "status": status}
        return Entry(1, 0.0, Party.GATEWAY, Kind.RESPONSE, data)

    assert shape(answer(502)) == "fault"
    assert shape(answer(422)) == "say"


def test_what_is_to_be_shaded_can_be_said_instead() -> None:
    transcript = report_story.transcript()
    spans = (Span(0.08, float("inf"), "one", "told"), Span(9.0, 9.5, "one", "later"))
    picture = timeline(transcript, transcript.entries, set(), spans)
    assert [(band.kind, band.label) for band in picture.bands] == [("one", "told")]
    assert picture.summary == "19 entries; 2 faults; 1 acks; 2 fills; told; cited: -"


def test_labels_of_spans_that_meet_stand_in_rows_of_their_own() -> None:
    picture = drawn()
    assert [(band.kind, band.row) for band in picture.bands] == [
        ("unprotected", 0),
        ("away", 1),
    ]
    assert all(
        band.x + len(band.label) * LETTER <= picture.width for band in picture.bands
    )
    assert picture.top < min(y for _, y in picture.lanes)
