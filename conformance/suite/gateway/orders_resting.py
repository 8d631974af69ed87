"""A limit order that rests is filled when the market comes to it; a cancel ends it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.changes import cancels, fenced, told
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, asked, number
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check

NEEDS = Needs(symbols=3)

NEAR = Decimal("0.0002")
"""How far from the market the orders rest, in parts of the price."""

LOOKS = 40
"""How often the market is asked for between two ticks."""

TICKS = 3


async def script(strategy: Played) -> None:
    """Rests a buy just below and a sell just above, until the market met one."""
    stream = await strategy.stream()
    low, high, last = strategy.symbols
    orders = [await _near(strategy, low, "BUY"), await _near(strategy, high, "SELL")]
    met = await _met(strategy, stream, orders)
    if met is not None:
        budget = strategy.pace.quiet
        await strategy.announced(stream, met.id, "ORDER_FILLED", seconds=budget)
        # An order that is sent after the market came to it was filled meanwhile.
        await strategy.bought(stream, "1", symbol=last)
        await strategy.show(met.id)
    cancelled = await strategy.resting(symbol=last, quantity="2")
    for _ in range(2):
        await strategy.cancel(cancelled.id)
    await strategy.fence()


async def _near(strategy: Played, symbol: str, side: str) -> Placed:
    price = await strategy.price(symbol)
    away = price * NEAR * (-1 if side == "BUY" else 1)
    limit = (price + away).quantize(Decimal("0.0001"))
    fields = {"order_type": "LIMIT", "limit_price": str(limit), "quantity": "2"}
    return await strategy.place(symbol=symbol, side=side, **fields)


async def _met(
    strategy: Played, stream: PlayedStream, orders: list[Placed]
) -> Placed | None:
    """The first order whose limit the market was quoted at, or beyond."""
    for _ in range(TICKS):
        heard = len(stream.heard)
        for _ in range(LOOKS):
            for order in orders:
                name = quote(str(order.fields["symbol"]), safe="")
                reply = await strategy.get(f"/v1/quotes/{name}")
                if reply.status == 200 and _is_met(order.fields, reply.json):
                    return order
        await strategy.wait(
            stream, "a tick", lambda h: h.type in ("candle", "quote"), since=heard
        )
    return None


def _is_met(order: Mapping[str, Json], shown: Json) -> bool:
    """Whether a quote is as good as the order's limit: the worse side of the two."""
    if not isinstance(shown, dict):
        return False
    limit = number(dict(order), "limit_price")
    price = number(shown, "ask" if order.get("side") == "BUY" else "bid")
    if limit is None or price is None:
        return False
    return price <= limit if order.get("side") == "BUY" else price >= limit


@check("ORD-17", occurs="the market was quoted at the price of an order that rests")
def a_resting_order_is_filled_when_it_is_met(
    transcript: Transcript,
) -> Iterator[Observation]:
    for order in accepted(transcript):
        symbol = str(order.fields.get("symbol"))
        quotes = [
            exchange
            for exchange in asked(transcript, "GET", "v1", "quotes", symbol)
            if exchange.status == 200
            and exchange.request.number > order.exchange.numbers[-1]
            and _is_met(order.fields, exchange.body)
        ]
        for shown in asked(transcript, "GET", "v1", "orders", str(order.id)):
            body = shown.body if isinstance(shown.body, dict) else {}
            if not quotes or order.fields.get("order_type") != "LIMIT":
                continue
            yield occurred(order.exchange, quotes[0], shown)
            if not number(body, "filled_quantity"):
                side = "ask" if order.fields.get("side") == "BUY" else "bid"
                yield finding(
                    f"A {order.fields.get('side')} of {symbol} rests at "
                    f"{order.fields.get('limit_price')}; the {side} was "
                    f"{quotes[0].body[side]}, and it is {body.get('status')} with "  # type: ignore[index]
                    f"{body.get('filled_quantity')} filled.",
                    order.exchange,
                    quotes[0],
                    shown,
                    cause="Is the price looked at only once?",
                )


@check("ORD-32", occurs="an order that was cancelled was cancelled again")
def a_second_cancel_announces_nothing(transcript: Transcript) -> Iterator[Observation]:
    by_order: dict[str, int] = {}
    for cancel in cancels(transcript):
        by_order[cancel.id] = by_order.get(cancel.id, 0) + 1
        if by_order[cancel.id] < 2 or cancel.at > fenced(transcript):
            continue
        said = told(transcript, cancel.id, "ORDER_CANCELLED")
        yield occurred(cancel.exchange)
        if len(said) > 1:
            yield finding(
                f"Order {cancel.id} was cancelled {by_order[cancel.id]} times, and "
                f"ORDER_CANCELLED announced {len(said)} times.",
                cancel.exchange,
                *(each.entry for each in said),
                cause="Is a cancelled order cancelled again?",
            )
