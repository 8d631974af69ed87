"""A close is an order that can be found; it keeps its limit and its own position."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements, asked, number, shown
from conformance.judge.positions import Closing, closings, holdings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_steps import closed, position_path

NEEDS = Needs(symbols=6, seconds=25)

LONG, SHORT, FAR_LIMIT, NEAR_LIMIT, KEPT, TWICE = range(6)


async def script(strategy: Played) -> None:
    """Closes a long, a short, two at limits, one twice; one is only looked at."""
    stream = await strategy.stream()
    last = await strategy.price()
    orders = [
        await strategy.place(
            symbol=symbol, quantity="4", side="SELL" if place == SHORT else "BUY"
        )
        for place, symbol in enumerate(strategy.symbols)
    ]
    for order in orders:
        await strategy.announced(stream, order.id, "ORDER_FILLED")
    await _unknown(strategy, strategy.symbols[KEPT])
    await _at_limits(strategy, last)
    for symbol in (strategy.symbols[LONG], strategy.symbols[SHORT]):
        answer = await closed(strategy, stream, symbol)
        order_id = answer.field("id") if answer else None
        if isinstance(order_id, str):
            await strategy.show(order_id)
            await strategy.get(f"/v1/trades?order_id={order_id}")
        await strategy.positions(strategy.symbols[KEPT])
    await _twice_at_once(strategy, strategy.symbols[TWICE])
    await strategy.fence()


async def _twice_at_once(strategy: Played, symbol: str) -> None:
    """Closes one position over two connections at the same time."""
    for position in (await strategy.positions(symbol))[:1]:
        path = position_path(position)
        closes = (strategy.client().request("DELETE", path) for _ in range(2))
        for answer in await asyncio.gather(*closes):
            order_id = answer.field("id")
            if isinstance(order_id, str):
                await strategy.done(strategy.open_streams[0], order_id)
        await strategy.positions(symbol)


async def _unknown(strategy: Played, symbol: str) -> None:
    """Closes a position whose id is nearly that of one that is held."""
    for position in (await strategy.positions(symbol))[:1]:
        reply = await strategy.delete(position_path({"id": f"{position['id']}-not"}))
        order_id = reply.field("id")
        if isinstance(order_id, str):
            await strategy.done(strategy.open_streams[0], order_id)
        await strategy.fence()
        await strategy.positions(symbol)


async def _at_limits(strategy: Played, last: Decimal) -> None:
    """Closes at a limit that no market reaches, and at one that it has reached."""
    stream = strategy.open_streams[0]
    for place, times in {FAR_LIMIT: "2", NEAR_LIMIT: "0.9"}.items():
        limit = (last * Decimal(times)).quantize(Decimal("0.01"))
        held = await strategy.positions(strategy.symbols[place])
        if not held:
            continue
        body = {"order_type": "LIMIT", "limit_price": str(limit)}
        reply = await strategy.request("DELETE", position_path(held[0]), json=body)
        order_id = reply.field("id")
        if not isinstance(order_id, str):
            continue
        if place == NEAR_LIMIT:
            await strategy.done(stream, order_id)
        else:
            # It must not fill: where it does, that takes no longer than this.
            await strategy.wait(
                stream,
                "a fill of the close at a limit out of reach",
                lambda heard, i=order_id: (  # type: ignore[misc]
                    heard.order.get("id") == i and heard.event == "ORDER_FILLED"
                ),
                strategy.pace.quiet,
            )
        await strategy.show(order_id)


def _whole(transcript: Transcript) -> Iterator[Closing]:
    """The closes of the long and of the short position, that were accepted."""
    for place in (LONG, SHORT):
        for closing in closings(transcript, transcript.header.symbols[place]):
            if closing.exchange.status == 200 and closing.before.quantity:
                yield closing


def _order_id(exchange: Exchange) -> str:
    body = exchange.body
    return str(body.get("id")) if isinstance(body, dict) else ""


@check("EXI-60", occurs="a close at a limit was accepted")
def a_close_keeps_its_limit(transcript: Transcript) -> Iterator[Observation]:
    for close in asked(transcript, "DELETE", "v1", "positions", None):
        sent = close.sent
        limit = number(sent, "limit_price") if isinstance(sent, dict) else None
        if limit is None or close.status != 200:
            continue
        told = [a.entry for a in announcements(transcript, order_id=_order_id(close))]
        seen = list(shown(transcript, _order_id(close)))
        yield occurred(close, *told, *(exchange for exchange, _ in seen))
        for exchange, order in seen:
            price = number(order, "average_fill_price")
            if number(order, "filled_quantity") and price is not None and price < limit:
                yield finding(
                    f"A close of a long position at the limit {limit} was filled at "
                    f"{price}.",
                    close,
                    exchange,
                    cause="Is the limit of a close thrown away?",
                )


@check("EXI-62", occurs="a close of an unknown position was answered")
def an_unknown_position_is_not_found(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[KEPT]
    for close in asked(transcript, "DELETE", "v1", "positions", None):
        if not close.segments[-1].endswith("-not"):
            continue
        at = close.request.number
        after = [
            h for h in holdings(transcript, symbol) if h.exchange.request.number > at
        ]
        yield occurred(close)
        if close.status != 404:
            yield finding(
                f"A close of the unknown position {close.segments[-1]} was answered "
                f"with {close.status}.",
                close,
            )
        elif after and after[0].quantity != 4:
            yield finding(
                f"A close of the unknown position {close.segments[-1]} left "
                f"{after[0].quantity} of 4 {symbol}.",
                close,
                after[0].exchange,
            )


@check("EXI-63", occurs="a close was accepted and its order asked for")
def a_close_is_an_order(transcript: Transcript) -> Iterator[Observation]:
    for closing in _whole(transcript):
        order_id = _order_id(closing.exchange)
        side = "SELL" if closing.before.quantity > 0 else "BUY"
        for asked_for in asked(transcript, "GET", "v1", "orders", order_id):
            yield occurred(closing.exchange, asked_for)
            order = asked_for.body if isinstance(asked_for.body, dict) else {}
            if asked_for.status != 200 or order.get("side") != side:
                yield finding(
                    f"The close of {closing.before.quantity} was answered with the "
                    f"order {order_id!r}; asked for it, the Gateway answers "
                    f"{asked_for.status} and the side {order.get('side')}.",
                    closing.exchange,
                    asked_for,
                )
        yield from _trades_of(transcript, closing, order_id)


def _trades_of(
    transcript: Transcript, closing: Closing, order_id: str
) -> Iterator[Observation]:
    for listed in asked(transcript, "GET", "v1", "trades"):
        if dict(listed.query).get("order_id") != order_id:
            continue
        rows = listed.body if isinstance(listed.body, list) else []
        traded = sum((number(row, "quantity") or Decimal(0) for row in rows), Decimal())
        if traded != abs(closing.moved):
            yield finding(
                f"The close moved the position by {closing.moved}; its order "
                f"{order_id} has trades of {traded}.",
                closing.exchange,
                listed,
            )


@check("EXI-65", occurs="a position was closed while another was held")
def a_close_touches_no_other_position(
    transcript: Transcript,
) -> Iterator[Observation]:
    kept = transcript.header.symbols[KEPT]
    for closing in _whole(transcript):
        at = closing.exchange.request.number
        listed = list(holdings(transcript, kept))
        before = [h for h in listed if h.exchange.request.number < at]
        after = [h for h in listed if h.exchange.request.number > at]
        if not before or not after:
            continue
        yield occurred(closing.exchange, after[0].exchange)
        if after[0].quantity != before[-1].quantity:
            yield finding(
                f"A close of {closing.before.symbol} moved {kept} from "
                f"{before[-1].quantity} to {after[0].quantity}.",
                before[-1].exchange,
                closing.exchange,
                after[0].exchange,
            )


@check(
    "EXI-47", occurs="two closes of one position were sent at once, and one accepted"
)
def two_closes_close_once(transcript: Transcript) -> Iterator[Observation]:
    both = list(closings(transcript, transcript.header.symbols[TWICE]))
    if len(both) == 2 and any(c.exchange.status == 200 for c in both):
        last = both[-1]
        yield occurred(*(c.exchange for c in both), last.after.exchange)
        if last.after.quantity < 0:
            yield finding(
                f"Two closes of {last.before.quantity} at once left "
                f"{last.after.quantity}: the position was turned.",
                *(c.exchange for c in both),
                last.after.exchange,
                cause="Is the order of a close not reduce-only?",
            )
