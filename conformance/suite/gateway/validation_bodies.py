"""An order whose body cannot be read is refused, and what comes after it is served."""

from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.bad_requests import Bad, send_table
from conformance.suite.refusals import (
    ANY_REFUSAL,
    announces_nothing,
    blames_the_client,
    leaves_no_order,
    refuses,
    serves_the_next,
)

NEEDS = Needs(symbols=3, seconds=30)

GOOD = (
    '{"symbol": "$SYMBOL", "side": "BUY", "quantity": "1", "order_type": "LIMIT", '
    '"limit_price": "0.01", "client_order_id": "$ID"}'
)

BROKEN = (
    Bad("no-json", body="symbol=$SYMBOL&side=BUY&quantity=1&order_type=MARKET"),
    Bad("cut-off", body=GOOD[:-1]),
    Bad("cut-off-in-a-string", body=GOOD[:-2]),
    Bad("something-after", body=GOOD + " {}"),
    Bad("a-second-order-after", body=GOOD + "\n" + GOOD),
    Bad("single-quotes", body=GOOD.replace('"', "'")),
    Bad("trailing-comma", body=GOOD[:-1] + ",}"),
    Bad("comment", body=GOOD + " // buy"),
    Bad("blank", body="   "),
    Bad("no-json-number", body=GOOD[:-1] + ', "stop_loss": NaN}'),
)

NOT_OBJECTS = (
    Bad("null", body="null"),
    Bad("string", body='"BUY 1 $SYMBOL"'),
    Bad("number", body="1"),
    Bad("empty-list", body="[]"),
    Bad("list-of-orders", body=f"[{GOOD}]"),
    Bad(
        "list-of-values",
        body='["$SYMBOL", "BUY", "1", "LIMIT", "0.01", null, null, null, null, null, '
        'null, false, false, false, null, null, null, "$ID", null, "GTC"]',
    ),
)

TYPES = (
    Bad("plain-text", body=GOOD, headers={"content-type": "text/plain"}),
    Bad(
        "form",
        body=GOOD,
        headers={"content-type": "application/x-www-form-urlencoded"},
    ),
    Bad("xml", body=GOOD, headers={"content-type": "application/xml"}),
)

TWICE = (
    Bad("quantity-twice", body=GOOD[:-1] + ', "quantity": "2"}'),
    Bad("side-twice", body=GOOD[:-1] + ', "side": "SELL"}'),
)

NOTHING = (
    Bad("no-body", body=""),
    Bad("no-body-but-a-type", body="", headers={"content-type": "application/json"}),
)


async def script(strategy: Played) -> None:
    """Sends every case with a valid order after it, and asks for what there is."""
    table = (*BROKEN, *NOT_OBJECTS, *TYPES, *NOTHING)
    await send_table(strategy, table, doubtful=TWICE, valid_each=True)


broken = refuses(
    "VAL-60",
    "an order whose body is no whole JSON text was answered",
    {case.name for case in BROKEN},
)
nothing = refuses(
    "VAL-61",
    "an order without a body was answered",
    {case.name for case in NOTHING},
    ANY_REFUSAL,
)
other_types = refuses(
    "VAL-62",
    "an order under another content type was answered",
    {case.name for case in TYPES},
    ANY_REFUSAL,
)
not_objects = refuses(
    "VAL-63",
    "an order that is JSON but no object was answered",
    {case.name for case in NOT_OBJECTS},
)
twice = refuses(
    "VAL-65",
    "an order that names a field twice was answered",
    {case.name for case in TWICE},
    ANY_REFUSAL,
)
traceless = leaves_no_order()
silent = announces_nothing()
served = serves_the_next()
blamed = blames_the_client()
