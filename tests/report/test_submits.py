"""One submit whose outcome was unknown, drawn with the venue's books beside it."""

import json
from dataclasses import replace
from typing import Any

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Transcript
from conformance.judge.lost_submits import About, LostSubmit, lost_submits
from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness
from conformance.report.causes import Cause, causes
from conformance.report.html import html_text
from conformance.report.markdown import markdown_text
from conformance.report.view.steps import (
    BOOKS,
    FIRST,
    GATEWAY,
    LAST,
    STRATEGY,
    ending,
    rows_about,
    steps,
)
from conformance.report.view.submits import MOST_DRAWN, SubmitShown, submits_told
from fixtures import lost_orders, report_story, reports

PLANT = "<script>alert(1)</script>|\"'"


def violated(readiness: Readiness) -> tuple[Cause, ...]:
    return causes(readiness.having(Verdict.VIOLATED))


def drawn() -> list[SubmitShown]:
    told = submits_told(violated(lost_orders.report()), [lost_orders.transcript()])
    return [t.submit for mine in told for t in mine if t.drawn]


def first() -> LostSubmit:
    return next(lost_submits(lost_orders.transcript()))


def changed(**places: dict[str, Any]) -> LostSubmit:
    """The stored story with other data in some entries, by `_` and their number."""
    whole = report_story.transcript()
    entries = tuple(
        replace(e, data={**e.data, **places.get(f"_{e.number}", {})})
        for e in whole.entries
    )
    return next(lost_submits(replace(whole, entries=entries)))


def said(submit: LostSubmit) -> dict[int, str]:
    return {step.number: step.said for step in steps(submit, set())}


def test_each_submit_is_drawn_once_and_where_it_was_sent_twice() -> None:
    found = violated(lost_orders.report())
    told = submits_told(found, [lost_orders.transcript()])
    homes: dict[str, str] = {}
    for cause, mine in zip(found, told, strict=True):
        for each in mine:
            if each.drawn:
                assert each.submit.place not in homes
                homes[each.submit.place] = cause.requirement.id
    assert homes
    assert set(homes.values()) == {"ORD-83"}
    ids = {c.requirement.id for c, mine in zip(found, told, strict=True) if mine}
    assert ids == {"ORD-77", "ORD-80", "ORD-83"}


def test_the_gravest_of_a_venue_alone_is_open() -> None:
    shown = drawn()
    assert [each.open for each in shown].count(True) == 1
    assert {each.venue for each in shown} == {"oanda"}


def test_three_columns_tell_who_asked_was_told_and_booked() -> None:
    one = drawn()[0]
    assert one.heads == ("strategy", "Gateway", "oanda's books")
    beside = [step.beside for step in one.steps]
    assert beside[:3] == [STRATEGY, GATEWAY, BOOKS]
    assert beside[-1] == STRATEGY
    assert [name for name, _ in one.picture.lanes] == ["strategy", "Gateway", "oanda"]


def test_the_books_name_the_order_its_quantity_and_its_client_id() -> None:
    submit = first()
    (books,) = (s.said for s in steps(submit, set()) if s.beside == BOOKS)
    assert books == (
        f"accepted: order {submit.orders[0]}, BUY 1 EUR_USD LIMIT, "
        f"client id {submit.client_id}"
    )


def test_a_cut_is_told_in_words_and_an_answer_with_its_status() -> None:
    told = list(said(first()).values())
    assert "got no answer: the connection was reset once it was dealt with" in told
    assert any(line.startswith("was answered 400 after ") for line in told)
    assert any(line.startswith("was told 422 after ") for line in told)
    assert "was told on the stream" in told


def test_it_ends_with_how_many_orders_exist_for_this_one_submit() -> None:
    submit = first()
    assert ending(submit, "oanda") == (
        "In the end 1 order exists at oanda for this one submit, which the Gateway "
        f"sent twice: {submit.orders[0]} (working)."
    )
    (two,) = lost_submits(report_story.transcript())
    assert ending(two, "the Engine") == (
        "In the end 2 orders exist at the Engine for this one submit, which the "
        "Gateway sent twice: 81 (working), 84 (filled)."
    )
    none = [s for s in lost_submits(lost_orders.transcript()) if not s.orders][-1]
    assert ending(none, "oanda") == (
        "In the end no order exists at oanda for this one submit, which the Gateway "
        "sent once."
    )


def test_an_order_that_is_filled_in_part_or_has_ended_says_so() -> None:
    part = changed(_11={"filled": "0.4"})
    assert "84 (filled 0.4 of 1)" in ending(part, "oanda")
    ended = changed(_11={"what": "cancelled"})
    assert "84 (cancelled)" in ending(ended, "oanda")


def test_what_was_never_sent_and_what_was_never_told_say_so() -> None:
    alone = replace(first(), sent=(), changes=())
    assert ending(alone, "oanda").endswith("which the Gateway never sent.")
    whole = report_story.transcript()
    lost = {"exchange": 1, "reason": "timeout", "detail": ""}
    entries = tuple(
        replace(e, kind=Kind.NO_RESPONSE, data=lost) if e.number == 12 else e
        for e in whole.entries
    )
    (silent,) = lost_submits(replace(whole, entries=entries))
    assert said(silent)[12] == "was told nothing (timeout)"


def test_a_fault_that_nobody_knows_is_told_as_it_was_written() -> None:
    assert said(changed(_7={"fault": "odd"}))[7] == "got no answer: odd"


def test_an_order_without_a_client_id_is_told_to_have_none() -> None:
    books = said(changed(_6={"client_order_id": None}))[6]
    assert books == "accepted: order 81, BUY 1 BTCUSD MARKET, no client id"
    assert said(changed())[11].startswith("filled 1 at 104.22: order 84, BUY 1")


def test_who_spoke_on_a_stream_is_told_apart() -> None:
    whole = report_story.transcript()
    text = {"stream": "stream-1", "text": '{"client_order_id": "cf0007-1"}'}
    entries = (
        replace(whole.entries[13], data=text),
        Entry(15, 0.2, Party.GATEWAY, Kind.FRAME, text),
    )
    (one,) = lost_submits(replace(whole, entries=(*whole.entries[:13], *entries)))
    assert said(one)[14] == "said on the stream"
    assert said(one)[15] == "said on the stream"


def test_of_a_list_of_orders_only_the_rows_of_this_one_are_shown() -> None:
    about = About("mine")
    text = (
        '[{"id": "1", "client_order_id": "other"},{"id":"2","client_order_id":"mine"}]'
    )
    assert rows_about(text, about) == (
        '{"id":"2","client_order_id":"mine"}\n(and 1 other)'
    )
    within = json.dumps({"note": "x", "orders": json.loads(text) * 2})
    assert rows_about(within, about).count("mine") == 2
    assert rows_about(within, about).endswith("(and 2 others)")
    none = '[{"id": "1"}, {"id": "2"}]'
    assert rows_about(none, about) == "nothing of this order\n(and 2 others)"


def test_what_is_no_list_of_several_orders_is_shown_as_it_was_sent() -> None:
    about = About("mine")
    for text in ("", "no JSON", "[1, 2]", '{"id": 1}', '[{"a": "mine"}]'):
        assert rows_about(text, about) == ""
    assert rows_about('[{"a": "mine"}, {"b": "mine"}]', about) == ""
    for note in ("[ {", "[ {}", "[ "):
        odd = f'{{"note": "{note}", "orders": [{{"id": 1.10}}, {{"id": 2}}]}}'
        assert (rows_about(odd, about) == "") is (note != "[ ")


def test_a_long_text_is_cut_and_says_so() -> None:
    long = changed(_12={"body": '{"id": "84", "x": "' + "y" * 900 + '"}'})
    (text,) = (s.text for s in steps(long, set()) if s.number == 12)
    assert text.endswith(" …")
    assert len(text) < 700


def test_of_very_many_entries_the_first_and_the_last_are_shown() -> None:
    whole = report_story.transcript()
    text = {"stream": "stream-1", "text": '{"client_order_id": "cf0007-1"}'}
    more = (Entry(n, n, Party.GATEWAY, Kind.MESSAGE, text) for n in range(20, 220))
    long = replace(whole, entries=(*whole.entries, *more))
    (submit,) = lost_submits(long)
    told = steps(submit, set())
    assert [step.number for step in told if step.gap] == [200]
    assert sum(step.gap for step in told) == len(submit.entries) - FIRST - LAST
    assert told[-1].number == 219
    page = html_text(reports.not_ready(), [long])
    assert "151 entries about it left out" in page
    text_ = markdown_text(reports.not_ready(), [long])
    assert "| … | 151 entries left out | | | |" in text_


def test_the_picture_says_when_the_venue_had_one_order_and_when_several() -> None:
    told = submits_told(violated(reports.not_ready()), [report_story.transcript()])
    (one,) = (t.submit for mine in told for t in mine if t.drawn)
    assert [(b.kind, b.label) for b in one.picture.bands] == [
        ("one", "the Engine has 1 order of it"),
        ("several", "the Engine has 2 orders of it"),
    ]
    assert one.orders == 2
    assert {m.number for m in one.picture.marks if m.cited} == {4, 5, 8, 9}


def test_a_finding_whose_transcript_is_not_there_has_no_time_line() -> None:
    found = violated(lost_orders.report())
    assert submits_told(found, []) == tuple(() for _ in found)


def test_no_more_are_drawn_than_somebody_reads() -> None:
    (cause,) = (c for c in violated(reports.not_ready()) if "ORD-83" in c.requirements)
    many = []
    told: list[Transcript] = []
    for number in range(MOST_DRAWN + 3):
        name = f"script-{number}"
        told.append(report_story.transcript(name))
        finding = replace(cause.finding, transcript=f"transcripts/{name}.jsonl")
        many.append(Cause(cause.requirement, finding, ()))
    shown = submits_told(many, told)
    assert sum(t.drawn for mine in shown for t in mine) == MOST_DRAWN
    assert shown[-1] == ()


def test_the_page_has_the_time_line_beneath_its_finding() -> None:
    page = html_text(lost_orders.report(), lost_orders.played().transcripts)
    one = drawn()[0]
    section = page.partition('id="violated"')[2].partition("</section>")[0]
    assert page.count('<details class="submit"') == len(drawn())
    assert one.title in section
    assert one.ending in section
    assert '<th scope="col">oanda&#39;s books</th>' in section
    assert "Its time line, with the venue's books beside it: <a href=" in section


def test_markdown_has_the_same_as_a_table() -> None:
    text = markdown_text(lost_orders.report(), lost_orders.played().transcripts)
    (one,) = (each for each in drawn() if each.open)
    lines = text.splitlines()
    head = lines.index("| # | ms | strategy | Gateway | oanda's books |")
    rows = lines[head + 2 : head + 2 + len(one.steps)]
    assert [row.split(" | ")[0] for row in rows] == [
        f"| {step.number}" for step in one.steps
    ]
    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)
    assert lines[-1].startswith("In the end 1 order exists at oanda")
    assert "oanda's books" not in markdown_text(lost_orders.report())


def test_a_hostile_order_is_text_in_the_page_and_in_markdown() -> None:
    hostile = planted_story()
    page = html_text(reports.not_ready(), [hostile])
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page.partition('class="submit"')[2][:9000]
    text = markdown_text(reports.not_ready(), [hostile])
    assert "<script>" not in text.replace("\\<", "")
    rows = [line for line in text.splitlines() if "accepted: order" in line]
    assert rows
    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)


def planted_story() -> Transcript:
    """The story, and whoever named things in it would write into the page."""
    whole = report_story.transcript()

    def planted(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: planted(each) for k, each in value.items()}
        if value in ("cf0007-1", "81", "84", "BTCUSD", "its answer was lost"):
            return f"{value}{PLANT}"
        if isinstance(value, str) and value.startswith("{"):
            return json.dumps(planted(json.loads(value)))
        return value

    entries = tuple(replace(e, data=planted(dict(e.data))) for e in whole.entries)
    return replace(whole, entries=entries)
