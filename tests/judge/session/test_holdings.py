"""Round trips go from flat to flat, and what is held is held to what is shown."""

from decimal import Decimal

from fixtures.sessions.telling import Teller


def opened() -> Teller:
    told = Teller()
    told.note("stretch-began", gap_seconds=0)
    told.open()
    told.positions()
    return told


def test_a_round_trip_goes_from_flat_to_flat() -> None:
    told = opened()
    told.filled("1", "BUY", "1", "100")
    told.filled("2", "BUY", "1", "102")
    told.filled("3", "SELL", "2", "105")
    (trip,) = told.numbers.round_trips
    assert (trip.side, trip.quantity) == ("BUY", 2)
    assert (trip.entry_price, trip.exit_price, trip.profit) == (101, 105, 8)
    assert trip.orders == ("1", "2", "3")


def test_a_reversal_ends_one_round_trip_and_begins_another() -> None:
    told = opened()
    told.filled("1", "BUY", "1", "100")
    told.filled("2", "SELL", "3", "110")
    told.trade("t2", "2", "SELL", "3", "110")
    told.filled("3", "BUY", "2", "100")
    first, second = told.numbers.round_trips
    assert (first.profit, second.side, second.profit) == (10, "SELL", 20)
    assert round(first.commission, 6) == Decimal("0.166667")
    assert round(second.commission, 6) == Decimal("0.333333")


def test_a_position_that_stood_at_the_start_makes_no_round_trip() -> None:
    told = Teller()
    told.open()
    told.positions(("BTCUSD", "LONG", "2"))
    told.filled("1", "SELL", "2", "100")
    told.filled("2", "BUY", "1", "100")
    told.filled("3", "SELL", "1", "100")
    assert len(told.numbers.round_trips) == 1
    assert told.numbers.mismatches == ()


def test_a_position_of_the_start_that_was_shown_late_makes_none_either() -> None:
    told = Teller()
    told.open()
    told.filled("1", "SELL", "2", "100")
    told.at += 30
    told.positions()
    told.at += 30
    told.filled("2", "BUY", "1", "100")
    told.filled("3", "SELL", "1", "100")
    assert [t.orders for t in told.numbers.round_trips] == [("2", "3")]


def test_round_trips_of_scripts_do_not_count() -> None:
    told = opened()
    told.submit("BUY", "1", client_order_id="cf1")
    told.answer(201, {"id": "1", "client_order_id": "cf1", "status": "OPEN"})
    told.order("1", "ORDER_FILLED", filled="1", price="100", client="cf1")
    told.filled("2", "SELL", "1", "100")
    assert len(told.numbers.round_trips) == 1
    assert told.numbers.counted_round_trips == ()
    assert told.numbers.symbols[0].round_trips == 0


def test_what_the_positions_show_otherwise_is_told_after_a_while() -> None:
    told = opened()
    told.filled("1", "BUY", "1", "100")
    told.at += 60
    told.positions(("BTCUSD", "LONG", "3"))
    assert told.numbers.mismatches == ()
    told.at += 60
    told.positions(("BTCUSD", "LONG", "3"))
    assert told.numbers.mismatches == (
        "the fills of BTCUSD add up to 1; the positions showed 3",
    )


def test_an_answer_that_is_ahead_of_the_stream_is_no_mismatch() -> None:
    told = opened()
    told.submit("BUY", "1", client_order_id="a")
    told.answer(201, {"id": "1", "client_order_id": "a", "status": "OPEN"})
    told.positions(("BTCUSD", "LONG", "0.4"))
    told.at += 0.2
    told.order("1", "ORDER_FILLED", filled="1", price="100", status="FILLED")
    told.at += 60
    told.positions(("BTCUSD", "LONG", "1"))
    assert told.numbers.mismatches == ()


def test_an_answer_that_is_behind_the_stream_is_no_mismatch() -> None:
    told = opened()
    told.filled("1", "BUY", "1", "100")
    told.positions()
    told.at += 60
    told.positions(("BTCUSD", "LONG", "1"))
    assert told.numbers.mismatches == ()


def test_what_was_filled_while_the_stream_was_away_is_no_mismatch() -> None:
    told = opened()
    told.filled("1", "BUY", "1", "100")
    told.close()
    told.at += 30
    told.open("stream-2")
    told.positions()
    told.at += 30
    told.ask("GET", "/v1/orders/1")
    told.answer(200, {"id": "1", "filled_quantity": "1", "quantity": "1"})
    told.at += 30
    told.positions()
    assert told.numbers.mismatches == ()
    assert told.story.holdings.flat


def test_nothing_under_way_when_the_tap_was_away_is_a_round_trip() -> None:
    told = opened()
    told.filled("1", "BUY", "1", "100")
    told.at += 600
    told.note("stretch-began", gap_seconds=300)
    told.open()
    told.positions(("BTCUSD", "LONG", "1"))
    told.filled("2", "SELL", "1", "100")
    assert told.numbers.round_trips == ()
    assert told.numbers.mismatches == ()
    assert [gap.seconds for gap in told.numbers.gaps] == [300]


def test_trades_that_do_not_add_up_to_the_order_are_told() -> None:
    told = opened()
    told.filled("1", "BUY", "2", "100")
    told.trade("t1", "1", "BUY", "1", "100")
    (mismatch,) = told.numbers.mismatches
    assert mismatch == ("the trades of order 1 add up to 1; it is told with 2 filled")


def test_trades_that_went_by_while_no_stream_was_open_are_not_missed() -> None:
    told = opened()
    told.submit("BUY", "2", client_order_id="a")
    told.answer(201, {"id": "1", "client_order_id": "a", "status": "OPEN"})
    told.trade("t1", "1", "BUY", "1", "100")
    told.close()
    told.open("stream-2")
    told.order(
        "1", "ORDER_FILLED", quantity="2", filled="2", price="100", status="FILLED"
    )
    assert told.numbers.mismatches == ()


def test_fills_that_only_answers_tell_are_no_mismatch() -> None:
    """A Gateway whose subscriptions leave out orders tells them by REST alone."""
    told = opened()
    for number, (side, held) in enumerate((("BUY", "1"), ("SELL", "0")) * 3):
        told.at += 60
        told.submit(side, "1", client_order_id=f"c{number}")
        told.answer(201, {"id": str(number), "status": "OPEN"})
        told.at += 1
        told.positions(*([("BTCUSD", "LONG", held)] if held != "0" else []))
        told.at += 20
        told.ask("GET", "/v1/trades")
        row = {"id": f"t{number}", "order_id": str(number), "symbol": "BTCUSD"}
        row |= {"side": side, "quantity": "1", "price": "100", "commission": "0"}
        told.answer(200, [{**row, "commission_currency": "USD"}])
    told.at += 60
    told.positions()
    assert told.numbers.mismatches == ()
    assert told.numbers.fills == 6
    assert told.story.holdings.flat


def test_closing_all_positions_is_an_order_for_each() -> None:
    told = opened()
    told.filled("1", "BUY", "1", "100")
    told.ask("DELETE", "/v1/positions")
    told.answer(200, [{"id": "2", "status": "OPEN"}])
    told.order("2", "ORDER_FILLED", side="SELL", filled="1", price="110")
    assert told.numbers.orders.submitted == 2
    assert [t.profit for t in told.numbers.round_trips] == [10]


def test_a_starting_position_shown_for_its_symbol_alone_makes_no_round_trip() -> None:
    told = Teller()
    told.open()
    told.ask("GET", "/v1/positions?symbol=BTCUSD")
    row = {"id": "p", "symbol": "BTCUSD", "side": "LONG", "quantity": "2"}
    told.answer(200, [row])
    told.filled("1", "SELL", "2", "100")
    told.filled("2", "BUY", "1", "100")
    told.at += 60
    told.ask("GET", "/v1/positions?symbol=ETHUSD")
    told.answer(200, [])
    told.at += 60
    told.filled("3", "SELL", "1", "100")
    assert [t.orders for t in told.numbers.round_trips] == [("2", "3")]
    assert told.numbers.mismatches == ()
