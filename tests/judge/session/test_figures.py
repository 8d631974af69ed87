"""What is around the orders: who was there, what was protected, what was recorded."""

from decimal import Decimal

import pytest

from conformance.judge.session.figures import kind_of
from fixtures.sessions.telling import Teller


@pytest.mark.parametrize(
    ("platforms", "kind"),
    [
        (("alpaca-paper",), "paper"),
        (("binance-spot-testnet", "saxo-sim"), "paper"),
        (("alpaca-live",), "live"),
        (("alpaca-paper", "alpaca-live"), "live"),
        (("tektii",), "backtest"),
        (("mock",), "mock"),
        (("alpaca-paper", "mock"), "mock"),
        (("new-paper",), "unknown"),
        ((), "unknown"),
    ],
)
def test_the_kind_goes_by_the_platforms(platforms: tuple[str, ...], kind: str) -> None:
    assert kind_of(platforms) == kind


def test_a_gateway_that_turns_live_makes_the_session_live() -> None:
    told = Teller("alpaca-paper")
    told.ask("GET", "/health", own=True)
    told.answer(200, {"providers": [{"platform": "alpaca-live"}]})
    assert kind_of(told.story.platforms) == "live"


def test_a_position_without_its_strategy_is_unattended() -> None:
    told = Teller()
    told.open()
    told.filled("1", "BUY", "1", "100")
    told.at = 100
    told.close()
    told.at = 400
    told.open("stream-2")
    (alone,) = told.numbers.unattended
    assert (alone.seconds, alone.symbol, alone.quantity) == (300, "BTCUSD", 1)
    assert told.numbers.reconnects == 1


def test_a_second_stream_keeps_the_strategy_there() -> None:
    told = Teller()
    told.open("stream-1")
    told.open("stream-2")
    told.filled("1", "BUY", "1", "100")
    told.close("stream-1")
    told.at += 100
    assert told.numbers.unattended == ()
    assert told.numbers.reconnects == 0


def test_a_time_that_was_not_recorded_is_a_gap_and_not_unattended() -> None:
    told = Teller()
    told.note("stretch-began", gap_seconds=0)
    told.open()
    told.filled("1", "BUY", "1", "100")
    told.at = 1000
    told.note("stretch-began", gap_seconds=900)
    told.at = 1010
    told.open()
    assert [span.seconds for span in told.numbers.unattended] == [10]
    assert [span.why for span in told.numbers.gaps] == ["the tap was away"]


def test_a_stop_protects_and_its_cancel_bares() -> None:
    told = Teller()
    told.open()
    told.filled("1", "BUY", "1", "100")
    told.at = 10
    told.order("2", "ORDER_CREATED", side="SELL", kind="STOP")
    told.at = 20
    told.order("2", "ORDER_CANCELLED", side="SELL", kind="STOP", status="CANCELLED")
    told.at = 25
    told.filled("3", "SELL", "1", "100")
    assert [round(s.seconds, 1) for s in told.numbers.unprotected] == [
        Decimal("8.8"),
        Decimal("6.2"),
    ]


def test_a_bracket_protects_while_its_exits_are_kept_by_the_broker() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "1", stop_loss="90", client_order_id="a")
    told.answer(201, {"id": "1", "client_order_id": "a", "status": "OPEN"})
    told.order("1", "ORDER_FILLED", filled="1", price="100", status="FILLED")
    told.at += 100
    assert told.numbers.unprotected == ()


def test_drawdown_and_margin_are_the_deepest_and_the_most() -> None:
    told = Teller()
    for equity, used in (("100", "0"), ("120", "30"), ("90", "45"), ("110", "0")):
        told.at += 1
        told.account(equity, used)
    assert told.numbers.maximum_drawdown == Decimal("0.25")
    assert told.numbers.peak_margin == Decimal("0.5")
    assert [p.value for p in told.numbers.equity] == [100, 120, 90, 110]


def test_days_are_recorded_ones_only() -> None:
    told = Teller()
    told.note("stretch-began", gap_seconds=0)
    told.at = 2 * 86400
    told.note("stretch-began", gap_seconds=86400)
    assert told.numbers.days == 1


def test_a_session_of_a_minute_told_of_thousands_of_trades_a_day() -> None:
    told = Teller()
    told.open()
    told.at = 60
    told.close()
    assert 0 < told.numbers.days < 1
    assert told.numbers.trades_per_day is None


def test_the_days_of_a_backtest_are_those_of_its_market() -> None:
    told = Teller("tektii")
    told.open()
    bar = dict.fromkeys(("open", "high", "low", "close", "volume"), "100")
    for day in ("02", "07"):
        row = {**bar, "symbol": "X", "provider": "tektii", "timeframe": "1m"}
        row["timestamp"] = f"2020-01-{day}T00:00:00Z"
        told.message(type="candle", bar=row, event_id=day)
    assert (told.numbers.days, told.numbers.market_days) == (5, 2)


def test_a_balance_that_leaves_our_books_once_is_told() -> None:
    told = Teller()
    told.open()
    balance = Decimal(1000)
    for number in range(8):
        told.at += 60
        told.account(str(balance))
        told.filled(f"{number}a", "BUY", "1", "100")
        told.filled(f"{number}b", "SELL", "1", "101")
        balance += 1 if number != 5 else 4
        told.at += 60
    told.account(str(balance))
    (mismatch,) = told.numbers.mismatches
    assert mismatch.startswith("account: the balance moved by 4")


def test_a_balance_that_is_told_in_another_way_is_no_mismatch() -> None:
    told = Teller()
    told.open()
    for number in range(8):
        told.at += 60
        told.account("1000")
        told.filled(f"{number}a", "BUY", "1", "100")
        told.filled(f"{number}b", "SELL", "1", "101")
        told.at += 60
    told.account("1000")
    assert told.numbers.mismatches == ()


def test_an_empty_session_has_no_figures() -> None:
    found = Teller().numbers
    assert (found.rejection_rate, found.trades_per_day) == (None, None)
    assert found.slippage.count == 0


def test_a_recording_that_stopped_is_a_gap_until_it_goes_on() -> None:
    told = Teller()
    told.open()
    told.at = 10
    told.note("recording-stopped", reason="the disk is full")
    told.at = 70
    told.note("recording-resumed", seconds=60)
    told.at = 100
    told.note("recording-stopped", reason="the disk is full")
    told.at = 130
    told.note("health")
    assert [(g.seconds, g.why) for g in told.numbers.gaps] == [
        (60, "the disk is full"),
        (30, "the disk is full"),
    ]
