"""Several runs are one: what any of them found stands, and nothing reads better."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.judge.finding import Finding
from conformance.judge.record import RunRecord, SubjectFacts
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.readiness.assembly import decided
from conformance.readiness.combining import combined, with_own_names
from conformance.readiness.dossier import Dossier, Run
from conformance.readiness.model import Decision, ItemVerdict
from fixtures.dossiers import (
    DAY,
    attestations,
    comparison,
    complete,
    gateway_run,
    saying,
    session,
    strategy_run,
    transcript,
)
from fixtures.records import PAPER, record

NAME = "ORD-42"


def outcome(verdict: Verdict, name: str = NAME, **facts: str) -> Outcome:
    bad = verdict in (Verdict.VIOLATED, Verdict.WARNED)
    found = (Finding("It was sent twice.", (1,)),) if bad else ()
    made = Outcome(name, "a_check", "script", verdict, "so", found, transcript="script")
    return replace(made, **facts)  # type: ignore[arg-type]


def run(*outcomes: Outcome, started: str = "2026-11-20T10:00:00+00:00") -> RunRecord:
    return replace(record(outcomes, [transcript("script")]), started=started)


def verdict_of(made: RunRecord, name: str = NAME) -> Verdict:
    return worst(o.verdict for o in made.outcomes if o.requirement == name)


def test_one_run_alone_stays_as_it_is() -> None:
    alone = run(outcome(Verdict.MET), outcome(Verdict.NOT_VERIFIED))
    assert combined([alone]) == alone


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (Verdict.MET, Verdict.VIOLATED, Verdict.VIOLATED),
        (Verdict.MET, Verdict.SUITE_FAULT, Verdict.SUITE_FAULT),
        (Verdict.VIOLATED, Verdict.SUITE_FAULT, Verdict.SUITE_FAULT),
        (Verdict.NOT_VERIFIED, Verdict.VIOLATED, Verdict.VIOLATED),
        (Verdict.MET, Verdict.NOT_VERIFIED, Verdict.MET),
        (Verdict.MET, Verdict.NOT_APPLICABLE, Verdict.MET),
        (Verdict.NOT_VERIFIED, Verdict.NOT_APPLICABLE, Verdict.NOT_VERIFIED),
    ],
)
def test_what_any_run_found_stands_else_one_that_showed_it_suffices(
    one: Verdict, other: Verdict, together: Verdict
) -> None:
    for pair in ((one, other), (other, one)):
        assert verdict_of(combined([run(outcome(v)) for v in pair])) is together


def test_over_the_checks_of_a_requirement_severity_only_rises() -> None:
    first = run(outcome(Verdict.MET))
    second = run(outcome(Verdict.NOT_VERIFIED, check="another_check"))
    assert verdict_of(combined([first, second])) is Verdict.NOT_VERIFIED


def test_a_violation_of_an_older_run_stands() -> None:
    old = run(outcome(Verdict.VIOLATED), started="2026-11-01T10:00:00+00:00")
    assert verdict_of(combined([run(outcome(Verdict.MET)), old])) is Verdict.VIOLATED


def test_transcripts_of_one_name_become_further_takes_and_findings_follow() -> None:
    one, other = run(outcome(Verdict.VIOLATED)), run(outcome(Verdict.VIOLATED))
    made = combined([one, other])
    names = [t.name for t in made.transcripts]
    assert names == ["script", "script-11"]
    assert [o.transcript for o in made.outcomes] == names
    assert len({t.name for r in with_own_names([one] * 3) for t in r.transcripts}) == 3


def test_it_is_whole_only_where_all_are() -> None:
    bad = replace(run(), complete=False, interrupted=True, error="it died")
    made = combined([run(), bad])
    assert not made.complete
    assert made.interrupted
    assert made.error == "it died"


def test_the_gateway_is_the_subject_where_a_strategy_was_judged_too() -> None:
    strategy = SubjectFacts("strategy", "python s.py", digest="5" * 64)
    late = replace(run(), subject=strategy, started="2026-11-25T10:00:00+00:00")
    assert combined([late, run()]).subject == PAPER


def test_a_session_takes_nothing_from_what_a_run_decided() -> None:
    unseen = outcome(Verdict.NOT_VERIFIED, script="session")
    made = combined([run(outcome(Verdict.MET))], [session(outcomes=(unseen,))])
    assert verdict_of(made) is Verdict.MET
    bad = outcome(Verdict.VIOLATED, script="session")
    made = combined([run(outcome(Verdict.MET))], [session(outcomes=(bad,))])
    assert verdict_of(made) is Verdict.VIOLATED
    assert made.planned[-1] == ("session", NAME)


def test_what_one_session_shows_no_other_need_show() -> None:
    never = session("few", outcomes=(outcome(Verdict.WARNED, "SES-15"),))
    once = session("many", outcomes=(outcome(Verdict.MET, "SES-15"),))
    assert verdict_of(combined([], [never, once]), "SES-15") is Verdict.MET
    assert verdict_of(combined([], [never]), "SES-15") is Verdict.WARNED


def test_a_session_that_is_too_short_violates_nothing_and_shows_nothing() -> None:
    """A run for the backtest was NOT READY because six round trips were recorded."""
    few = session("few", outcomes=(outcome(Verdict.VIOLATED, "SES-10"),))
    (found,) = combined([], [few]).outcomes
    assert found.verdict is Verdict.NOT_VERIFIED
    assert found.reason == "It was sent twice."
    many = session("many", outcomes=(outcome(Verdict.MET, "SES-10"),))
    assert verdict_of(combined([], [few, many]), "SES-10") is Verdict.MET


def test_what_every_session_must_hold_one_may_break() -> None:
    bad = session("bad", outcomes=(outcome(Verdict.VIOLATED, "SES-14"),))
    good = session("good", outcomes=(outcome(Verdict.MET, "SES-14"),))
    assert verdict_of(combined([], [bad, good]), "SES-14") is Verdict.VIOLATED


def test_what_one_session_leaves_open_another_does_not_close() -> None:
    lost = session("lost", outcomes=(outcome(Verdict.NOT_VERIFIED, "SES-24"),))
    good = session("good", outcomes=(outcome(Verdict.MET, "SES-24"),))
    assert verdict_of(combined([], [lost, good]), "SES-24") is Verdict.NOT_VERIFIED


def test_a_backtest_is_held_to_what_speaks_of_backtests() -> None:
    found = (outcome(Verdict.VIOLATED, "SES-11"), outcome(Verdict.VIOLATED, "SES-14"))
    made = combined([], [session("b", "backtest", outcomes=found)])
    assert {o.requirement for o in made.outcomes} == {"SES-14"}


def test_sessions_alone_are_a_record_of_the_newest() -> None:
    made = combined([], [session(ended="2026-11-01T00:00:00+00:00"), session("new")])
    assert made.subject.kind == "session"
    assert made.subject.digest == "5" * 64
    assert combined([]).subject.kind == "session"


# --- whatever there is, it never reads better than its worst -------------------------

NAMES = ("ORD-42", "CON-40", "DUT-60", "DUT-46", "STR-10", "ORD-51", "SES-17")
RANK = [Decision.READY, Decision.READY_WITH_WAIVERS, Decision.NOT_PROVEN]
RANK += [Decision.NOT_READY]
Changes = list[tuple[str, Verdict]]


@st.composite
def dossiers(draw: Callable[..., object]) -> tuple[Dossier, set[Verdict]]:
    """Complete evidence with any outcomes changed, and pieces left out."""
    changes = draw(
        st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(Verdict)))
    )
    assert isinstance(changes, list)
    runs: list[Run] = [gateway_run(), strategy_run()]
    for name, verdict in changes:
        place = 1 if name.startswith("DUT") else 0
        runs[place] = saying(runs[place], outcome(verdict, name))
    more = draw(st.booleans())
    if more:
        runs.append(replace(gateway_run(), folder="runs/another"))
    verdict = draw(st.sampled_from(["within", "beyond", "undecided"]))
    attested = draw(st.sampled_from(["", "host", "regulation"]))
    made = complete(
        runs=tuple(runs),
        comparisons=(comparison(str(verdict)),),
        attestations=attestations(str(attested)),
    )
    last = dict(changes)
    return made, set(last.values())


@settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(dossiers())
def test_it_never_reads_better_than_its_worst_evidence(
    drawn: tuple[Dossier, set[Verdict]],
) -> None:
    dossier, verdicts = drawn
    readiness = decided(dossier, DAY, "live-small", kill_matrix={})[0]
    found = readiness.readiness.verdict
    stands = {r.id for r in readiness.requirements if r.verdict is Verdict.VIOLATED}
    beyond = dossier.comparisons[0].verdict == "beyond"
    if Verdict.VIOLATED in verdicts and stands:
        assert found is Decision.NOT_READY
    if beyond:
        assert found is Decision.NOT_READY
    if found is Decision.READY:
        assert {i.verdict for i in readiness.items} == {ItemVerdict.MET}
        assert not verdicts & {Verdict.VIOLATED, Verdict.SUITE_FAULT}
        assert dossier.comparisons[0].verdict == "within"
    if found in RANK[2:]:
        assert readiness.readiness.blockers
        assert readiness.exit_status != 0
    assert readiness.stages is not None
    ladder = [RANK.index(stage.verdict) for stage in readiness.stages]
    assert ladder == sorted(ladder)


def test_the_day_of_a_report_changes_nothing_but_what_expires() -> None:
    long_ago = decided(complete(), date(2026, 11, 28), "live-small")[0]
    assert long_ago.readiness.verdict is Decision.READY
    later = decided(complete(), date(2027, 3, 1), "live-small")[0]
    assert later.readiness.verdict is Decision.NOT_PROVEN
