"""A Gateway that was built without a provider is told apart from a broken one."""

import sys
from pathlib import Path

import pytest

from conformance.judge.verdict import Verdict
from conformance.settings import Settings
from conformance.suite.check import Suite
from conformance.suite.gateway import gateway_suite
from conformance.suite.performance import Performance

GATEWAY = """
import os, sys
from conformance.reference.__main__ import main
if os.environ["GATEWAY_PROVIDER"] != "mock":
    print({said!r})
    sys.exit(1)
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Error: GATEWAY_PROVIDER='tektii' requires the 'tektii' feature, which is "
            "not enabled in this build",
            "this build has no tektii provider",
        ),
        ("Error: TEKTII_ENGINE_URL: no such host", "exited with status 1"),
    ],
)
def test_what_needs_the_engine_is_not_verified_and_says_why(
    tmp_path: Path, said: str, told: str
) -> None:
    script = tmp_path / "gateway.py"
    script.write_text(GATEWAY.format(said=said), encoding="utf-8")
    modules = [m for m in gateway_suite().modules if m.name == "pacing"]
    settings = Settings(gateway_cmd=f"{sys.executable} {script}", seed=3)
    run = Performance(settings, {}, Suite(tuple(modules)))
    run.begin()
    found = run.finish().outcomes
    assert {o.verdict for o in found} == {Verdict.NOT_VERIFIED}
    assert all(told in o.reason for o in found)
