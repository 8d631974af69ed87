"""Lists of trades and positions hold what their filters say, all of it and no more."""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import in_time, near, rows, whole_lists
from conformance.judge.orders import asked, number
from conformance.judge.positions import holdings
from conformance.judge.tellings import tellings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.protocol.instants import instant_of
from conformance.suite.check import check

NEEDS = Needs(symbols=2)


async def script(strategy: Played) -> None:
    """Trades two symbols, then asks for parts of what was traded and held."""
    stream = await strategy.stream()
    await strategy.get("/v1/account")
    one, other = strategy.symbols
    bought = await strategy.bought(stream, "2", symbol=one)
    await asyncio.gather(
        strategy.bought(stream, "3", symbol=one),
        strategy.bought(stream, "5", symbol=other),
    )
    await strategy.bought(stream, "4", symbol=one)
    listed = await strategy.get(f"/v1/trades?symbol={quote(one, safe='')}")
    await strategy.get(f"/v1/trades?symbol={quote(other, safe='')}")
    await strategy.get(f"/v1/trades?order_id={quote(bought.id, safe='')}")
    await _parts(strategy, one, listed.json)
    await strategy.get("/v1/positions")
    await strategy.positions(one)
    await strategy.positions(other)
    await strategy.get("/v1/positions/no-such-position")
    for name in strategy.symbols:
        await strategy.get(f"/v1/orders/history?symbol={quote(name, safe='')}")
    await strategy.get("/v1/account")
    await strategy.fence()


async def _parts(strategy: Played, symbol: str, listed: Json) -> None:
    """The trades since and until the second of three, and one of them."""
    trades = in_time(row for row in listed or () if isinstance(row, dict))
    path = f"/v1/trades?symbol={quote(symbol, safe='')}"
    if len(trades) > 2:
        middle = quote(str(trades[1].get("timestamp")), safe="")
        await strategy.get(f"{path}&since={middle}")
        await strategy.get(f"{path}&until={middle}")
    await strategy.get(f"{path}&limit=1")


def lists(transcript: Transcript, *filters: str) -> Iterator[Exchange]:
    """The lists of trades that were asked for with just these filters."""
    for exchange in asked(transcript, "GET", "v1", "trades"):
        if exchange.status == 200 and {n for n, _ in exchange.query} == set(filters):
            yield exchange


def _ids(trades: tuple[dict[str, Json], ...]) -> list[str]:
    return sorted(str(trade.get("id")) for trade in trades)


def _whole(transcript: Transcript, symbol: str) -> tuple[dict[str, Json], ...]:
    """All trades of a symbol, from the first list that leaves none out."""
    found = next(whole_lists(transcript, "symbol", symbol), None)
    return () if found is None else found.of("symbol", symbol)


@check("LED-40", occurs="trades of one of two symbols were listed")
def trades_of_a_symbol(transcript: Transcript) -> Iterator[Observation]:
    filled = {
        order_id: told[-1].order
        for order_id, told in tellings(transcript).items()
        if told[-1].number("filled_quantity")
    }
    for exchange in lists(transcript, "symbol"):
        symbol = dict(exchange.query)["symbol"]
        yield occurred(exchange)
        strange = {str(t.get("symbol")) for t in rows(exchange)} - {symbol}
        mine = {i for i, o in filled.items() if o.get("symbol") == symbol}
        missing = mine - {str(t.get("order_id")) for t in rows(exchange)}
        if strange or missing:
            yield finding(
                f"Trades of {symbol} hold those of {sorted(strange) or 'no other'}, "
                f"and lack those of the orders {sorted(missing) or 'none'}.",
                exchange,
            )


@check("LED-41", occurs="trades of one of several orders were listed")
def trades_of_an_order(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[0]
    whole = _whole(transcript, symbol)
    for exchange in lists(transcript, "order_id"):
        order_id = dict(exchange.query)["order_id"]
        wanted = tuple(t for t in whole if t.get("order_id") == order_id)
        if not wanted or len(wanted) == len(whole):
            continue
        yield occurred(exchange)
        if _ids(rows(exchange)) != _ids(wanted):
            yield finding(
                f"Trades of the order {order_id} are {_ids(rows(exchange))}; those of "
                f"{symbol} hold {_ids(wanted)} of it.",
                exchange,
            )


@check("LED-42", occurs="trades since the time of the second of three were listed")
def trades_since_a_time(transcript: Transcript) -> Iterator[Observation]:
    yield from _since_or_until(transcript, "since")


@check("LED-43", occurs="trades until the time of the second of three were listed")
def trades_until_a_time(transcript: Transcript) -> Iterator[Observation]:
    yield from _since_or_until(transcript, "until")


def _since_or_until(transcript: Transcript, name: str) -> Iterator[Observation]:
    symbol = transcript.header.symbols[0]
    whole = _whole(transcript, symbol)
    for exchange in lists(transcript, "symbol", name):
        limit = instant_of(dict(exchange.query)[name])
        wanted = tuple(t for t in whole if _keeps(name, t, limit))
        yield occurred(exchange)
        if _ids(rows(exchange)) != _ids(wanted):
            yield finding(
                f"Of {len(whole)} trades, those {name} {dict(exchange.query)[name]} "
                f"are {_ids(rows(exchange))}; by their times they are {_ids(wanted)}.",
                exchange,
                cause="Is the filter ignored, or its end taken the other way?",
            )


def _keeps(name: str, trade: dict[str, Json], limit: object) -> bool:
    at = instant_of(trade.get("timestamp"))
    return bool(at >= limit if name == "since" else at < limit)  # type: ignore[operator]


@check("LED-44", occurs="one trade of several was asked for")
def no_more_trades_than_asked_for(transcript: Transcript) -> Iterator[Observation]:
    for exchange in lists(transcript, "symbol", "limit"):
        if len(_whole(transcript, transcript.header.symbols[0])) < 2:
            continue
        yield occurred(exchange)
        if len(rows(exchange)) != int(dict(exchange.query)["limit"]):
            yield finding(
                f"{len(rows(exchange))} trades were listed; the limit was "
                f"{dict(exchange.query)['limit']}.",
                exchange,
            )


@check("LED-32", occurs="trades of ours were listed, and the orders that had ended")
def every_trade_has_its_order(transcript: Transcript) -> Iterator[Observation]:
    shown = {
        str(row.get("id"))
        for exchange in asked(transcript, "GET", "v1", "orders", "history")
        for row in rows(exchange)
    }
    for symbol in transcript.header.symbols if shown else ():
        for listed in whole_lists(transcript, "symbol", symbol):
            yield occurred(listed.exchange)
            for trade in listed.of("symbol", symbol):
                if str(trade.get("order_id")) not in shown:
                    yield finding(
                        f"The trade {trade.get('id')} of {symbol} names the order "
                        f"{trade.get('order_id')}, which no list of ended orders has.",
                        listed.exchange,
                        cause="Does something trade that nobody asked for?",
                    )


@check("LED-60", occurs="positions were listed with a symbol and without")
def positions_of_a_symbol(transcript: Transcript) -> Iterator[Observation]:
    for symbol in transcript.header.symbols:
        held = list(holdings(transcript, symbol))
        narrow = [h for h in held if "symbol" in dict(h.exchange.query)]
        wide = [h for h in held if not h.exchange.query]
        for one in narrow[-1:]:
            strange = [r for r in rows(one.exchange) if r.get("symbol") != symbol]
            yield occurred(one.exchange)
            if strange or any(w.quantity != one.quantity for w in wide[-1:]):
                yield finding(
                    f"Positions of {symbol} are told as {one.quantity}, with "
                    f"{len(strange)} of other symbols; the list of all has "
                    f"{[str(w.quantity) for w in wide[-1:]]}.",
                    one.exchange,
                )


@check("LED-61", occurs="a position that never was was asked for")
def an_unknown_position_is_not_found(transcript: Transcript) -> Iterator[Observation]:
    for exchange in asked(transcript, "GET", "v1", "positions", "no-such-position"):
        if exchange.status is None:
            continue
        yield occurred(exchange)
        if exchange.status != 404:
            yield finding(
                f"An unknown position was answered with {exchange.status}.", exchange
            )


@check("LED-70", occurs="the account was told")
def equity_is_balance_and_profit(transcript: Transcript) -> Iterator[Observation]:
    for exchange in asked(transcript, "GET", "v1", "account"):
        account = exchange.body if isinstance(exchange.body, dict) else {}
        names = ("equity", "balance", "unrealized_pnl")
        equity, balance, profit = (number(account, name) for name in names)
        if equity is None or balance is None or profit is None:
            continue
        yield occurred(exchange)
        if not near(equity, balance + profit):
            yield finding(
                f"The account's equity is {equity}; its balance {balance} and its "
                f"unrealized profit {profit} make {balance + profit}.",
                exchange,
            )


@check("LED-75", occurs="the account was told twice")
def the_currency_stays(transcript: Transcript) -> Iterator[Observation]:
    told = [e for e in asked(transcript, "GET", "v1", "account") if e.status == 200]
    names = [e.body.get("currency") for e in told if isinstance(e.body, dict)]
    if len(names) < 2:
        return
    yield occurred(*told)
    if len(set(names)) > 1:
        yield finding(f"The account's currency was told as {names}.", *told)
