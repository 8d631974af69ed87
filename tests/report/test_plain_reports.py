"""The terminal, Markdown and JUnit tell the same, each in its own way."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as Tree

import pytest

from conformance.judge.finding import Finding
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Verdict
from conformance.readiness.assembly import assemble
from conformance.readiness.model import Blocker, Readiness
from conformance.readiness.waivers import Waiver
from conformance.report.badge import badge_text
from conformance.report.causes import causes, masked
from conformance.report.junit import clean, junit_text
from conformance.report.markdown import cell, markdown_text
from conformance.report.terminal import summary_lines
from fixtures import report_parts, reports

BLOCKER = (Blocker("item", "It is not verified.", "Verify it.", "Money."),)


def test_findings_of_one_cause_are_told_once(readiness: Readiness) -> None:
    found = causes(readiness.having(Verdict.VIOLATED))
    assert [len(c.beneath) for c in found if c.requirement.id == "MOD-41"] == [1]


def test_ids_and_numbers_do_not_tell_causes_apart() -> None:
    assert masked("Order 17 at 1.5.") == masked("Order 23 at 2.5.")
    assert masked("It was cancelled.") != masked("It was filled.")


def test_the_terminal_tells_the_worst_first(readiness: Readiness) -> None:
    lines = list(summary_lines(readiness))
    heads = [
        next(i for i, line in enumerate(lines) if line.startswith(word))
        for word in ("VIOLATED", "WARNED", "NOT VERIFIED", "requirements:")
    ]
    assert heads == sorted(heads)
    assert lines[-1] == "DRILL: NOT READY for live-small"
    assert any("fault of the suite: a check raised" in line for line in lines)


def test_the_terminal_says_why_there_is_nothing(nothing: RunRecord) -> None:
    lines = list(summary_lines(assemble(nothing, (), date(2026, 1, 2))))
    assert "the run ended early: nothing answers" in lines


def test_markdown_keeps_hostile_evidence_in_its_cell(readiness: Readiness) -> None:
    text = markdown_text(readiness)
    assert "<script>" not in text.replace("\\<", "")
    rows = [line for line in text.splitlines() if line.startswith("| MOD")]
    assert all(row.replace("\\|", "").count("|") == 4 for row in rows)
    assert rows
    assert cell("a\n|b") == "a \\|b"


@pytest.mark.parametrize(
    "make", [reports.ready, reports.not_ready, reports.drill, reports.nothing_ran]
)
def test_markdown_fits_a_step_summary(make: Callable[[], Readiness]) -> None:
    report = make()
    more = tuple(replace(b, what=f"item {n}") for n in range(40) for b in BLOCKER)
    standing = replace(report.readiness, blockers=(*report.readiness.blockers, *more))
    lines = markdown_text(replace(report, readiness=standing)).splitlines()
    assert len(lines) <= 30
    assert lines[0].endswith(f"{report.readiness.verdict} for live-small")


def test_markdown_tells_blockers_items_stages_and_metrics() -> None:
    text = markdown_text(reports.not_ready())
    assert f"| ORD-83, EXI-36 | {report_parts.TWICE} | {report_parts.COSTS} |" in text
    assert "| 1. Paper traded" in text
    assert "- Stages: backtest READY" in text
    assert "(next: paper-all)" in text
    assert "median 2.1 bps (n = 82, paper-one)" in text
    assert "VAL-13 (waived: 6 days left at the run)" in text


def test_metrics_that_nobody_measured_are_not_told_one_by_one() -> None:
    report = reports.not_ready()
    none = tuple(replace(m, value="", sample=0) for m in report.metrics or ())
    unmeasured = replace(report, metrics=none)
    assert "Metrics: none was measured" in markdown_text(unmeasured)
    assert not [line for line in summary_lines(unmeasured) if "n = 0" in line]


def test_the_terminal_ends_with_items_stages_and_the_counts_of_the_banner() -> None:
    lines = list(summary_lines(reports.not_ready()))
    assert "items not verified: 1, 5, 6, 7, 8, 9; not met: 2, 3, 4" in lines
    assert "next stage: paper-all" in lines
    assert lines[-2].startswith("4 blockers · 1 waiver expiring in 6 days")
    assert lines[-1] == "NOT READY for live-small"


def test_a_finding_about_no_entry_names_its_transcript_alone() -> None:
    report = reports.not_ready()
    told = tuple(
        replace(r, findings=tuple(replace(f, entries=()) for f in r.findings))
        for r in report.requirements
    )
    lines = list(summary_lines(replace(report, requirements=told)))
    assert [line for line in lines if line.startswith("    See ")]
    assert not [line for line in lines if ", entries" in line]


def test_a_badge_says_not_proven_rather_than_nothing() -> None:
    assert json.loads(badge_text())["message"] == "not proven"
    assert json.loads(badge_text(reports.nothing_ran()))["message"] == "not proven"


def test_a_badge_says_that_it_was_a_drill_and_until_when_it_holds() -> None:
    told = [
        json.loads(badge_text(make()))["message"]
        for make in (reports.ready, reports.drill, reports.not_ready)
    ]
    assert told == ["ready until 2026-02-01", "drill: not ready", "not ready"]
    shape = json.loads(badge_text(reports.ready()))
    assert set(shape) == {"schemaVersion", "label", "message", "color"}


def test_junit_can_be_read_and_counts_what_it_holds(readiness: Readiness) -> None:
    suite = Tree.fromstring(junit_text(readiness)).find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert suite.get("tests") == str(len(cases)) == "7"
    assert suite.get("errors") == "1"
    assert suite.get("failures") == "1"
    assert suite.get("skipped") == "3"


def test_junit_tells_a_waived_failure_from_one_that_is_not(
    readiness: Readiness,
) -> None:
    text = junit_text(readiness)
    assert "waived: Order 17 was cancelled 2 times." in text
    assert "not verified: no fill came" in text


def test_junit_says_why_there_is_nothing(nothing: RunRecord) -> None:
    assert "nothing answers" in junit_text(assemble(nothing, (), date(2026, 1, 2)))


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    assert clean("a\x00b\ud800\ufffe\tc\U0001f600") == "ab\tc\U0001f600"


def test_an_expired_waiver_is_not_told_as_one_that_holds(run: RunRecord) -> None:
    old = Waiver("MOD-41", "known", "J. Doe", date(2026, 1, 1), 1)
    readiness = assemble(run, (old,), date(2026, 1, 2))
    texts = ("\n".join(summary_lines(readiness)), markdown_text(readiness))
    for text in texts:
        assert "MOD-41 (its waiver expired on 2026-01-01)" in text
        assert "waived" not in text
    assert "MOD-41 (its waiver expired 1 day before the run)" in texts[1]


def test_the_step_summary_did_not_say_how_long_a_waiver_holds(run: RunRecord) -> None:
    names = [r.id for r in assemble(run, (), date(2026, 1, 2)).requirements][:9]
    known = [
        Waiver(name, "known", "J. Doe", date(2026, 1, day), day)
        for day, name in enumerate(dict.fromkeys(("MOD-41", *names)), 4)
    ]
    text = markdown_text(assemble(run, tuple(known), date(2026, 1, 2)))
    assert "MOD-41 (waived: 2 days left at the run)" in text
    assert "2 more waivers are in readiness.html" in text


def test_a_waiver_is_told_of_its_own_requirement_alone(run: RunRecord) -> None:
    one = Finding("It was both.", (1,), key="both")
    outcomes = [
        replace(run.outcomes[0], requirement=name, findings=(one,))
        for name in ("MOD-41", "MOD-42")
    ]
    known = Waiver("MOD-42", "known", "J. Doe", date(2027, 1, 1), 1)
    readiness = assemble(
        replace(run, outcomes=tuple(outcomes)), (known,), date(2026, 1, 2)
    )
    lines = list(summary_lines(readiness))
    assert "VIOLATED MOD-41, MOD-42 (waived: known)" in lines


def test_signs_of_a_hollow_run_and_contradictions_are_one_line_each() -> None:
    report = reports.not_ready()
    lines = list(summary_lines(report))
    told = [s for s in lines if s.startswith(("hollow run: ", "contradicted: "))]
    assert told == [
        "hollow run: reports/gateway: The market was closed: MARKET_CLOSED was told 31 "
        "times. Run it while the market is open.",
        "hollow run: paper-two: The strategy never traded in session paper-two. Record "
        "for longer, or while its market moves.",
        "contradicted: order type TRAILING_STOP is claimed (alpaca-paper); an order of "
        "it was refused as unsupported",
        "contradicted: feature oco is not claimed (alpaca-paper); an order of it was "
        "accepted",
    ]
    assert lines.index(told[-1]) < len(lines) - 2
    assert "Signs of a hollow run: The market was closed" in markdown_text(report)


def test_a_run_that_is_not_hollow_says_nothing_of_it() -> None:
    told = "\n".join([*summary_lines(reports.ready()), markdown_text(reports.ready())])
    assert "ollow" not in told
    assert "contradicted" not in told
