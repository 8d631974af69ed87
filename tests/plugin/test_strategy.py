"""`--strategy-cmd` judges a strategy, and says in one line what it cannot use."""

import socket
import sys
from pathlib import Path

import pytest

from tests.plugin.conftest import Running

ROOT = Path(__file__).parent.parent.parent


def command(module: str) -> str:
    return f"env PYTHONPATH={ROOT} {sys.executable} -m fixtures.strategies.{module}"


def only(*requirements: str) -> list[str]:
    return [w for r in requirements for w in ("--conformance-requirement", r)]


def test_a_good_strategy_passes_and_is_no_drill(start: Running) -> None:
    result = start("--strategy-cmd", command("plain"), *only("DUT-52", "DUT-14"), "-v")
    result.stdout.re_match_lines_random(
        [
            r"conformance: env .*fixtures.strategies.plain, seed .*",
            r"gateway-conformance/strategy-partial-fills::DUT-52 MET .*",
            r"gateway-conformance/strategy-invariants-wire::DUT-14 MET .*",
            r"NOT PROVEN for live-small",
        ]
    )
    assert result.ret == 0


def test_a_bad_strategy_fails_with_what_it_did(start: Running) -> None:
    bad = command("run sells-what-was-ordered")
    result = start("--strategy-cmd", bad, *only("DUT-52"))
    result.stdout.re_match_lines_random(
        [r"1\. Of .* only .* were filled at first .*", r"NOT READY for live-small"]
    )
    assert result.ret == 1


def test_a_strategy_that_ends_at_once_is_told_with_its_last_words(
    start: Running,
) -> None:
    dies = f"{sys.executable} -c \"raise SystemExit('no settings')\""
    result = start("--strategy-cmd", dies, *only("DUT-52"))
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*exited with status 1*no settings*"])


def test_a_strategy_that_never_connects_is_told_so(
    start: Running, pytester: pytest.Pytester
) -> None:
    pytester.path.joinpath("p.toml").write_text("start_seconds = 0.5\n")
    sleeps = f'{sys.executable} -c "import time; time.sleep(60)"'
    options = ("--strategy-cmd", sleeps, "--strategy-profile", "p.toml")
    result = start(*options, *only("DUT-52"))
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*the strategy's stream*port in the profile*0.5 s*"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--strategy-cmd", "no-such-program"), "this command is not found"),
        (("--strategy-cmd", "true 'x"), "no closing quotation"),
        (("--strategy-profile", "none.toml"), "none.toml: No such file"),
        (
            ("--strategy-cmd", "true", "--gateway-url", "http://127.0.0.1:9"),
            "not together with a strategy: a pair needs --gateway-cmd",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_4(
    start: Running, options: tuple[str, ...], told: str
) -> None:
    result = start(*options)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: *{told}*"])


def test_a_profile_without_a_command_says_what_is_missing(
    start: Running, pytester: pytest.Pytester
) -> None:
    pytester.path.joinpath("p.toml").write_text('account = "paper"\n')
    result = start("--strategy-profile", "p.toml")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *it declares no command*--strategy-cmd*"])


BUILT_IN = """
import os, runpy, sys
os.environ["TRADING_GATEWAY_URL"] = "http://127.0.0.1:{port}"
sys.argv = ["plain"]
runpy.run_module("fixtures.strategies.plain", run_name="__main__")
"""


def test_a_strategy_with_its_address_built_in_is_met_there(
    start: Running, pytester: pytest.Pytester
) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    pytester.path.joinpath("built_in.py").write_text(BUILT_IN.format(port=port))
    pytester.path.joinpath("p.toml").write_text(f"port = {port}\n")
    runs = f"env PYTHONPATH={ROOT} {sys.executable} built_in.py"
    options = ("--strategy-cmd", runs, "--strategy-profile", "p.toml")
    result = start(*options, *only("DUT-37"))
    assert result.ret == 0
    result.assert_outcomes(passed=1)


def test_a_port_that_is_taken_is_named(
    start: Running, pytester: pytest.Pytester
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        pytester.path.joinpath("p.toml").write_text(f"port = {port}\n")
        options = ("--strategy-cmd", "true", "--strategy-profile", "p.toml")
        result = start(*options, *only("DUT-37"))
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: *p.toml*port: {port} cannot be listened at*"])
