"""With --gateway-fuzz there is one item an operation, and one for sequences."""

import pytest

from conformance import settings
from conformance.plugin import progress
from conformance.spec.contract import contract
from fixtures.gateways import mutants
from fixtures.serving import serving
from tests.plugin.conftest import Running

FUZZ = ("--gateway-fuzz", "--gateway-fuzz-examples", "0")


def test_there_is_an_item_for_each_operation_and_one_for_sequences(
    start: Running,
) -> None:
    result = start("--gateway-cmd", "embedded", *FUZZ, "--collect-only", "-q")
    told = {line for line in result.outlines if "/fuzz::" in line}
    operations = {o.key for o in contract().operations} - {"GET /v1/ws"}
    wanted = {f"gateway-conformance/fuzz::{key}" for key in operations}
    assert told == wanted | {"gateway-conformance/fuzz::sequences"}


def test_without_the_option_nothing_is_fuzzed(start: Running) -> None:
    result = start("--gateway-cmd", "embedded", "--collect-only", "-q")
    assert not [line for line in result.outlines if "/fuzz::" in line]


def test_what_was_not_fuzzed_says_which_option_it_needs(start: Running) -> None:
    options = ("--gateway-cmd", "embedded", "--conformance-requirement", "FUZ-10")
    result = start(*options, "--conformance-requirement", "STR-56")
    result.stdout.fnmatch_lines(["NOT VERIFIED FUZ-10: needs --gateway-fuzz"])


def test_an_operation_fails_with_all_that_was_found_of_it(start: Running) -> None:
    mutant = next(m for m in mutants() if m.name == "answers-errors-in-text")
    with serving(mutant.gateway) as url:
        node = "gateway-conformance/fuzz::GET /v1/bars/{symbol}"
        result = start("--gateway-url", url, *FUZZ, node, "-v")
    assert result.ret == 1
    result.stdout.re_match_lines_random(
        [
            r"gateway-conformance/fuzz::GET /v1/bars/\{symbol\} VIOLATED .*",
            r"FUZ-21 violated: .+",
            r"1\. GET /v1/bars/.+ is not the envelope.+",
            r"      curl -i .*/v1/bars/.+",
            r"=.* 1 failed.* in .*",
        ]
    )


def test_a_right_operation_passes(start: Running) -> None:
    node = "gateway-conformance/fuzz::GET /v1/status"
    result = start("--gateway-cmd", "embedded", *FUZZ, node, "-v")
    result.stdout.re_match_lines([r"gateway-conformance/fuzz::GET /v1/status MET .*"])
    assert result.ret == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--gateway-fuzz-examples", "5"), "*only with --gateway-fuzz*"),
        ((*FUZZ[:2], "many"), "*not a whole number up to 100000*"),
        ((*FUZZ[:2], "-1"), "*not a whole number up to 100000*"),
        ((*FUZZ[:2], "9" * 5000), "*not a whole number up to 100000*"),
    ],
)
def test_a_wrong_number_of_examples_is_one_clear_line(
    start: Running, options: tuple[str, ...], told: str
) -> None:
    result = start("--gateway-cmd", "embedded", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])


def test_a_strategy_is_not_fuzzed(start: Running) -> None:
    """The option was passed over in silence."""
    result = start("--strategy-cmd", "python -c pass", "--gateway-fuzz")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--gateway-fuzz*only with --gateway-url or*"])


def test_without_schemathesis_the_option_says_what_to_install(
    start: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "GENERATOR", "schemathesis_is_not_there")
    result = start("--gateway-cmd", "embedded", "--gateway-fuzz")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = (
        "*schemathesis is missing: pip install 'trading-gateway-conformance[[]fuzz]'*"
    )
    result.stderr.fnmatch_lines([told])


def test_an_operation_that_takes_long_tells_how_far_it_has_come(
    start: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0.1)
    node = "gateway-conformance/fuzz::PATCH /v1/orders/{order_id}"
    result = start("--gateway-cmd", "embedded", *FUZZ, node)
    result.stdout.re_match_lines(
        [r"PATCH /v1/orders/\{order_id\}: [1-9]\d* sent so far, waited \d+ s"]
    )
    assert result.ret == 0


def test_an_item_that_waits_for_all_scripts_tells_what_fuzzes_meanwhile(
    start: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0.1)
    operation = "gateway-conformance/fuzz::PATCH /v1/orders/{order_id}"
    invariant = "gateway-conformance/invariants-alive::OPE-57"
    result = start("--gateway-cmd", "embedded", *FUZZ, invariant, operation, "-v")
    told = [n for n, line in enumerate(result.outlines) if "sent so far" in line]
    at = [n for n, line in enumerate(result.outlines) if "OPE-57 MET" in line]
    assert told
    assert told[0] < (at or [len(result.outlines)])[0]


def test_a_quiet_run_tells_no_progress(
    start: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0.1)
    node = "gateway-conformance/fuzz::PATCH /v1/orders/{order_id}"
    result = start("--gateway-cmd", "embedded", *FUZZ, node, "-q")
    result.stdout.no_fnmatch_line("*sent so far*")
