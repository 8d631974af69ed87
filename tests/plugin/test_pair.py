"""`--strategy-cmd` with `--gateway-cmd` judges the two together."""

import sys
from pathlib import Path

from tests.plugin.conftest import Running
from tests.plugin.test_strategy import command, only

GATEWAY = """
import sys
print("Error: GATEWAY_PROVIDER='tektii' is not enabled in this build")
sys.exit(1)
"""


def test_a_pair_with_the_reference_is_a_drill_that_names_both(start: Running) -> None:
    options = ("--strategy-cmd", command("plain"), "--gateway-cmd", "embedded")
    result = start(*options, *only("DUT-52", "FID-13"), "-v")
    result.stdout.re_match_lines_random(
        [
            r"conformance: env .*fixtures.strategies.plain on embedded, seed .*",
            r"gateway-conformance/pair-partial-fills::DUT-52 MET .*",
            r"gateway-conformance/pair-gateway-fidelity-down::FID-13 MET .*",
            r"DRILL: NOT PROVEN for live-small",
        ]
    )
    assert result.ret == 0


def test_a_finding_is_the_strategys_and_is_told_how_to_be_seen_again(
    start: Running,
) -> None:
    bad = command("run sells-what-was-ordered")
    options = ("--strategy-cmd", bad, "--gateway-cmd", "embedded")
    result = start(*options, *only("DUT-52"))
    result.stdout.re_match_lines_random([r"1\. \(strategy\) Of .* only .*"])
    assert result.ret == 1
    report = next(Path("reports/latest").resolve().glob("readiness.json"))
    told = report.read_text(encoding="utf-8")
    assert "--gateway-cmd embedded gateway-conformance/pair-partial-fills" in told


def test_a_gateway_without_the_provider_shows_nothing_and_ends_with_5(
    start: Running, tmp_path: Path
) -> None:
    script = tmp_path / "gateway.py"
    script.write_text(GATEWAY, encoding="utf-8")
    gateway = f"{sys.executable} {script}"
    options = ("--strategy-cmd", command("plain"), "--gateway-cmd", gateway)
    result = start(*options, *only("DUT-*", "CON-48"))
    result.stdout.fnmatch_lines(["*NOT VERIFIED *this build has no tektii provider"])
    assert result.ret == 5


def test_a_pair_sends_nothing_to_anybody(start: Running) -> None:
    options = ("--strategy-cmd", command("plain"), "--gateway-cmd", "embedded")
    result = start(*options, "--conformance-plan")
    result.stdout.fnmatch_lines(["nothing: your Gateway is on an Engine of ours*"])
    assert result.ret == 0
