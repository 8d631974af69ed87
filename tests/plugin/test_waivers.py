"""A waiver lets a known violation pass, and is red itself where it does not hold."""

import pytest

from conformance.spec.catalogue import load_catalogue
from tests.plugin.conftest import MUSTS, Playing, Running

FIRST, SECOND, THIRD = MUSTS[:3]
SAFETY = next(r.id for r in load_catalogue() if r.safety)


def waive(
    pytester: pytest.Pytester, requirement: str, expires: str = "2099-01-31"
) -> str:
    """A waiver file of one entry, as an option."""
    path = pytester.path / "waivers.toml"
    path.write_text(
        f'[[waiver]]\nrequirement = "{requirement}"\nreason = "known since May"\n'
        f'owner = "Ada"\nexpires = {expires}\n'
    )
    return f"--conformance-waivers={path}"


def test_a_waived_violation_is_an_xfail_and_the_run_passes(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met violated")
    option = waive(pytester, SECOND)
    result = run("embedded", option, "-v", "-rx")
    assert result.ret == 0
    result.assert_outcomes(passed=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            f"gateway-conformance/violated::{SECOND} WAIVED *",
            "WAIVED *known since May (Ada, until 2099-01-31)",
            f"VIOLATED {SECOND} (waived: known since May)",
        ]
    )


def test_runxfail_takes_no_waiver(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met violated")
    result = run("embedded", waive(pytester, SECOND), "--runxfail")
    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == 1


@pytest.mark.parametrize(
    ("requirement", "expires", "says"),
    [
        (SECOND, "2020-01-31", "expired on 2020-01-31"),
        (FIRST, "2099-01-31", "is stale: the requirement is not violated any more"),
        (THIRD, "2099-01-31", "is unmatched: this run did not judge the requirement"),
    ],
)
def test_a_waiver_that_does_not_hold_is_red(
    pytester: pytest.Pytester,
    run: Running,
    playing: Playing,
    requirement: str,
    expires: str,
    says: str,
) -> None:
    playing("met" if requirement != SECOND else "met violated")
    result = run("embedded", waive(pytester, requirement, expires))
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"the waiver of {requirement} (Ada) {says}"])


def test_what_is_about_safety_cannot_be_waived(
    pytester: pytest.Pytester, run: Running, playing: Playing
) -> None:
    playing("met")
    result = run("embedded", waive(pytester, SAFETY))
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: *waivers.toml:1: {SAFETY} is about safety*"])


@pytest.mark.parametrize(
    ("kinds", "stage", "status"),
    [("met", "live-small", 5), ("met violated", "live-small", 1), ("met", None, 0)],
)
def test_a_stage_that_was_asked_for_decides_too(
    run: Running, playing: Playing, kinds: str, stage: str | None, status: int
) -> None:
    playing(kinds)
    options = () if stage is None else ("--conformance-readiness", stage)
    assert run("embedded", *options).ret == status
