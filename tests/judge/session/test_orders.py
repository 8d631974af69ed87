"""Each order and each fill counts once, and an unknown outcome stays unknown."""

from decimal import Decimal

from fixtures.sessions.telling import Teller


def test_a_fill_told_by_order_and_trade_counts_once() -> None:
    told = Teller()
    told.open()
    told.filled("1", "BUY", "2", "100")
    told.trade("t1", "1", "BUY", "2", "100")
    assert told.numbers.fills == 1
    assert told.numbers.symbols[0].volume == 2
    assert told.numbers.commission == {"USD": Decimal("0.5")}


def test_a_trade_that_comes_before_its_order_event_counts_once() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "2", client_order_id="a")
    told.answer(201, {"id": "1", "client_order_id": "a", "status": "OPEN"})
    told.trade("t1", "1", "BUY", "2", "100")
    told.order("1", "ORDER_FILLED", quantity="2", filled="2", price="100")
    told.trade("t1", "1", "BUY", "2", "100")
    assert told.numbers.fills == 1
    assert told.numbers.commission == {"USD": Decimal("0.5")}


def test_an_event_replayed_after_a_reconnect_counts_once() -> None:
    told = Teller()
    told.open()
    told.filled("1", "BUY", "2", "100")
    told.close()
    told.open("stream-2")
    told.order("1", "ORDER_FILLED", quantity="2", filled="2", price="100")
    assert told.numbers.fills == 1
    assert told.story.holdings.of("BTCUSD").quantity == 2


def test_events_before_the_answer_are_of_the_same_order() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "1")
    told.order("1", "ORDER_CREATED")
    told.order("1", "ORDER_FILLED", filled="1", price="100", status="FILLED")
    told.at = 0.5
    told.answer(201, {"id": "1", "status": "PENDING"})
    counts = told.numbers.orders
    assert (counts.submitted, counts.accepted, counts.filled) == (1, 1, 1)
    assert told.numbers.latency_accept.median == 500


def test_rejections_of_all_three_kinds_are_counted_once_each() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "1", client_order_id="a")
    told.answer(422, {"code": "ORDER_REJECTED", "message": "no"})
    told.submit("BUY", "1", client_order_id="b")
    told.answer(201, {"id": "2", "client_order_id": "b", "status": "REJECTED"})
    told.submit("BUY", "1", client_order_id="c")
    told.answer(201, {"id": "3", "client_order_id": "c", "status": "OPEN"})
    told.order("3", "ORDER_REJECTED", status="REJECTED", client="c")
    told.order("3", "ORDER_REJECTED", status="REJECTED", client="c")
    told.filled("4", "BUY", "1", "100")
    assert told.numbers.orders.rejected == 3
    assert told.numbers.rejection_rate == Decimal("0.75")


def test_a_request_that_is_refused_for_its_form_is_no_rejection() -> None:
    told = Teller()
    told.submit("BUY", "1")
    told.answer(400, {"code": "INVALID_REQUEST", "message": "no"})
    told.submit("BUY", "1")
    told.answer(429, {"code": "RATE_LIMITED", "message": "wait"})
    assert told.numbers.orders.rejected == 0
    assert told.numbers.orders.unknown == 0


def test_an_outcome_that_nobody_told_stays_unknown() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "1", client_order_id="a")
    told.lose()
    told.submit("BUY", "1", client_order_id="b")
    told.answer(504, {})
    told.submit("BUY", "1", client_order_id="c")
    assert told.numbers.orders.unknown == 3
    assert told.numbers.orders.rejected == 0


def test_an_order_whose_answer_was_lost_is_known_by_its_event() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "1", client_order_id="a")
    told.lose()
    told.order("9", "ORDER_FILLED", filled="1", price="100", client="a")
    counts = told.numbers.orders
    assert (counts.submitted, counts.filled, counts.unknown) == (1, 1, 0)


def test_old_orders_and_trades_in_a_list_are_no_fills_of_the_session() -> None:
    told = Teller()
    told.open()
    told.ask("GET", "/v1/orders/history")
    row = {"id": "old", "symbol": "BTCUSD", "side": "BUY", "order_type": "MARKET"}
    row |= {"quantity": "5", "filled_quantity": "5", "remaining_quantity": "0"}
    told.answer(200, [{**row, "status": "FILLED", "time_in_force": "GTC"}])
    told.ask("GET", "/v1/trades")
    trade = {"id": "t0", "order_id": "older", "symbol": "BTCUSD", "side": "BUY"}
    told.answer(200, [{**trade, "quantity": "5", "price": "1", "commission": "0"}])
    assert told.numbers.fills == 0
    assert told.story.holdings.flat


def test_scripted_orders_are_left_out_of_the_counts() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "1", client_order_id="cf0001-1")
    told.answer(201, {"id": "1", "client_order_id": "cf0001-1", "status": "OPEN"})
    assert told.numbers.orders.submitted == 0


def test_slippage_is_against_the_middle_and_worse_is_positive() -> None:
    told = Teller()
    told.open()
    told.quote("BTCUSD", "99", "101")
    told.filled("1", "BUY", "1", "101")
    told.filled("2", "SELL", "1", "101")
    assert told.numbers.slippage.shown == (Decimal(100), Decimal(-100))


def test_slippage_is_against_the_last_close_where_there_is_no_quote() -> None:
    told = Teller()
    told.open()
    bar = dict.fromkeys(("open", "high", "low", "close", "volume"), "100")
    bar |= {"symbol": "BTCUSD", "provider": "x", "timeframe": "1m"}
    told.message(type="candle", bar={**bar, "timestamp": "2026-03-02T14:30:00Z"})
    told.filled("1", "SELL", "1", "99")
    assert told.numbers.slippage.mean == 100


def test_a_resting_order_has_no_slippage_and_no_latency_to_its_fill() -> None:
    told = Teller()
    told.open()
    told.quote("BTCUSD", "99", "101")
    told.submit("BUY", "1", order_type="LIMIT", limit_price="90", client_order_id="a")
    told.answer(201, {"id": "1", "client_order_id": "a", "status": "OPEN"})
    told.at = 5000
    told.order("1", "ORDER_FILLED", filled="1", price="90", kind="LIMIT", client="a")
    assert told.numbers.slippage.count == 0
    assert told.numbers.latency_first_fill.count == 0
    assert told.numbers.latency_accept.count == 1


def test_latency_goes_to_the_answer_and_to_the_first_and_last_fill() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "2", client_order_id="a")
    told.at = 0.1
    told.answer(201, {"id": "1", "client_order_id": "a", "status": "OPEN"})
    told.at = 0.3
    told.order("1", "ORDER_PARTIALLY_FILLED", quantity="2", filled="1", price="1")
    told.at = 0.7
    told.order("1", "ORDER_FILLED", quantity="2", filled="2", price="1")
    found = told.numbers
    assert found.latency_accept.median == 100
    assert (found.latency_first_fill.median, found.latency_last_fill.median) == (
        300,
        700,
    )
    assert found.orders.partly_filled == 1


def test_financing_on_two_streams_counts_once() -> None:
    told = Teller()
    told.open()
    told.account("1000")
    for stamp in (
        "2026-03-02T22:00:00Z",
        "2026-03-02T22:00:00Z",
        "2026-03-03T22:00:00Z",
    ):
        told.message(type="financing", symbol="EURUSD", amount="-1.5", timestamp=stamp)
    assert told.numbers.financing == {"USD": Decimal("-3.0")}
