"""A session's time without a stop is drawn with lanes, and what was near it."""

from dataclasses import replace
from decimal import Decimal

from conformance.judge.session.model import Interval, SessionNumbers
from conformance.report.html import html_text
from conformance.report.view.session_lines import (
    AROUND,
    MOST_DRAWN,
    WITHIN,
    LineShown,
    session_lines,
)
from conformance.report.view.sessions import sessions_shown
from fixtures import reports
from fixtures.report_session import session

DAY = "2026-01-02T10:"
BARE = Interval(f"{DAY}00:00Z", f"{DAY}01:00Z", Decimal(60), "A", Decimal(2))


def numbers(*bare: Interval, **more: object) -> SessionNumbers:
    given = {"order_times": (), "round_trips": (), "unprotected": bare, **more}
    return replace(session().numbers, **given)  # type: ignore[arg-type]


def lines(found: SessionNumbers, **away: Interval) -> tuple[LineShown, ...]:
    spans = [("no working stop", each) for each in found.unprotected]
    spans += [(name.replace("_", " "), each) for name, each in away.items()]
    return session_lines(found, spans)


def test_the_time_without_a_stop_is_shaded_between_strategy_and_gateway() -> None:
    trip = replace(
        session().numbers.round_trips[0],
        symbol="A",
        opened=f"{DAY}00:00Z",
        closed=f"{DAY}02:00Z",
    )
    orders = (
        (f"{DAY}00:00Z", "filled"),
        ("2026-01-02T09:59:59Z", "rejected"),
        ("2026-01-01T09:59:59Z", "filled"),
    )
    (line,) = lines(numbers(BARE, order_times=orders, round_trips=(trip,)))
    picture = line.picture
    assert line.title == "no working stop, A, 2026-01-02 10:00:00"
    assert [name for name, _ in picture.lanes] == ["strategy", "Gateway"]
    assert [mark.shape for mark in picture.marks] == [
        "fault",
        "note",
        "say",
        "fill",
        "note",
        "fill",
    ]
    (band,) = picture.bands
    assert (band.kind, band.label) == ("unprotected", "no stop: 2 A, 60 s")
    before, *inside, after = (mark.x for mark in picture.marks)
    assert before < band.x
    assert max(inside) <= band.x + band.width < after
    fill = picture.marks[3]
    assert fill.y > fill.to
    assert [wait for _, wait in picture.breaks] == ["1.0 s", "60.0 s", "60.0 s"]
    assert picture.summary.startswith("2 orders sent; 2 fills")


def test_that_nobody_was_connected_is_framed_beside_it() -> None:
    away = replace(BARE, ended=f"{DAY}00:30Z", seconds=Decimal(30), symbol="")
    (line,) = lines(numbers(BARE), no_strategy_connected=away)
    assert [(b.kind, b.label, b.row) for b in line.picture.bands] == [
        ("unprotected", "no stop: 2 A, 60 s", 0),
        ("away", "no strategy connected, 30 s", 1),
    ]
    assert line.picture.marks[0].y != line.picture.marks[0].to


def test_the_longest_times_are_drawn_in_their_order() -> None:
    bare = [replace(BARE, seconds=Decimal(n), quantity=Decimal(n)) for n in range(20)]
    found = [line.picture.bands for line in lines(numbers(*bare))]
    assert len(found) == MOST_DRAWN
    assert lines(numbers()) == ()


def test_a_busy_time_is_cut_to_what_is_near() -> None:
    orders = [(f"{DAY}{m:02}:{s:02}Z", "filled") for m in range(60) for s in range(60)]
    middle = replace(BARE, began=f"{DAY}20:00Z", ended=f"{DAY}21:00Z")
    (line,) = lines(numbers(middle, order_times=tuple(orders)))
    assert len(line.picture.marks) == AROUND + WITHIN + AROUND + 2


def test_an_instant_that_cannot_be_read_is_not_drawn() -> None:
    assert lines(numbers(replace(BARE, began="soon"))) == ()
    (line,) = lines(
        numbers(BARE, order_times=(("soon", "filled"),)),
        not_recorded=replace(BARE, ended="late"),
    )
    assert len(line.picture.marks) == 2
    assert len(line.picture.bands) == 1


def test_the_page_draws_it_in_words_and_lanes_of_its_session() -> None:
    text = html_text(reports.not_ready())
    article = text[text.index('<article class="session"') :]
    article = article[: article.index("</article>")]
    assert "no stop: 2 BTCUSD, 61 s" in article
    assert article.count('<svg class="time"') == sum(
        len(each.lines) for each in sessions_shown((session(),))
    )
