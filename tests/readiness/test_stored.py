"""A report that was written is read back as the same value."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from conformance.errors import BadFile
from conformance.judge.finding import Finding
from conformance.judge.record import Notice
from conformance.judge.session.model import (
    Comparison,
    Interval,
    OrderCounts,
    Point,
    RoundTrip,
    SessionFacts,
    SessionNumbers,
    Spread,
)
from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.assembly import assemble
from conformance.readiness.backing import (
    HostFact,
    Validity,
)
from conformance.readiness.model import (
    SCHEMA_VERSION,
    Decision,
    ItemVerdict,
    MetricStanding,
    Readiness,
    StageStanding,
)
from conformance.readiness.stored import read_readiness, readiness_of
from conformance.report.json_report import json_text
from fixtures.records import record

TODAY = date(2026, 1, 2)


def numbers() -> SessionNumbers:
    spread = Spread("bps", 2, *map(Decimal, ("-1", "0.5", "2", "2", "2", "0.5")))
    trip = RoundTrip(
        "BTCUSD",
        "BUY",
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:05:05Z",
        *map(Decimal, ("1", "100", "101.5", "1.5", "0.1")),
        ("one", "two"),
        False,
    )
    gap = Interval("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", Decimal(1))
    return SessionNumbers(
        orders=OrderCounts(2, 2, filled=2),
        fills=2,
        rejection_rate=Decimal("0.0"),
        fill_ratio=None,
        cancel_ratio=None,
        order_to_trade_ratio=Decimal("1"),
        slippage=spread,
        latency_accept=spread,
        latency_first_fill=spread,
        latency_last_fill=spread,
        days=Decimal("0.5"),
        trades_per_day=Decimal(2),
        round_trips=(trip,),
        commission={"USD": Decimal("0.10")},
        financing={},
        equity=(Point("2026-01-02T03:04:05Z", Decimal("1000.00")),),
        drawdown=(),
        maximum_drawdown=None,
        peak_margin=None,
        order_times=(("2026-01-02T03:04:05Z", "filled"),),
        reconnects=1,
        unattended=(gap,),
        unprotected=(),
        gaps=(),
        mismatches=(),
        symbols=(),
    )


def session() -> SessionFacts:
    told = Outcome("SES-10", "a_check", "session", Verdict.WARNED, "", (Finding("x"),))
    return SessionFacts(
        name="paper",
        folder="sessions/paper",
        kind="paper",
        gateway="http://gateway.example:8080",
        version="1.2.3",
        git_sha="abc1234",
        platforms=("alpaca-paper",),
        strategy_sha256="",
        started="2026-01-02T03:04:05Z",
        ended="2026-01-03T03:04:05Z",
        seconds=86400.0,
        entries=12,
        digest="d" * 64,
        whole=True,
        sample=False,
        numbers=numbers(),
        outcomes=(told,),
    )


@pytest.fixture
def full() -> Readiness:
    """A report with something in every field."""
    found = [
        Outcome("MOD-41", "a", "cancel", Verdict.VIOLATED, "", (Finding("F", (1,)),)),
        Outcome("ORD-10", "b", "cancel", Verdict.MET, provider="mock"),
    ]
    notice = Notice("warning", "clock", "It is off.", "Set it.")
    readiness = assemble(record(found, notices=(notice,)), (), TODAY)
    return replace(
        readiness,
        stages=(
            StageStanding(
                "paper-one",
                "Paper",
                Decision.NOT_READY,
                readiness.readiness.blockers,
                ("a run",),
            ),
        ),
        metrics=(
            MetricStanding(
                "slippage", "S", "r", ItemVerdict.MET, "0.5 bps", 2, "paper", ""
            ),
        ),
        sessions=(session(),),
        comparisons=(Comparison("a", "b", (), "undecided"),),
        host=(HostFact("battery", "BAT0", "has a battery"),),
        validity=Validity("2026-04-01", {"suite": "0.1.0"}),
        next_stage="paper-one",
    )


def test_a_report_reads_back_as_it_was_written(full: Readiness, tmp_path: Path) -> None:
    (tmp_path / "readiness.json").write_text(json_text(full), encoding="utf-8")
    assert read_readiness(tmp_path) == full
    assert read_readiness(tmp_path / "readiness.json") == full


def test_a_field_of_another_version_is_let_be(full: Readiness) -> None:
    told = json.loads(json_text(full))
    told["mood"] = "good"
    told["run"]["weather"] = 1
    assert readiness_of(told) == full


def test_a_field_that_an_older_version_did_not_have_reads_as_nothing(
    full: Readiness,
) -> None:
    told = json.loads(json_text(full))
    del told["host"]
    assert readiness_of(told) == replace(full, host=None)


@pytest.mark.parametrize(
    ("place", "value", "line"),
    [
        (("run", "seconds"), "1", "run.seconds is no float"),
        (("run", "complete"), 1, "run.complete is no bool"),
        (("counts",), [], "counts is no Mapping"),
        (("items", 0, "verdict"), "fine", "items[0].verdict is no ItemVerdict"),
        (("items", 0, "requirements"), "MOD", "items[0].requirements is no list"),
        (("sessions", 0, "numbers", "days"), "x", "numbers.days is no Decimal"),
        (
            ("sessions", 0, "numbers", "order_times", 0),
            ["x"],
            "numbers.order_times[0] is no tuple",
        ),
    ],
)
def test_what_is_no_value_of_its_field_is_named(
    full: Readiness, place: tuple[str | int, ...], value: object, line: str
) -> None:
    told = json.loads(json_text(full))
    inner = told
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(BadFile) as found:
        readiness_of(told, "r.json")
    assert line in str(found.value)
    assert str(found.value).startswith("r.json: ")


def test_a_field_that_is_missing_is_named(full: Readiness) -> None:
    told = json.loads(json_text(full))
    del told["identity"]["seed"]
    with pytest.raises(BadFile, match=r"identity\.seed is missing"):
        readiness_of(told)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "No such file"),
        ("{", "this is no report: "),
        ("[]", "it has no schema_version"),
        ("{}", "it has no schema_version"),
        ('{"schema_version": "9"}', "its schema_version is '9'; this version reads "),
        (f'{{"schema_version": "{SCHEMA_VERSION}"}}', "identity is missing"),
    ],
)
def test_what_is_no_report_is_named(
    tmp_path: Path, text: str | None, line: str
) -> None:
    path = tmp_path / "readiness.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadFile, match=line) as found:
        read_readiness(path)
    assert str(path) in str(found.value)
