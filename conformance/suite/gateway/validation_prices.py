"""An order whose prices do not fit its type, or cannot be, is refused."""

from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.bad_requests import bad, send_table
from conformance.suite.check import Judgement
from conformance.suite.refusals import (
    ANY_REFUSAL,
    announces_nothing,
    blames_the_client,
    leaves_no_order,
    refuses,
    serves_the_next,
)

NEEDS = Needs(symbols=3, seconds=30)

MARKET = {"order_type": "MARKET", "limit_price": ...}
STOP = {"order_type": "STOP", "limit_price": ..., "stop_price": "1000000"}
STOP_LIMIT = {"order_type": "STOP_LIMIT", "stop_price": "1000000"}
TRAILING = {
    "order_type": "TRAILING_STOP",
    "limit_price": ...,
    "trailing_distance": "5",
    "trailing_type": "ABSOLUTE",
}
PERCENT = {**TRAILING, "trailing_type": "PERCENT"}

NEEDED = (
    bad("limit-without-price", limit_price=...),
    bad("stop-without-price", **{**STOP, "stop_price": ...}),
    bad("stop-limit-without-limit", **{**STOP_LIMIT, "limit_price": ...}),
    bad("stop-limit-without-stop", order_type="STOP_LIMIT"),
    bad("trailing-without-distance", **{**TRAILING, "trailing_distance": ...}),
    bad("trailing-without-type", **{**TRAILING, "trailing_type": ...}),
)

POSITIVE = (
    bad("limit-price-zero", limit_price="0"),
    bad("limit-price-negative", limit_price="-5"),
    bad("stop-limit-price-negative", **{**STOP_LIMIT, "limit_price": "-5"}),
    bad("stop-price-zero", **{**STOP, "stop_price": "0"}),
    bad("stop-price-negative", **{**STOP, "stop_price": "-5"}),
    bad("distance-zero", **{**TRAILING, "trailing_distance": "0"}),
    bad("distance-negative", **{**TRAILING, "trailing_distance": "-5"}),
    bad("percent-hundred", **{**PERCENT, "trailing_distance": "100"}),
    bad("percent-more", **{**PERCENT, "trailing_distance": "250"}),
    bad("stop-loss-zero", stop_loss="0"),
    bad("stop-loss-negative", stop_loss="-5"),
    bad("take-profit-zero", take_profit="0"),
    bad("take-profit-negative", take_profit="-5"),
    bad("display-zero", display_quantity="0"),
    bad("display-negative", display_quantity="-1"),
    bad("display-equal", quantity="2", display_quantity="2"),
    bad("display-more", quantity="2", display_quantity="3"),
    bad("leverage-zero", leverage="0"),
    bad("leverage-negative", leverage="-2"),
)

UNWANTED = (
    bad("market-limit-price", **{**MARKET, "limit_price": "0.01"}),
    bad("market-stop-price", **{**MARKET, "stop_price": "1000000"}),
    bad("market-distance", **{**MARKET, "trailing_distance": "5"}),
    bad("limit-stop-price", stop_price="1000000"),
    bad("limit-distance", trailing_distance="5"),
    bad("stop-limit-price", **{**STOP, "limit_price": "0.01"}),
    bad("stop-distance", **{**STOP, "trailing_distance": "5"}),
    bad("stop-limit-distance", **{**STOP_LIMIT, "trailing_distance": "5"}),
    bad("trailing-limit-price", **{**TRAILING, "limit_price": "0.01"}),
    bad("trailing-stop-price", **{**TRAILING, "stop_price": "1000000"}),
)

DOUBTFUL = (
    bad("limit-trailing-type", trailing_type="ABSOLUTE"),
    bad("buy-crossed-exits", stop_loss="0.02", take_profit="0.005"),
    bad(
        "sell-crossed-exits",
        side="SELL",
        limit_price="1000000",
        stop_loss="900000",
        take_profit="1100000",
    ),
    bad("buy-equal-exits", stop_loss="0.005", take_profit="0.005"),
)


async def script(strategy: Played) -> None:
    """Sends every case, a valid order and a fence, and asks for what there is."""
    table = (*NEEDED, *POSITIVE, *UNWANTED)
    await send_table(strategy, table, doubtful=DOUBTFUL)


def _refused(requirement: str, what: str, *names: str) -> Judgement:
    return refuses(requirement, f"{what} was answered", names, ANY_REFUSAL)


limit_price_needed = refuses(
    "VAL-30", "a limit order without a price was answered", {"limit-without-price"}
)
stop_price_needed = refuses(
    "VAL-31", "a stop order without a price was answered", {"stop-without-price"}
)
stop_limit_needs_its_limit = refuses(
    "VAL-32",
    "a stop-limit order without its limit was answered",
    {"stop-limit-without-limit"},
)
stop_limit_needs_its_stop = refuses(
    "VAL-33",
    "a stop-limit order without its stop was answered",
    {"stop-limit-without-stop"},
)
# A provider without trailing stops may refuse with 501 before it looks any closer.
distance_needed = refuses(
    "VAL-34",
    "a trailing stop without a distance was answered",
    {"trailing-without-distance"},
    {400, 501},
)
trailing_type_needed = refuses(
    "VAL-35",
    "a trailing stop without a type was answered",
    {"trailing-without-type"},
    {400, 501},
)
limit_price_positive = _refused(
    "VAL-36",
    "a limit price of zero or less",
    "limit-price-zero",
    "limit-price-negative",
    "stop-limit-price-negative",
)
stop_price_positive = _refused(
    "VAL-37",
    "a stop price of zero or less",
    "stop-price-zero",
    "stop-price-negative",
)
distance_positive = _refused(
    "VAL-38",
    "a trailing distance of zero or less",
    "distance-zero",
    "distance-negative",
)
percent_below_hundred = _refused(
    "VAL-39",
    "a trailing distance of a hundred percent or more",
    "percent-hundred",
    "percent-more",
)
market_has_no_price = _refused(
    "VAL-40",
    "a market order with a price",
    "market-limit-price",
    "market-stop-price",
    "market-distance",
)
limit_has_no_other_price = _refused(
    "VAL-41",
    "a limit order with a stop price or a distance",
    "limit-stop-price",
    "limit-distance",
)
stop_has_no_other_price = _refused(
    "VAL-42",
    "a stop order with a limit price or a distance",
    "stop-limit-price",
    "stop-distance",
)
stop_limit_has_no_distance = _refused(
    "VAL-43", "a stop-limit order with a distance", "stop-limit-distance"
)
trailing_has_no_other_price = _refused(
    "VAL-44",
    "a trailing stop with a limit or stop price",
    "trailing-limit-price",
    "trailing-stop-price",
)
trailing_type_only_for_trailing = _refused(
    "VAL-45", "a limit order with a trailing type", "limit-trailing-type"
)
stop_loss_positive = _refused(
    "VAL-46", "a stop loss of zero or less", "stop-loss-zero", "stop-loss-negative"
)
take_profit_positive = _refused(
    "VAL-47",
    "a take profit of zero or less",
    "take-profit-zero",
    "take-profit-negative",
)
display_positive = _refused(
    "VAL-48", "a display quantity of zero or less", "display-zero", "display-negative"
)
display_below_quantity = _refused(
    "VAL-49",
    "a display quantity that is not less than the quantity",
    "display-equal",
    "display-more",
)
leverage_positive = _refused(
    "VAL-50", "a leverage of zero or less", "leverage-zero", "leverage-negative"
)
exits_in_order = _refused(
    "VAL-51",
    "an order with its stop loss beyond its take profit",
    "buy-crossed-exits",
    "sell-crossed-exits",
    "buy-equal-exits",
)
traceless = leaves_no_order()
silent = announces_nothing()
served = serves_the_next()
blamed = blames_the_client()
