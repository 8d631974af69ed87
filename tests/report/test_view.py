"""What the parts of the page show of a report."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.judge.verdict import Verdict
from conformance.readiness.model import (
    Account,
    Blocker,
    CapabilityStanding,
    Place,
    Readiness,
)
from conformance.report.view.banner import banner, days_left, waiver_ends
from conformance.report.view.blockers import blockers
from conformance.report.view.capabilities import capabilities_shown, contradiction
from conformance.report.view.ledger import ledger
from conformance.report.view.proofs import unproven
from conformance.report.view.requirements import table
from conformance.report.view.rules import provisions, realism
from conformance.spec.platforms import PLAYED
from fixtures import report_parts, reports


def blocked(*names: str) -> Readiness:
    report = reports.not_ready()
    told = tuple(Blocker(n, f"{n} is so.", "Mend it.", "Money.") for n in names)
    return replace(report, readiness=replace(report.readiness, blockers=told))


def test_the_scope_names_the_strategy_the_gateway_or_both() -> None:
    told = [
        banner(make()).subject
        for make in (reports.bare, reports.strategy_run, reports.pair)
    ]
    assert told == [
        "Gateway 1.2.3",
        "strategy python trade.py",
        "strategy python trade.py on Gateway 1.2.3",
    ]


def test_a_strategy_whose_command_nobody_recorded_is_named_by_its_digest() -> None:
    report = reports.strategy_run()
    assert report.identity.strategy
    unnamed = replace(report.identity.strategy, command="", sha256="95403d05b55bbd12")
    identity = replace(report.identity, strategy=unnamed)
    told = banner(replace(report, identity=identity)).subject
    assert told == "strategy 95403d05b55b"


def test_a_live_platform_and_one_that_nobody_knows_are_told() -> None:
    report = reports.bare()

    def mode_of(*platforms: str) -> str:
        gateway = replace(report.identity.gateway, platforms=platforms)
        identity = replace(report.identity, gateway=gateway)
        return banner(replace(report, identity=identity)).mode

    assert mode_of("alpaca-live") == "live: alpaca-live"
    assert mode_of("moon").startswith("unknown platform")
    assert mode_of() == "no platform named"


@pytest.mark.parametrize(
    ("expires", "left"), [("2026-01-08", 6), ("2026-01-01", -1), ("soon", None)]
)
def test_days_are_counted_from_the_run(expires: str, left: int | None) -> None:
    assert days_left(reports.ready(), expires) == left


@pytest.mark.parametrize(
    ("expires", "told"),
    [
        ("2026-01-08", "6 days left at the run"),
        ("2026-01-03", "1 day left at the run"),
        ("2026-01-02", "the run's day its last"),
        ("2025-12-30", "expired 3 days before the run"),
        ("soon", "no day that can be read"),
    ],
)
def test_how_long_a_waiver_holds_yet_is_told_in_days(expires: str, told: str) -> None:
    assert waiver_ends(reports.ready(), expires) == told


def test_requirements_of_one_cause_are_one_blocker() -> None:
    (one,) = blockers(blocked("ORD-83", "EXI-36"))
    assert (one.what, one.also) == ("ORD-83", ("EXI-36",))
    assert one.entries == (4, 5, 8, 9)
    assert one.observed == report_parts.TWICE


def test_two_blockers_of_one_name_that_are_no_requirement_both_stay() -> None:
    assert len(blockers(blocked("run", "run"))) == 2


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("item 3", "item-3"),
        ("item 30", ""),
        ("comparison", "comparisons"),
        ("attestation host", "attestations"),
        ("strategy requirements", "unverified"),
        ("gateway build", "identity"),
        ("weather", ""),
    ],
)
def test_a_blocker_leads_to_where_it_is_told(name: str, place: str) -> None:
    (one,) = blockers(blocked(name))
    assert one.place == place


def test_the_ledger_tells_what_changed_and_whether_it_was_left_flat() -> None:
    box = ledger(reports.ready())
    rows = {row.name: (row.after, row.difference) for row in box.rows}
    assert rows["balance"] == ("99999.5", "-0.5")
    assert rows["positions"] == ("none", "same")
    assert box.flat.startswith("yes")
    assert ledger(reports.not_ready()).flat == "no"
    assert ledger(reports.nothing_ran()).flat.startswith("unknown")


def test_what_was_not_read_is_no_difference() -> None:
    account = Account({"balance": "1", "id": "a"}, {"balance": None, "id": "b"})
    rows = ledger(replace(reports.ready(), account=account)).rows
    assert [(r.after, r.difference) for r in rows] == [
        ("not read", ""),
        ("b", "changed"),
    ]


def test_what_is_open_is_told_by_reason_with_the_command_that_proves_it() -> None:
    first, *rest = unproven(reports.not_ready())
    assert len(first.requirements) > len(rest[0].requirements)
    assert "conformance record" in first.command
    assert rest[0].command.endswith("--conformance-requirement VAL-12")


def test_each_kind_of_requirement_has_its_own_command() -> None:
    told = {
        u.command.split(" --conformance")[0] for u in unproven(reports.nothing_ran())
    }
    assert told == {
        "pytest --gateway-url URL",
        "pytest --gateway-cmd COMMAND",
        "pytest --gateway-cmd COMMAND --gateway-fuzz",
        "pytest --strategy-cmd COMMAND --strategy-profile FILE",
        "conformance record --gateway-url URL --listen HOST:PORT --out DIR\n"
        "conformance readiness --run DIR --session DIR --attestations FILE",
    }


def test_the_table_holds_every_requirement_that_is_not_excluded() -> None:
    report = reports.not_ready()
    found = table(report)
    rows = [r.id for family in found.families for r in family.rows]
    assert sorted(rows) == sorted(r.id for r in report.requirements if not r.excluded)
    assert found.providers == tuple(sorted(("mock", "tektii", *PLAYED)))
    assert "excluded" not in found.verdicts


def test_a_provision_with_a_violation_is_told_with_it() -> None:
    shown = {p.provision.name: p for p in provisions(reports.not_ready())}
    told = shown["RTS 6 Art. 6"]
    assert "1 violated" in told.result
    assert told.open
    assert shown["RTS 6 Art. 13"].result == "no case of ours"


def test_nothing_run_is_no_result() -> None:
    shown = provisions(reports.nothing_ran())
    assert not [p for p in shown if "met" in p.result or not p.open]


def test_paper_modes_of_sessions_are_told_too() -> None:
    report = reports.ready()
    gateway = replace(report.identity.gateway, platforms=("alpaca-live",))
    identity = replace(report.identity, gateway=gateway)
    assert [m.name for m in realism(replace(report, identity=identity))] == ["alpaca"]
    assert str(Verdict.MET) in report.counts


def test_capabilities_are_listed_by_state_the_contradicted_ones_first() -> None:
    (shown,) = capabilities_shown(reports.not_ready())
    assert [(heading, names) for _, heading, names in shown.lists] == [
        ("Contradicted", ("TRAILING_STOP", "oco")),
        ("Supported, as seen", ("MARKET", "LIMIT", "bracket_orders")),
        ("Claimed, not seen", ("STOP", "CRYPTO")),
        ("Unsupported, as seen", ("STOP_LIMIT",)),
        ("Not claimed, not seen", ("short_selling",)),
    ]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            {"claimed": False, "seen": True},
            "not claimed (p); an order of it was acc",
        ),
        ({"seen": False}, "is claimed (p); an order of it was refused as unsupported"),
        ({"seen": True, "violated": ("A", "B")}, "about it is violated: A, B"),
        ({"claimed": False, "seen": True, "seen_in": None}, "it is there: M"),
        ({"seen": False, "seen_in": None, "violated": ("A",)}, "another was seen: A"),
    ],
)
def test_a_contradiction_says_what_was_claimed_and_what_was_seen(
    facts: dict[str, Any], told: str
) -> None:
    given = {"claimed": True, "seen_in": Place("t", (1,)), "violated": (), **facts}
    row = CapabilityStanding(
        "feature",
        "oco",
        "p",
        state="contradicted",
        claimed_in=None,
        met=("M",),
        **given,
    )
    assert contradiction(row).startswith("feature oco ")
    assert told in contradiction(row)


def test_two_providers_are_shown_apart() -> None:
    report = reports.not_ready()
    rows = report.identity.capabilities
    more = (*rows, *(replace(row, provider="tektii") for row in rows[:2]))
    identity = replace(report.identity, capabilities=more)
    shown = capabilities_shown(replace(report, identity=identity))
    assert [(s.provider, len(s.rows)) for s in shown] == [
        ("alpaca-paper", len(rows)),
        ("tektii", 2),
    ]
