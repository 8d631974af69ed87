"""What one item prints, and which word, letter and count each verdict has."""

import json
import re
from pathlib import Path

import pytest

from conformance.reference.server import ReferenceGateway
from fixtures.gateways import mutants
from fixtures.serving import serving
from tests.plugin.conftest import MUSTS, Playing, Running


def mutant(name: str) -> type[ReferenceGateway]:
    return next(m.gateway for m in mutants() if m.name == name)


def latest(pytester: pytest.Pytester) -> Path:
    return pytester.path / "reports" / "latest"


def played(pytester: pytest.Pytester) -> set[str]:
    names = {p.stem for p in (latest(pytester) / "transcripts").iterdir()}
    return names - {"doctor", "doctor-2"}


def partial(pytester: pytest.Pytester) -> bool:
    report = latest(pytester) / "readiness.json"
    return "only a part of the suite" in report.read_text(encoding="utf-8")


def test_a_failing_item_prints_finding_entries_source_and_reproduction(
    run: Running,
) -> None:
    with serving(mutant("closes-zero")) as url:
        result = run(url, "--conformance-requirement", "EXI-56", "-v")
    assert result.ret == 1
    result.stdout.re_match_lines_random(
        [
            r"gateway-conformance/close-bodies::EXI-56 VIOLATED .*",
            r"EXI-56 violated: .+",
            r"Required \(MUST\) by: .+",
            r"1\. .+",
            r"   close-bodies\.jsonl, .+:",
            r"  +\d+ +\d+\.\d{3} s  strategy request: DELETE /.+",
            r"  +\d+ +\d+\.\d{3} s  gateway response: .+",
            r"   To see it again:",
            r"      curl -i .*\"\$GATEWAY_URL\"/.+",
            r"VIOLATED gateway-conformance/close-bodies::EXI-56.*",
            r"=.* 1 failed.* in .*",
        ]
    )


WORDS = {
    "met": ("MET", "1 passed"),
    "violated": ("VIOLATED", "1 failed"),
    "warned": ("WARNED", "1 warned"),
    "unseen": ("NOT VERIFIED", "1 not verified"),
    "unclaimed": ("NOT APPLICABLE", "1 not applicable"),
    "broken": ("SUITE FAULT", "1 error"),
}


def test_every_verdict_has_a_word_and_a_count_of_its_own(
    run: Running, playing: Playing
) -> None:
    playing(" ".join(WORDS))
    told = run("embedded", "-v").stdout
    for kind, (word, count) in WORDS.items():
        told.re_match_lines_random([rf"gateway-conformance/{kind}::\S+ {word} .*"])
        told.re_match_lines([rf"=+ .*{count}.* in .*"])


@pytest.mark.parametrize(
    ("kinds", "letters", "status"),
    [
        ("met", ["."], 0),
        ("met violated", [".", "F"], 1),
        ("warned", ["w"], 5),
        ("unseen unclaimed", ["u", "n"], 5),
        ("violated broken", ["F", "E"], 3),
    ],
)
def test_every_verdict_has_a_letter_and_its_part_in_the_exit_status(
    run: Running, playing: Playing, kinds: str, letters: list[str], status: int
) -> None:
    playing(kinds)
    result = run("embedded")
    for kind, letter in zip(kinds.split(), letters, strict=True):
        line = f"gateway-conformance/{kind} {re.escape(letter)} .*"
        result.stdout.re_match_lines([line])
    assert result.ret == status


def test_a_cause_is_told_once_and_evidence_steers_no_terminal(
    run: Running, playing: Playing
) -> None:
    playing("violated again")
    told = run("embedded").stdout.str()
    assert told.count("The same cause as in gateway-conformance/violated::") == 1
    assert "and 1 more of the same cause" in told
    assert "\x1b[31m in 1 ms" not in told
    assert "\\x1b[31m in 1 ms" in told


def test_a_finding_was_told_twice_where_pytest_saw_a_ci(
    run: Running, playing: Playing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    playing("violated")
    told = run("embedded").stdout.str()
    assert told.count("To see it again:") == 2
    summary = told[told.index("short test summary") : told.index("= conformance =")]
    assert "CON-10 violated: An API description" in summary
    assert "Answered" not in summary


def test_a_run_that_was_asked_for_nothing_of_its_own_said_nothing(
    run: Running, playing: Playing
) -> None:
    playing("met")
    result = run("embedded", "--conformance-requirement", "DUT-60")
    result.stdout.fnmatch_lines(
        ["conformance: no check of this run was asked for; a strategy's need *"]
    )
    assert result.ret == 5


def test_the_verdict_was_far_above_pytests_list_of_failures(
    run: Running, playing: Playing
) -> None:
    playing("violated")
    lines = run("embedded").stdout.lines
    summary = next(i for i, line in enumerate(lines) if "short test summary" in line)
    assert lines.index("DRILL: NOT READY for live-small") > summary
    assert lines[-2].startswith("report: ")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("-k", "violated"), {"violated"}),
        (("--deselect", "gateway-conformance/violated"), {"met"}),
        (("gateway-conformance/met",), {"met"}),
        ((f"gateway-conformance/met::{MUSTS[0]}",), {"met"}),
        (("--conformance-requirement", MUSTS[0]), {"met"}),
        ((), {"met", "violated"}),
    ],
)
def test_a_narrowed_run_plays_only_what_was_asked_for(
    pytester: pytest.Pytester,
    run: Running,
    playing: Playing,
    options: tuple[str, ...],
    names: set[str],
) -> None:
    playing("met violated")
    run("embedded", *options)
    assert played(pytester) == names
    assert partial(pytester) == (len(names) == 1)


def test_x_stops_at_the_first_violation_and_the_report_says_so(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("violated met")
    result = run("embedded", "-x")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])
    assert partial(pytester)


def test_the_last_failures_alone_are_played_again(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met violated")
    run("embedded")
    assert run("embedded", "--lf").ret == 1
    assert played(pytester) == {"violated"}


def test_a_users_failing_test_beside_a_met_suite_ends_with_1(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met")
    pytester.makepyfile(test_own="def test_own(): assert False")
    result = run("embedded")
    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == 1


def test_slow_checks_that_were_left_out_read_not_verified(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met slow")
    result = run("embedded")
    result.stdout.fnmatch_lines([f"NOT VERIFIED {MUSTS[1]}: needs --conformance-slow"])
    assert played(pytester) == {"met"}


def test_a_users_filter_of_warnings_does_not_meet_our_libraries(
    run: Running, playing: Playing
) -> None:
    playing("met warning")
    assert run("embedded", "-W", "error").ret == 0


def test_every_option_can_stand_in_the_ini_file(
    pytester: pytest.Pytester, start: Running, playing: Playing
) -> None:
    playing("met slow")
    pytester.makeini(
        "[pytest]\n"
        "gateway_url = embedded\n"
        "conformance_slow = true\n"
        "conformance_report_dir = elsewhere\n"
        f"conformance_requirement = {MUSTS[0]} {MUSTS[1]}\n"
    )
    assert start().ret == 0
    assert {p.stem for p in pytester.path.glob("elsewhere/latest/transcripts/*")} == {
        "doctor",
        "doctor-2",
        "met",
        "slow",
    }


def test_an_unknown_node_id_is_told_in_one_line(run: Running, playing: Playing) -> None:
    playing("met")
    result = run("embedded", "gateway-conformance/nosuch")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: not found*gateway-conformance/nosuch"])


def test_a_plan_tells_what_could_trade_and_sends_nothing(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met violated")
    result = run("http://127.0.0.1:9", "--conformance-plan")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["doctor-2: 1", "  POST /v1/orders {*"])
    assert not latest(pytester).exists()


def test_a_run_that_only_collects_plays_nothing(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met")
    run("embedded", "--collect-only")
    assert not latest(pytester).exists()


def test_a_run_that_only_plans_its_setup_plays_nothing_and_is_not_green(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met")
    assert run("embedded", "--setup-plan").ret == 5
    facts = json.loads((latest(pytester) / "readiness.json").read_text())
    assert facts["counts"]["met"] == 0
