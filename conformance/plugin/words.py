"""Which word, letter and colour each verdict has in pytest's own report."""

import pytest

from conformance.judge.verdict import Verdict
from conformance.plugin import PREFIX
from conformance.plugin.items import VERDICT

Told = tuple[str, str, str | tuple[str, dict[str, bool]]]

YELLOW = {"yellow": True}
WORDS: dict[str, Told] = {
    Verdict.MET: ("passed", ".", "MET"),
    Verdict.WARNED: ("warned", "w", ("WARNED", YELLOW)),
    Verdict.NOT_VERIFIED: ("not verified", "u", ("NOT VERIFIED", YELLOW)),
    Verdict.NOT_APPLICABLE: ("not applicable", "n", ("NOT APPLICABLE", YELLOW)),
    Verdict.VIOLATED: ("failed", "F", "VIOLATED"),
    Verdict.SUITE_FAULT: ("error", "E", "SUITE FAULT"),
}
"""Category, letter and word. What was not verified is in no category of pytest's own:
neither its colour nor its counts may look like a pass, or like a test switched off."""


def colour(line: str) -> dict[str, bool]:
    """How a line of the summary is marked, by the word that it begins with."""
    if line.startswith(("VIOLATED", "fault of the suite", "the run ended early")):
        return {"red": True}
    warning = ("WARNED", "NOT VERIFIED", "hollow run", "contradicted")
    return dict(YELLOW) if line.startswith(warning) else {}


def ours(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """Whether a report is of an item of ours."""
    return report.nodeid.startswith(f"{PREFIX}/")


def told(report: pytest.TestReport | pytest.CollectReport) -> Told | None:
    """The words of one report; None where pytest's own are right."""
    if not isinstance(report, pytest.TestReport) or not ours(report):
        return None
    if hasattr(report, "wasxfail"):
        return ("xfailed", "x", ("WAIVED", YELLOW)) if report.skipped else None
    verdict = dict(report.user_properties).get(VERDICT)
    if report.when == "call" or (report.when == "setup" and report.failed):
        return WORDS.get(str(verdict))
    return None
