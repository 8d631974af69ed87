"""The terminal, Markdown and JUnit tell the same, each in its own way."""

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as Tree

from conformance.judge.finding import Finding
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Verdict
from conformance.readiness.assembly import assemble
from conformance.readiness.model import Readiness
from conformance.readiness.waivers import Waiver
from conformance.report.causes import causes, masked
from conformance.report.junit import clean, junit_text
from conformance.report.markdown import cell, markdown_text
from conformance.report.terminal import summary_lines


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
    assert all(row.replace("\\|", "").count("|") == 3 for row in rows)
    assert len(text.splitlines()) < 60
    assert cell("a\n|b") == "a \\|b"


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
