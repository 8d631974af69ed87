"""One run with findings of every kind, and one whose evidence is hostile."""

from datetime import date

import pytest

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding
from conformance.judge.record import Notice, RunRecord
from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.assembly import assemble
from conformance.readiness.model import Readiness
from conformance.readiness.waivers import Waiver
from fixtures.playing import embedded, modules_named, play_now
from fixtures.records import SIMULATED, record

HOSTILE = "</pre><script>alert(1)</script>\x00\x1b[31m\ud800|`*[x](javascript:1)&"


@pytest.fixture(scope="session")
def transcripts() -> tuple[Transcript, ...]:
    return play_now(modules_named(("cancel", "close-bodies")), embedded()).transcripts


@pytest.fixture(scope="session")
def run(transcripts: tuple[Transcript, ...]) -> RunRecord:
    def told(requirement: str, verdict: Verdict, *findings: Finding) -> Outcome:
        return Outcome(
            requirement,
            "a_check",
            "cancel",
            verdict,
            "no fill came" if verdict is Verdict.NOT_VERIFIED else "",
            findings,
            transcript="cancel",
        )

    one = Finding("Order 17 was cancelled 2 times.", (2, 3), "Is it?", None)
    again = Finding("Order 18 was cancelled 2 times.", (4,), None, None)
    return record(
        [
            told("MOD-41", Verdict.VIOLATED, one, again),
            told("MOD-10", Verdict.VIOLATED, Finding(HOSTILE, (1,), HOSTILE, "k")),
            told("VAL-18", Verdict.WARNED, Finding("It was slow.", (5,))),
            told("ORD-10", Verdict.MET),
            told("ORD-12", Verdict.NOT_VERIFIED),
            told("ORD-13", Verdict.NOT_APPLICABLE),
            told("ORD-11", Verdict.SUITE_FAULT),
        ],
        transcripts,
        subject=SIMULATED,
        faults=("a check raised ValueError",),
        notices=(Notice("warning", "clock", "It is off.", "Set it."),),
    )


@pytest.fixture(scope="session")
def readiness(run: RunRecord) -> Readiness:
    known = Waiver("MOD-41", "known", "J. Doe", date(2027, 1, 1), 1)
    return assemble(run, (known,), date(2026, 1, 2))


@pytest.fixture(scope="session")
def nothing() -> RunRecord:
    """A run that ended before its first script."""
    return record(error="nothing answers", complete=False)
