"""What an order asks of each broker reads in a Gateway's words."""

import json
from typing import Any

import pytest

from conformance.peers.venues.alpaca.meaning import meaning as of_alpaca
from conformance.peers.venues.binance.meaning import meaning as of_binance
from conformance.peers.venues.oanda.meaning import meaning as of_oanda
from conformance.peers.venues.saxo.meaning import meaning as of_saxo

Fields = dict[str, Any]


def _holds(found: Fields, **wanted: Any) -> None:
    assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (
            {"type": "LIMIT", "units": "-3", "price": "50", "timeInForce": "GFD"},
            {"side": "SELL", "quantity": "3", "limit_price": "50", "stop_price": None},
        ),
        ({"type": "LIMIT", "units": "3"}, {"time_in_force": "GTC"}),
        ({"units": "3"}, {"order_type": "MARKET", "time_in_force": "FOK"}),
        (
            {"type": "STOP", "units": "3", "price": "110", "priceBound": "112"},
            {"order_type": "STOP_LIMIT", "stop_price": "110", "limit_price": "112"},
        ),
        (
            {"type": "MARKET_IF_TOUCHED", "units": "3", "price": "112"},
            {"order_type": "MARKET_IF_TOUCHED", "limit_price": None},
        ),
        (
            {"units": "3", "stopLossOnFill": {"price": "90"}},
            {"stop_loss": "90", "take_profit": None, "reduce_only": False},
        ),
        (
            {"type": "TRAILING_STOP_LOSS", "tradeID": "7", "distance": "10"},
            {
                "order_type": "TRAILING_STOP",
                "trailing_type": "ABSOLUTE",
                "reduce_only": True,
                "position_id": "7",
            },
        ),
    ],
)
def test_an_order_of_oandas_reads_in_a_gateways_words(
    order: Fields, wanted: Fields
) -> None:
    _holds(of_oanda(json.dumps({"order": order})), **wanted)


SAXO = {
    "Uic": 21,
    "AssetType": "FxSpot",
    "BuySell": "Buy",
    "Amount": 2.5,
    "OrderDuration": {"DurationType": "DayOrder"},
}


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (
            {"OrderType": "Limit", "OrderPrice": 50.5},
            {"limit_price": "50.5", "quantity": "2.5", "time_in_force": "DAY"},
        ),
        (
            {"OrderType": "StopLimit", "OrderPrice": 110, "StopLimitPrice": 112},
            {"order_type": "STOP_LIMIT", "stop_price": "110", "limit_price": "112"},
        ),
        (
            {"OrderType": "TrailingStop", "TrailingStopDistanceToMarket": 10},
            {"trailing_distance": "10", "trailing_type": "ABSOLUTE"},
        ),
        (
            {"OrderType": "TrailingStop", "TrailingStopPegOffsetPct": 2.5},
            {"trailing_distance": "2.5", "trailing_type": "PERCENT"},
        ),
        (
            {
                "OrderType": "Market",
                "Orders": [
                    {"OrderType": "StopIfTraded", "OrderPrice": 90},
                    {"OrderType": "Limit", "OrderPrice": 120},
                ],
            },
            {"stop_loss": "90", "take_profit": "120", "symbol": "EURUSD:FxSpot"},
        ),
        ({"OrderType": "Market", "Uic": 999}, {"symbol": None, "stop_loss": None}),
    ],
)
def test_an_order_of_saxos_reads_in_a_gateways_words(
    order: Fields, wanted: Fields
) -> None:
    _holds(of_saxo(json.dumps({**SAXO, **order})), **wanted)


def test_a_number_of_saxo_is_the_one_that_was_written() -> None:
    body = json.dumps({**SAXO, "OrderType": "Market"}).replace(
        "2.5", "3." + "0" * 18 + "1"
    )
    assert of_saxo(body)["quantity"] == "3." + "0" * 18 + "1"


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ({"type": "market", "qty": "3"}, {"order_type": "MARKET", "quantity": "3"}),
        (
            {"type": "trailing_stop", "trail_percent": "5"},
            {"trailing_distance": "5", "trailing_type": "PERCENT"},
        ),
        (
            {"type": "limit", "advanced_instructions": {"display_qty": "1"}},
            {"order_type": "LIMIT", "display_quantity": "1"},
        ),
        (
            {"type": "trailing_stop", "trail_price": 10},
            {"trailing_distance": "10", "trailing_type": "ABSOLUTE"},
        ),
        (
            {"type": "limit", "side": "buy", "stop_loss": {"stop_price": "90"}},
            {"side": "BUY", "stop_loss": "90", "take_profit": None},
        ),
    ],
)
def test_an_order_of_alpacas_reads_in_a_gateways_words(
    order: Fields, wanted: Fields
) -> None:
    _holds(of_alpaca(json.dumps(order)), **wanted)


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ({"type": "MARKET"}, {"time_in_force": "IOC", "post_only": False}),
        ({"type": "LIMIT_MAKER", "price": "50"}, {"post_only": True}),
        (
            {"type": "STOP_LOSS_LIMIT", "timeInForce": "FOK", "icebergQty": "1"},
            {"time_in_force": "FOK", "display_quantity": "1"},
        ),
        (
            {"type": "STOP_LOSS", "trailingDelta": "250"},
            {"trailing_distance": "2.5", "trailing_type": "PERCENT"},
        ),
    ],
)
def test_an_order_of_binances_reads_in_a_gateways_words(
    order: Fields, wanted: Fields
) -> None:
    _holds(of_binance({"symbol": "BTCUSDT", "side": "BUY", **order}), **wanted)


@pytest.mark.parametrize("body", ["", "[]", "7", '{"order": 7}', '{"type": 7}'])
def test_what_is_no_order_means_nothing(body: str) -> None:
    assert of_oanda(body) == of_saxo(body) == {}
    assert of_alpaca(body).get("quantity") is None
    assert of_binance({}) == {}
