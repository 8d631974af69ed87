"""Requirement by provider: the worst first, and what cannot be shown says so."""

from dataclasses import replace

from conformance.judge.verdict import Verdict
from conformance.peers.cast import Cast
from conformance.peers.firewall import Permission
from conformance.peers.instances import NOWHERE, RunningSubject
from conformance.peers.obstacles import obstacle
from conformance.peers.played import Played
from conformance.peers.scene import Needs, Scene
from conformance.peers.venues.registry import VENUES
from conformance.peers.venues.words import Ability
from conformance.readiness.model import FindingShown, Readiness
from conformance.report.html import html_text
from conformance.report.json_report import facts
from conformance.report.markdown import markdown_text
from conformance.report.view.providers import Matrix, matrix
from conformance.spec.platforms import PLAYED, UNSHOWN
from fixtures import reports
from fixtures.report_brokers import DID_NOT_OCCUR, SHOWN


def found() -> Matrix:
    return matrix(reports.not_ready())


def words(shown: Matrix, requirement: str) -> dict[str, str]:
    (row,) = (r for r in shown.rows if r.id == requirement)
    return {cell.provider: cell.word for cell in row.cells}


def only(readiness: Readiness, *providers: str) -> Readiness:
    """The report, as if only these providers had been played."""
    return replace(
        readiness,
        requirements=tuple(
            replace(
                r, providers={n: w for n, w in r.providers.items() if n in providers}
            )
            for r in readiness.requirements
        ),
    )


def test_only_what_a_broker_was_to_decide_has_a_row_and_the_worst_is_first() -> None:
    rows = [row.id for row in found().rows]
    assert sorted(rows) == sorted(SHOWN)
    assert rows[:2] == ["ORD-83", "OPE-11"]
    assert rows[-1] == "ORD-10"


def test_the_simulations_stand_before_the_brokers() -> None:
    assert found().columns == ("mock", "tektii", *PLAYED)
    assert matrix(only(reports.not_ready(), "tektii", "saxo")).columns == (
        "tektii",
        "saxo",
    )


def test_what_cannot_be_shown_is_told_apart_from_what_did_not_occur() -> None:
    shown = found()
    told = words(shown, "STR-10")
    assert told["alpaca"] == told["binance_spot"] == "cannot be shown"
    assert words(shown, "STR-11")["saxo"] == str(Verdict.NOT_VERIFIED)
    by_name = {b.provider: b for b in shown.brokers}
    assert by_name["saxo"].why == ((DID_NOT_OCCUR, ("STR-11",)),)
    assert by_name["saxo"].unshown == ()
    for name in ("alpaca", "binance_spot"):
        ((reason, ids),) = by_name[name].unshown
        assert f"{name} {UNSHOWN} its stream can be played" == reason
        assert ids == ("STR-10",)
        assert by_name[name].why == ()


def test_the_page_says_what_cannot_be_shown_without_anything_to_unfold() -> None:
    page = html_text(reports.not_ready())
    section = page.partition('id="providers"')[2].partition("</section>")[0]
    alpaca = section.partition("<h3>alpaca")[2].partition("<h3>")[0]
    assert (
        '<p><span class="v not-verified">cannot be shown</span> '
        '<a href="#STR-10">STR-10</a>: alpaca cannot be played so that its stream can '
        "be played.</p>"
    ) in alpaca
    assert "<details>" not in alpaca


def test_of_what_is_violated_an_order_that_may_exist_twice_comes_first() -> None:
    report = violated("ORD-77", "ORD-83", "MOD-51", "NET-12")
    shown = matrix(report)
    assert shown.rows[0].id == "ORD-83"
    assert {row.id for row in shown.rows[-2:]} == {"MOD-51", "NET-12"}
    (oanda,) = shown.brokers
    assert oanda.worst == "ORD-83"
    assert oanda.finding == "It was seen of ORD-83."


def test_a_brokers_counts_tell_the_worst_first() -> None:
    by_name = {b.provider: [w for w, _ in b.counts] for b in found().brokers}
    assert by_name["oanda"] == ["violated", "warned", "met"]
    assert by_name["binance_spot"] == ["cannot be shown", "met"]


def violated(*ids: str) -> Readiness:
    """A report on OANDA alone, with one finding on each of these."""
    report = only(reports.not_ready(), "tektii")
    words = {"oanda": str(Verdict.VIOLATED)}
    rows = tuple(
        replace(row, findings=(seen(row.id),), providers=words)
        for row in report.requirements
        if row.id in ids
    )
    return replace(report, requirements=rows)


def seen(requirement: str) -> FindingShown:
    told = f"It was seen of {requirement}."
    return FindingShown(told, "", (), "", "oanda", None, None)


def test_what_was_not_played_is_no_verdict() -> None:
    told = words(found(), "STR-11")
    assert told["alpaca"] == told["binance_spot"] == "not decided"


def test_each_broker_tells_its_own_worst_finding() -> None:
    worst = {b.provider: b.worst for b in found().brokers}
    assert worst == {"oanda": "ORD-83", "saxo": "", "alpaca": "ORD-83"} | {
        "binance_spot": ""
    }


def test_a_cell_leads_to_the_requirements_row() -> None:
    page = html_text(reports.not_ready())
    section = page.partition('id="providers"')[2].partition("</section>")[0]
    assert '<a class="v violated" href="#ORD-83">violated</a>' in section
    assert '<a class="v not-verified" href="#STR-10">cannot be shown</a>' in section
    assert '<tr id="ORD-83"' in page
    assert '<tr id="STR-10"' in page


def test_a_run_without_brokers_says_what_would_fill_it() -> None:
    page = html_text(reports.ready())
    section = page.partition('id="providers"')[2].partition("</section>")[0]
    assert "--gateway-provider all" in section
    assert "<table" not in section
    assert "oanda" not in markdown_text(reports.ready())


def test_markdown_tells_them_in_the_line_of_the_counts() -> None:
    (line,) = (
        each
        for each in markdown_text(reports.not_ready()).splitlines()
        if each.startswith("- Requirements: ")
    )
    assert " · oanda: 1 violated" in line
    assert "(worst: ORD-83)" in line
    assert "1 cannot be shown" in line


def test_json_has_a_verdict_for_each_provider_and_the_reason_at_its_check() -> None:
    rows = {r["id"]: r for r in facts(reports.not_ready())["requirements"]}
    row = rows["STR-10"]
    assert row["providers"]["alpaca"] == "not verified"
    (reason,) = (c["reason"] for c in row["checks"] if c["provider"] == "alpaca")
    assert UNSHOWN in reason


async def nothing(_: Played) -> None:
    """Plays nothing."""


def test_the_stage_tells_it_in_the_words_that_the_report_knows() -> None:
    for name, venue in VENUES.items():
        for lacking in set(Ability) - venue.can:
            needs = Needs(venue=name, abilities=frozenset({lacking}))
            subject = RunningSubject(NOWHERE, "here", shared=False)
            cast = Cast(subject, Permission(unbounded=True), "run", 1)
            assert f"{name} {UNSHOWN} " in str(
                obstacle(Scene("any", nothing, needs), cast)
            )
