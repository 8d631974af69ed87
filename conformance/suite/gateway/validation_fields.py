"""An order that lacks a field, or has a value that cannot be, is refused with 400."""

from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.bad_requests import bad, send_table
from conformance.suite.refusals import (
    ANY_REFUSAL,
    announces_nothing,
    blames_the_client,
    leaves_no_order,
    names_the_field,
    refuses,
    serves_the_next,
)

NEEDS = Needs(symbols=3, seconds=30)

NAMED = {
    "no-symbol": "symbol",
    "no-side": "side",
    "no-quantity": "quantity",
    "no-order-type": "order_type",
    "quantity-zero": "quantity",
    "quantity-negative": "quantity",
    "quantity-word": "quantity",
    "side-unknown": "side",
    "type-unknown": "order_type",
    "tif-unknown": "time_in_force",
    "flag-text": "reduce_only",
}
"""The one field that is wrong in a case."""

MISSING = (
    bad("no-symbol", symbol=...),
    bad("no-side", side=...),
    bad("no-quantity", quantity=...),
    bad("no-order-type", order_type=..., limit_price=...),
    bad("symbol-empty", symbol=""),
)

QUANTITIES = (
    bad("quantity-zero", quantity="0"),
    bad("quantity-zeros", quantity="0.000"),
    bad("quantity-negative", quantity="-1"),
    bad(
        "quantity-negative-market", order_type="MARKET", limit_price=..., quantity="-1"
    ),
    bad("quantity-nan", quantity="NaN"),
    bad("quantity-infinite", quantity="Infinity"),
    bad("quantity-word", quantity="ten"),
    bad("quantity-blank", quantity=""),
    bad("quantity-comma", quantity="1,5"),
    bad("quantity-two-points", quantity="1.5.0"),
    bad("quantity-unit", quantity="1 lot"),
)

WORDS = (
    bad("side-unknown", side="LONG"),
    bad("side-empty", side=""),
    bad("type-unknown", order_type="ICEBERG"),
    bad("type-unknown-market", order_type="MARKET_IF_TOUCHED", limit_price=...),
    bad("tif-unknown", time_in_force="GTD"),
    bad("trailing-type-unknown", trailing_type="TICKS"),
    bad("margin-mode-unknown", margin_mode="PORTFOLIO"),
    bad("flag-text", reduce_only="true"),
    bad("flag-number", post_only=1),
    bad("flag-text-hidden", hidden="no"),
)

TYPES = (
    bad("symbol-number", symbol=5),
    bad("symbol-list", symbol=["$SYMBOL"]),
    bad("side-number", side=1),
    bad("type-null", order_type=None, limit_price=...),
    bad("quantity-boolean", quantity=True),
    bad("quantity-list", quantity=["1"]),
    bad("quantity-object", quantity={"value": "1"}),
    bad("quantity-null", quantity=None),
    bad("limit-price-boolean", limit_price=True),
    bad("limit-price-object", limit_price={}),
    bad("client-id-number", client_order_id=7),
    bad("stop-loss-list", stop_loss=[]),
)

BLANKS = (
    bad("symbol-blanks", symbol="   "),
    bad("symbol-tab", symbol="\t"),
)

DECIMALS = (
    bad("quantity-as-number", quantity=1),
    bad("price-as-number", limit_price=0.01),
)


async def script(strategy: Played) -> None:
    """Sends every case, a valid order and a fence, and asks for what there is."""
    table = (*MISSING, *QUANTITIES, *WORDS, *TYPES)
    await send_table(strategy, table, doubtful=(*BLANKS, *DECIMALS))


no_symbol = refuses("VAL-10", "an order without symbol was answered", {"no-symbol"})
no_side = refuses("VAL-11", "an order without side was answered", {"no-side"})
no_quantity = refuses(
    "VAL-12", "an order without quantity was answered", {"no-quantity"}
)
no_order_type = refuses(
    "VAL-13", "an order without order_type was answered", {"no-order-type"}
)
empty_symbol = refuses(
    "VAL-14",
    "an order with an empty symbol was answered",
    {"symbol-empty"},
    ANY_REFUSAL,
)
blank_symbol = refuses(
    "VAL-18",
    "an order with a symbol of blanks was answered",
    {case.name for case in BLANKS},
    ANY_REFUSAL,
)
zero_quantity = refuses(
    "VAL-20",
    "an order for a quantity of zero was answered",
    {"quantity-zero", "quantity-zeros"},
)
negative_quantity = refuses(
    "VAL-21",
    "an order for a negative quantity was answered",
    {"quantity-negative", "quantity-negative-market"},
)
no_number = refuses(
    "VAL-22",
    "an order for a quantity that is no number was answered",
    {
        "quantity-nan",
        "quantity-infinite",
        "quantity-word",
        "quantity-blank",
        "quantity-comma",
        "quantity-two-points",
        "quantity-unit",
    },
)
unknown_side = refuses(
    "VAL-24",
    "an order with an unknown side was answered",
    {"side-unknown", "side-empty"},
)
unknown_type = refuses(
    "VAL-25",
    "an order of an unknown type was answered",
    {"type-unknown", "type-unknown-market"},
)
unknown_time_in_force = refuses(
    "VAL-26", "an order with an unknown time in force was answered", {"tif-unknown"}
)
unknown_mode = refuses(
    "VAL-27",
    "an order with an unknown trailing type or margin mode was answered",
    {"trailing-type-unknown", "margin-mode-unknown"},
)
flags = refuses(
    "VAL-28",
    "an order with a flag that is no boolean was answered",
    {"flag-text", "flag-number", "flag-text-hidden"},
)
wrong_types = refuses(
    "VAL-64",
    "an order with a field of the wrong JSON type was answered",
    {case.name for case in TYPES},
)
numbers = refuses(
    "VAL-66",
    "an order with a decimal sent as a JSON number was answered",
    {case.name for case in DECIMALS},
)
named = names_the_field(NAMED)
traceless = leaves_no_order()
silent = announces_nothing()
served = serves_the_next()
blamed = blames_the_client()
