"""What a Gateway says that is out of all reason is no fault of ours."""

from itertools import count
from typing import Any

from aiohttp import web

from conformance.judge.verdict import Verdict
from conformance.reference.server import ReferenceGateway
from conformance.settings import Settings
from conformance.suite.performance import Performance
from fixtures.serving import serving

PRICES = (None, "NaN", "sNaN", "Infinity", "1e999999", 10**400, "0", "٣", " 1", "-1")
NUMBERS = frozenset(
    {
        *("price", "last", "bid", "ask", "close", "average_fill_price", "quantity"),
        *("filled_quantity", "commission", "balance", "equity", "limit_price"),
        *("current_price", "unrealized_pnl", "margin_used"),
    }
)
AFTER = 60
"""Answers that are left as they are: the doctor's, and the first of the scripts'."""


def _odd() -> type[ReferenceGateway]:
    """A Gateway of which every fourth number is none."""
    answers, places = count(), count()

    def changed(value: Any) -> Any:
        if isinstance(value, list):
            return [changed(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {name: odd(name, changed(each)) for name, each in value.items()}

    def odd(name: str, value: Any) -> Any:
        if name not in NUMBERS or (place := next(places)) % 4:
            return value
        return PRICES[(place // 4) % len(PRICES)]

    class Odd(ReferenceGateway):
        def json_response(self, status: int, body: Any) -> web.Response:
            told = body if next(answers) < AFTER else changed(body)
            return super().json_response(status, told)

        def publish(self, *asked: Any) -> None:
            """Nothing: what is told is told of orders."""

    return Odd


def test_an_odd_number_was_a_fault_of_the_suite() -> None:
    with serving(_odd()) as url:
        run = Performance(Settings(gateway_url=url, seed=7), {})
        run.begin()
        record = run.finish()
    assert record.faults == ()
    assert not [o for o in record.outcomes if o.verdict is Verdict.SUITE_FAULT]
    assert [o for o in record.outcomes if o.verdict is Verdict.VIOLATED]
