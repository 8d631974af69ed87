"""A session is judged by its checks and by the rules of scripts, and cites a record."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import BadFile
from conformance.evidence.entry import Entry, Kind
from conformance.evidence.journal import read_transcript, write_transcript
from conformance.evidence.redaction import Redactor
from conformance.judge.session.model import SessionFacts
from conformance.judge.verdict import Outcome, Verdict
from conformance.spec.catalogue import load_catalogue
from conformance.spec.profile import Profile
from conformance.spec.tolerances import Tolerances
from conformance.suite.session import judged, judged_together, session_checks
from conformance.suite.session.rules import NOT_OF_SESSIONS, session_rules
from fixtures.sessions.disk import write_session
from fixtures.sessions.fault import BACKTEST, faulted, judged_made, profile
from fixtures.sessions.paper import Paper
from fixtures.sessions.plan import Plan


def verdict(facts: SessionFacts, requirement: str) -> Verdict:
    found = [o.verdict for o in facts.outcomes if o.requirement == requirement]
    assert len(set(found)) == 1, (requirement, found)
    return found[0]


def outcome(facts: SessionFacts, requirement: str) -> Outcome:
    return next(o for o in facts.outcomes if o.requirement == requirement)


def test_every_requirement_of_sessions_has_its_check() -> None:
    wanted = {r.id for r in load_catalogue() if r.family == "session"}
    assert {check.requirement for check in session_checks()} == wanted


def test_a_good_session_meets_all_that_is_asked_of_it() -> None:
    facts = judged_made(Paper(), compared=True)
    assert faulted(facts) == frozenset()
    open_ = {o.requirement for o in facts.outcomes if o.verdict is not Verdict.MET}
    assert not {r for r in open_ if r.startswith("SES")}
    assert (facts.kind, facts.whole, facts.sample) == ("paper", True, True)


def test_a_backtest_violates_nothing_and_meets_nothing_that_is_about_paper() -> None:
    facts = judged_made(Paper(BACKTEST))
    assert faulted(facts) == frozenset()
    assert facts.kind == "backtest"
    for requirement in ("SES-10", "SES-11", "SES-25", "SES-26"):
        assert verdict(facts, requirement) is Verdict.NOT_VERIFIED
    assert verdict(facts, "SES-13") is Verdict.MET


@pytest.mark.parametrize("platform", ["mock", "tektii", "alpaca-live", "unheard-of"])
def test_only_a_brokers_paper_platform_counts_as_paper(platform: str) -> None:
    facts = judged_made(Paper(Plan(platform=platform, provider=platform)))
    assert verdict(facts, "SES-10") is Verdict.NOT_VERIFIED
    assert verdict(facts, "SES-11") is Verdict.NOT_VERIFIED


class OnTheReference(Paper):
    """Recorded on our own Gateway, which calls itself a paper platform."""

    @property
    def head(self) -> dict[str, object]:
        health = {"version": "0.1.0", "git_sha": "unknown"}
        return {
            **super().head,
            "health": {**health, "platforms": [self.plan.platform]},
        }


def test_the_suites_own_gateway_is_no_paper_platform() -> None:
    facts = judged_made(OnTheReference())
    assert facts.reference
    assert verdict(facts, "SES-11") is Verdict.VIOLATED


UNDECLARED = {
    "SES-17": "max_rejections_percent",
    "SES-18": "slippage_bps",
    "SES-20": "unattended_seconds",
    "SES-21": "[fees]",
    "SES-22": "margin_percent",
    "SES-23": "[[sessions]]",
    "SES-24": "[drawdown]",
    "SES-25": "symbols",
}


def test_what_is_not_declared_is_not_verified_and_says_what_to_declare(
    tmp_path: Path,
) -> None:
    facts, _ = judged(write_session(Paper(), tmp_path / "s"), Profile())
    for requirement, name in UNDECLARED.items():
        assert verdict(facts, requirement) is Verdict.NOT_VERIFIED
        assert f"declare {name}" in outcome(facts, requirement).reason


def test_tolerances_that_are_given_outrank_the_profiles(tmp_path: Path) -> None:
    strict = Tolerances(slippage_bps=Decimal("0.1"))
    facts, _ = judged(write_session(Paper(), tmp_path / "s"), profile(), strict)
    assert verdict(facts, "SES-18") is Verdict.WARNED
    assert verdict(facts, "SES-20") is Verdict.NOT_VERIFIED


def test_the_records_are_small_numbered_anew_and_can_be_stored(tmp_path: Path) -> None:
    plan = Plan(quotes=400)
    facts, records = judged(write_session(Paper(plan), tmp_path / "s"), profile())
    assert facts.entries > 50_000
    assert sum(len(record.entries) for record in records) < 3000
    for record in records:
        numbers = [entry.number for entry in record.entries]
        assert numbers == list(range(1, len(numbers) + 1))
        write_transcript(record, tmp_path / "t.jsonl", Redactor())
        assert read_transcript(tmp_path / "t.jsonl").entries == record.entries


def test_the_quote_that_an_order_was_sent_on_is_in_the_record(tmp_path: Path) -> None:
    _, records = judged(write_session(Paper(), tmp_path / "s"), profile())
    entries = records[0].entries
    sent = next(e for e in entries if e.data.get("method") == "POST")
    before = entries[sent.number - 2]
    assert before.kind is Kind.MESSAGE
    assert before.data["entry"] == sent.data["entry"] - 1


class Stubborn(Paper):
    """Every account answer is wrong in the same place."""

    def account(self) -> dict[str, object]:
        return {**super().account(), "currency": 7}


def test_a_finding_cites_entries_of_a_record(tmp_path: Path) -> None:
    facts, records = judged(write_session(Stubborn(), tmp_path / "s"), profile())
    by_name = {record.name: record for record in records}
    found = outcome(facts, "SES-12")
    entry = by_name[found.transcript].entries[found.findings[0].entries[0] - 1]
    assert "currency" in str(entry.data)
    ruled = outcome(facts, "CON-20")
    assert ruled.transcript in by_name


def test_a_long_session_is_judged_record_by_record(tmp_path: Path) -> None:
    plan = Plan(trips=500, days=120, quotes=1)
    facts, records = judged(write_session(Paper(plan), tmp_path / "s"), profile())
    assert len(records) > 1
    assert faulted(facts) == frozenset()
    assert len(facts.numbers.round_trips) == 500


def test_what_one_session_shows_the_others_need_not(tmp_path: Path) -> None:
    short = replace(Plan(), name="short", trips=5, days=3, reconnects=0)
    folders = [
        write_session(Paper(short), tmp_path / "short"),
        write_session(Paper(), tmp_path / "long"),
        write_session(Paper(BACKTEST), tmp_path / "backtest"),
    ]
    sessions, records, comparisons = judged_together(folders, profile())
    told = [o for f in sessions for o in f.outcomes]
    for requirement in ("SES-10", "SES-15", "SES-16", "SES-25"):
        found = {o.verdict for o in told if o.requirement == requirement}
        assert found == {Verdict.MET}, requirement
    assert {c.one for c in comparisons} == {"backtest"}
    assert len({record.name for record in records}) == len(records)


def test_what_a_short_session_leaves_open_another_may_show(tmp_path: Path) -> None:
    short = replace(Plan(), name="short", trips=5, days=3)
    folders = [
        write_session(Paper(short), tmp_path / "short"),
        write_session(Paper(), tmp_path / "long"),
        write_session(Paper(BACKTEST), tmp_path / "backtest"),
    ]
    sessions, _, _ = judged_together(folders, profile())
    told = [o for f in sessions for o in f.outcomes if o.requirement == "SES-26"]
    assert [o.verdict for o in told] == [Verdict.MET]


def test_what_is_wrong_in_one_session_stands_beside_a_good_one(tmp_path: Path) -> None:
    much = replace(Plan(), name="much", rejections=tuple(range(1, 20)))
    folders = [
        write_session(Paper(much), tmp_path / "much"),
        write_session(Paper(), tmp_path / "good"),
    ]
    sessions, _, _ = judged_together(folders, profile())
    told = [o for f in sessions for o in f.outcomes if o.requirement == "SES-17"]
    assert [o.verdict for o in told] == [Verdict.VIOLATED, Verdict.MET]


def test_an_altered_session_is_not_judged(tmp_path: Path) -> None:
    folder = write_session(Paper(), tmp_path / "s")
    path = folder / "segments" / "000001.jsonl"
    path.write_text(path.read_text().replace("ORDER_REJECTED", "ORDER_CANCELLED"))
    with pytest.raises(BadFile, match="altered after it was closed"):
        judged(folder, profile())


def test_rules_that_no_session_can_show_say_why() -> None:
    assert all(NOT_OF_SESSIONS.values())
    judged_ids = {check.requirement for check in session_rules().checks}
    assert not judged_ids & set(NOT_OF_SESSIONS)
    assert {"ORD-70", "LED-10", "STR-12", "CON-23", "DUT-43"} <= judged_ids


class Silent(Paper):
    """Nothing was recorded yet."""

    def entries(self) -> Iterator[Entry]:
        return iter(())


def test_a_session_without_entries_shows_nothing(tmp_path: Path) -> None:
    folder = write_session(Silent(), tmp_path / "s")
    head = {"segment": 1, "session": "made", "began": "2026-03-02T00:00:00Z"}
    (folder / "segments" / "000001.jsonl").write_text(json.dumps(head) + "\n")
    facts, _ = judged(folder, profile())
    assert facts.entries == 0
    assert {o.verdict for o in facts.outcomes if o.requirement != "SES-10"} == {
        Verdict.NOT_VERIFIED
    }


class LongNumbers(Paper):
    """The strategy asks for a quantity of forty digits."""

    def order(self, *args: Any, **more: Any) -> dict[str, Any]:
        order = super().order(*args, **more)
        order["quantity"] = "1." + "3" * 40
        return order


def test_a_quantity_of_forty_digits_is_a_finding_and_no_fault_of_ours(
    tmp_path: Path,
) -> None:
    folder = write_session(LongNumbers(), tmp_path / "s")
    facts, _ = judged(folder, profile())
    assert outcome(facts, "DUT-42").verdict is Verdict.WARNED
