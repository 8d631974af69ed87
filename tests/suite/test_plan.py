"""The plan tells what could trade, and sends nothing to the subject."""

from conformance.settings import Settings
from conformance.suite.plan import plan_lines


def test_every_order_is_told_with_the_users_symbols() -> None:
    settings = Settings(
        # Nothing listens there: whatever was sent would end the plan.
        gateway_url="http://127.0.0.1:9",
        gateway_symbols=("AAPL", "MSFT"),
        requirements=("VAL-2*",),
        seed=7,
    )
    pairs = [("validation-fields", "VAL-20"), ("validation-prices", "VAL-20")]
    *lines, last = plan_lines(settings, pairs)
    orders = [line for line in lines if line.startswith("  POST /v1/orders ")]
    assert lines[0] == "doctor-2: 1"
    assert orders
    assert all('"AAPL"' in line or '"MSFT"' in line for line in orders[:1])
    assert "nothing was sent to yours" in last
