"""A position that is opened, grown, reduced, turned and closed is what was traded."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.judge.ledger import ZERO, Squared, in_time, near, squared
from conformance.judge.orders import accepted, announcements, asked, number
from conformance.judge.positions import holdings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check
from conformance.suite.exit_steps import position_path

NEEDS = Needs(symbols=2)

STEPS = (
    ("BUY", "300"),
    ("BUY", "200"),
    ("SELL", "100"),
    ("SELL", "600"),
    ("BUY", "200"),
)
"""Open long, grow, reduce, turn short, close."""

MOVING = frozenset({"current_price", "unrealized_pnl", "updated_at"})
CENT = Decimal("0.01")


async def script(strategy: Played) -> None:
    """Trades through every kind of position; beside it holds one of another symbol."""
    stream = await strategy.stream()
    await strategy.get("/v1/account")
    await strategy.get("/v1/capabilities")
    await asyncio.gather(_through(strategy, stream), _beside(strategy, stream))
    await strategy.get("/v1/positions")
    await strategy.positions(strategy.symbols[1])
    for name in strategy.symbols:
        await strategy.get(f"/v1/orders/history?symbol={quote(name, safe='')}")
    await strategy.get("/v1/positions/no-such-position")
    await strategy.get("/v1/account")
    await strategy.fence()


async def _through(strategy: Played, stream: PlayedStream) -> None:
    for step, (side, quantity) in enumerate(STEPS):
        if step == 2:
            await _at_another_price(strategy, stream)
        await strategy.bought(stream, quantity, side)
        await _square(strategy)
        if side == "BUY":
            await _rest(strategy)


async def _at_another_price(strategy: Played, stream: PlayedStream) -> None:
    """Waits until the market has moved: a profit of nothing would show nothing."""
    heard = len(stream.heard)
    price = await strategy.price()
    (position, *_) = await strategy.positions() or [{}]
    if number(position, "average_entry_price") == price:
        await strategy.wait(
            stream, "a tick", lambda h: h.type in ("candle", "quote"), since=heard
        )


async def _square(strategy: Played) -> None:
    """Trades, positions, trades: what stands between two equal lists fits them."""
    trades = f"/v1/trades?symbol={quote(strategy.symbol, safe='')}"
    await strategy.get(trades)
    for position in await strategy.positions():
        await strategy.get(position_path(position))
    await strategy.get(trades)


async def _rest(strategy: Played) -> None:
    """An order that nothing is filled of, between two looks at the positions."""
    order = await strategy.resting(quantity="7")
    await strategy.positions()
    await strategy.cancel(order.id)


async def _beside(strategy: Played, stream: PlayedStream) -> None:
    await strategy.bought(stream, "1", symbol=strategy.symbols[1])


def settled(transcript: Transcript) -> Iterator[Squared]:
    """Every moment at which trades and positions of a symbol were told together."""
    for symbol in transcript.header.symbols:
        yield from squared(transcript, symbol)


@check("LED-50", occurs="positions were listed between two equal lists of trades")
def a_position_is_what_was_traded(transcript: Transcript) -> Iterator[Observation]:
    for moment in settled(transcript):
        held, traded = moment.holding.quantity, moment.book.quantity
        yield occurred(*moment.where)
        if held != traded:
            yield finding(
                f"{len(moment.trades.trades)} trades of {moment.holding.symbol} add up "
                f"to {traded}; the position is told {held}.",
                *moment.where,
            )


@check("LED-51", occurs="a position with trades of several prices was listed")
def the_entry_price_is_the_mean(transcript: Transcript) -> Iterator[Observation]:
    for moment in settled(transcript):
        rows, book = moment.holding.positions, moment.book
        if (
            len(rows) != 1
            or not book.quantity
            or moment.holding.quantity != book.quantity
        ):
            continue
        entry = number(rows[0], "average_entry_price")
        yield occurred(*moment.where)
        if entry is None or not near(entry, book.entry):
            yield finding(
                f"The position of {moment.holding.symbol} is told to be entered at "
                f"{entry}; its trades were at {book.entry:.12f} on average.",
                *moment.where,
            )


@check("LED-52", occurs="trades that add up to nothing were told beside the positions")
def what_is_flat_has_no_position(transcript: Transcript) -> Iterator[Observation]:
    for moment in settled(transcript):
        if not moment.trades.trades or moment.book.quantity:
            continue
        yield occurred(*moment.where)
        if moment.holding.positions:
            yield finding(
                f"The trades of {moment.holding.symbol} add up to nothing; "
                f"{len(moment.holding.positions)} positions are told, of "
                f"{moment.holding.quantity}.",
                *moment.where,
            )


@check("LED-53", occurs="a Gateway that nets listed a position")
def a_symbol_has_one_position(transcript: Transcript) -> Iterator[Observation]:
    told = (e.body for e in asked(transcript, "GET", "v1", "capabilities"))
    mode = next((b.get("position_mode") for b in told if isinstance(b, dict)), None)
    if mode != "NETTING":
        raise NotApplicable(f"the Gateway claims the position mode {mode}")
    for symbol in transcript.header.symbols:
        for holding in holdings(transcript, symbol):
            if holding.positions:
                yield occurred(holding.exchange)
            if len(holding.positions) > 1:
                yield finding(
                    f"{len(holding.positions)} positions of {symbol} are told.",
                    holding.exchange,
                )


@check("LED-56", occurs="positions were listed before and after an order that rests")
def a_resting_order_moves_nothing(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[0]
    listed = list(holdings(transcript, symbol))
    for order in accepted(transcript):
        if order.fields.get("order_type") != "LIMIT" or not order.exchange.response:
            continue
        if order.fields.get("symbol") != symbol:
            continue
        at = order.exchange.request.number
        before = [h for h in listed if h.exchange.request.number < at]
        after = [h for h in listed if h.exchange.request.number > at]
        if not before or not after:
            continue
        yield occurred(before[-1].exchange, order.exchange, after[0].exchange)
        if before[-1].quantity != after[0].quantity:
            yield finding(
                f"{before[-1].quantity} of {symbol} were held; after the order "
                f"{order.id}, which rests, {after[0].quantity}.",
                before[-1].exchange,
                order.exchange,
                after[0].exchange,
            )


@check("LED-58", occurs="a part was closed at another price than the entry's")
def realized_profit_is_shown(transcript: Transcript) -> Iterator[Observation]:
    for moment in settled(transcript):
        rows, book = moment.holding.positions, moment.book
        sides = [t.get("side") for t in in_time(moment.trades.trades)]
        reduced_once = sides[:3] == ["BUY", "BUY", "SELL"] and len(sides) == 3
        if len(rows) != 1 or not reduced_once or abs(book.realized) <= CENT:
            continue
        realized = number(rows[0], "realized_pnl")
        yield occurred(*moment.where)
        if realized is None or abs(realized - book.realized) > CENT:
            yield finding(
                f"A part of {moment.holding.symbol} was closed with a profit of "
                f"{book.realized:.6f}; the position tells {realized}.",
                *moment.where,
            )


@check("LED-59", occurs="a position that was listed was asked for by its id")
def list_and_position_tell_the_same(transcript: Transcript) -> Iterator[Observation]:
    for exchange in asked(transcript, "GET", "v1", "positions", None):
        row = _listed_before(transcript, exchange)
        if row is None:
            continue
        yield occurred(exchange)
        body = exchange.body if isinstance(exchange.body, dict) else {}
        names = sorted({*row, *body} - MOVING)
        differ = [n for n in names if row.get(n) != body.get(n)]
        if differ:
            told = ", ".join(f"{n} {row.get(n)!r} and {body.get(n)!r}" for n in differ)
            yield finding(
                f"The position {row.get('id')} is listed, and answered with "
                f"{exchange.status} by its id, with {told}.",
                exchange,
            )


def _listed_before(
    transcript: Transcript, exchange: Exchange
) -> dict[str, Json] | None:
    """The same position in the last list before it was asked for by its id."""
    found = None
    for holding in holdings(transcript, transcript.header.symbols[0]):
        if holding.exchange.request.number < exchange.request.number:
            mine = [
                p for p in holding.positions if p.get("id") == exchange.segments[-1]
            ]
            found = mine[0] if mine else None
    return found


@check("LED-83", occurs="positions were listed after an order was told filled")
def a_fill_is_in_the_position_when_it_is_told(
    transcript: Transcript,
) -> Iterator[Observation]:
    symbol = transcript.header.symbols[0]
    told = [
        a
        for a in announcements(transcript)
        if a.event == "ORDER_FILLED" and a.order.get("symbol") == symbol
    ]
    for holding in holdings(transcript, symbol):
        before = [a for a in told if a.entry.number < holding.exchange.request.number]
        if not before:
            continue
        total = sum((_moved(a.order) for a in before), ZERO)
        yield occurred(before[-1].entry, holding.exchange)
        if holding.quantity != total:
            yield finding(
                f"{len(before)} orders of {symbol} were told filled, {total} in all; "
                f"the position asked for after that is {holding.quantity}.",
                before[-1].entry,
                holding.exchange,
            )


def _moved(order: dict[str, Json]) -> Decimal:
    filled = number(order, "filled_quantity") or ZERO
    return filled if order.get("side") == "BUY" else -filled
