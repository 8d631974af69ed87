"""On a paper account scripts share symbols one after the other, and none alarms."""

import json
import urllib.request
from decimal import Decimal

from conformance.judge.verdict import Verdict
from conformance.settings import Settings
from conformance.suite.performance import Performance
from fixtures.serving import on_platform, serving

ALARMED = ("VAL-100", "VAL-101", "LED-83", "ORD-47")
"""What once took another script's orders and positions for its own."""


def test_scripts_that_share_symbols_do_not_alarm_on_each_other() -> None:
    with serving(on_platform("alpaca-paper")) as url:
        settings = Settings(
            gateway_url=url,
            gateway_symbols=tuple(f"S{number:02}" for number in range(20)),
            gateway_max_notional=Decimal(100_000),
            requirements=ALARMED,
            seed=7,
        )
        run = Performance(settings, {})
        run.begin()
        record = run.finish()
        with urllib.request.urlopen(f"{url}/v1/orders", timeout=5) as answer:
            assert json.load(answer) == []
    assert record.faults == ()
    assert record.left_open == ()
    found = {o.requirement: o.verdict for o in record.outcomes if o.findings}
    assert found == {}
    met = {o.requirement for o in record.outcomes if o.verdict is Verdict.MET}
    assert met == set(ALARMED)
