"""What a broker booked is what the strategy learns: trades, fees, profit, balance."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.accounts import LOOK, accounts_shown
from conformance.judge.broker_market import answer_of
from conformance.judge.broker_money import account_of, positions_of, shown_as
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import rows
from conformance.judge.noted import notes
from conformance.judge.orders import asked, messages_of_type, number
from conformance.judge.positions import signed
from conformance.judge.venue import Booked, booked, calls_during, frames
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import Heard, PlayedStream
from conformance.peers.venues.words import Ability, Operation
from conformance.suite.broker_orders import traded
from conformance.suite.check import check
from conformance.suite.exit_steps import position_path

NEEDS = Needs(start=False, symbols=5, seconds=40)

HOME = {"oanda": ("USD_CAD", "CAD")}
"""An account that is not in dollars, and what it trades there in its own currency."""

FINANCED = "financed"
UNSUPPORTED = (422, 501)
"""How a Gateway may say that a provider has no list of trades."""

COSTS = ("-1.2345", "0.3781")
"""Two days' financing: one that costs, one that is paid."""


async def script(strategy: Played) -> None:
    """Opens and closes a position at other prices; looks at all that is told of it."""
    venue, symbol = strategy.venue, _prepared(strategy)
    await strategy.start()
    stream = None
    if Ability.STREAM in venue.can:
        stream = await strategy.stream()
        await venue.streamed()
    short = Ability.SHORT in venue.can
    await _look(strategy, symbol, "flat")
    venue.price(symbol, "101.25")
    await traded(strategy, symbol, "30", "SELL" if short else "BUY")
    venue.price(symbol, "98.5" if short else "104.5")
    await _look(strategy, symbol, "held")
    if stream is not None and Ability.FINANCING in venue.can:
        await _finance(strategy, stream, symbol)
    left, side = ("30", "BUY") if short else ("25", "SELL")
    await traded(strategy, symbol, left, side)
    await _look(strategy, symbol, "closed")


def _prepared(strategy: Played) -> str:
    """Has the broker charge as it does, in its own currency; what is traded there."""
    venue = strategy.venue
    symbol, currency = HOME.get(venue.provider, (strategy.symbol, ""))
    if currency:
        venue.account_in(currency)
    if venue.provider == "binance_spot":
        venue.desk.books.buyer_rate = Decimal("0.001")
    return symbol


async def _look(strategy: Played, symbol: str, when: str) -> None:
    strategy.note(LOOK, f"the account while {when}", when=when)
    name = quote(symbol, safe="")
    await strategy.get("/v1/account")
    await strategy.get(f"/v1/trades?symbol={name}")
    listed = await strategy.get("/v1/positions")
    for row in listed.json if isinstance(listed.json, list) else ():
        if isinstance(row, dict):
            await strategy.get(position_path(row))


async def _finance(strategy: Played, stream: PlayedStream, symbol: str) -> None:
    for amount in COSTS:
        since = len(stream.heard)
        facts = {"symbol": symbol, "amount": amount}
        strategy.note(FINANCED, f"financing of {symbol}: {amount}", **facts)
        strategy.venue.financing(symbol, amount)

        def wanted(heard: Heard) -> bool:
            return heard.type == "financing"

        await strategy.wait(stream, "the financing", wanted, since=since)


@check("BRO-74", occurs="the broker showed a position, and one was told")
def a_position_is_the_brokers(transcript: Transcript) -> Iterator[Observation]:
    provider = transcript.header.provider
    for exchange in _shown_positions(transcript):
        one = exchange.body if isinstance(exchange.body, dict) else None
        told = rows(exchange) if one is None else (one,)
        operations = (Operation.POSITION, Operation.POSITIONS, Operation.ACCOUNT)
        answers = map(answer_of, calls_during(transcript, exchange, *operations))
        mine = [position for a in answers for position in positions_of(provider, a)]
        for row in told:
            yield from _priced(exchange, row)
            if len(mine) == 1 and len(told) == 1:
                yield occurred(exchange)
                wanted = {
                    "average_entry_price": mine[0].entry,
                    "current_price": mine[0].price,
                    "unrealized_pnl": mine[0].profit,
                }
                yield from _same(exchange, row, mine[0].quantity, wanted)
                yield from _named(transcript, exchange, row)


def _shown_positions(transcript: Transcript) -> Iterator[Exchange]:
    for template in ((), (None,)):
        for exchange in asked(transcript, "GET", "v1", "positions", *template):
            if exchange.status == 200 and exchange.body:
                yield exchange


def _priced(exchange: Exchange, row: dict[str, Json]) -> Iterator[Observation]:
    price = number(row, "current_price")
    if price is None:
        return
    if price <= 0:
        yield finding(
            f"A position of {number(row, 'quantity')} of {row.get('symbol')} was told "
            f"with the current price {price}, which no broker told.",
            exchange,
            key="positions without a price",
        )


def _same(
    exchange: Exchange,
    row: dict[str, Json],
    quantity: Decimal,
    wanted: dict[str, Decimal | None],
) -> Iterator[Observation]:
    if signed(row) != quantity:
        yield finding(
            f"The broker holds {quantity} of {row.get('symbol')}; the strategy was "
            f"told {row.get('quantity')}, {row.get('side')}.",
            exchange,
        )
    for name, value in wanted.items():
        if value is not None and number(row, name) != value:
            yield finding(
                f"The broker's position of {row.get('symbol')} has the {name} {value}; "
                f"the strategy was told {row.get(name)!r}.",
                exchange,
                key=f"a position's {name}",
            )


def _named(
    transcript: Transcript, exchange: Exchange, row: dict[str, Json]
) -> Iterator[Observation]:
    traded = {str(fill.entry.data["symbol"]) for fill in booked(transcript, "filled")}
    if str(row.get("symbol")) not in traded:
        yield finding(
            f"What is held of {', '.join(sorted(traded))} was told as a position of "
            f"{row.get('symbol')!r}.",
            exchange,
        )


@check("BRO-75", occurs="the broker showed the account, and it was told")
def the_account_is_the_brokers(transcript: Transcript) -> Iterator[Observation]:
    provider = transcript.header.provider
    for exchange in asked(transcript, "GET", "v1", "account"):
        if exchange.status != 200 or not isinstance(exchange.body, dict):
            continue
        answers = map(answer_of, calls_during(transcript, exchange, Operation.ACCOUNT))
        figures = [found for a in answers if (found := account_of(provider, a))]
        if not figures:
            continue
        yield occurred(exchange)
        for name, wanted in figures[-1].items():
            if number(exchange.body, name) != wanted:
                yield finding(
                    f"The broker's account has the {name} {wanted}; the strategy was "
                    f"told {exchange.body.get(name)!r}.",
                    exchange,
                )


@check("BRO-76", occurs="the broker booked financing while a stream was open")
def financing_is_told(transcript: Transcript) -> Iterator[Observation]:
    told = [
        (entry, message.get("symbol"), number(message, "amount"))
        for entry, message in messages_of_type(transcript, "financing")
    ]
    for frame in frames(transcript, kind="DAILY_FINANCING"):
        yield occurred(frame.entry)
        for row in frame.message["positionFinancings"]:
            wanted = (row["instrument"], Decimal(row["financing"]))
            later = [t for t in told if t[0].number > frame.entry.number]
            if not any((symbol, amount) == wanted for _, symbol, amount in later):
                heard = ", ".join(f"{a} for {s}" for _, s, a in later) or "nothing"
                yield finding(
                    f"The broker booked {wanted[1]} of financing for {wanted[0]}; the "
                    f"strategy was told {heard}.",
                    frame.entry,
                    *(entry for entry, _, _ in later),
                )


@check("BRO-77", occurs="trades were listed after the broker had filled an order")
def what_was_filled_is_listed(transcript: Transcript) -> Iterator[Observation]:
    for fill in booked(transcript, "filled"):
        lists = [
            exchange
            for exchange in asked(transcript, "GET", "v1", "trades")
            if exchange.request.number > fill.entry.number
            and exchange.status not in (None, *UNSUPPORTED)
        ]
        if not lists:
            continue
        yield occurred(fill.entry, lists[-1])
        found = [t for t in shown_as(transcript, fill) if t.where in lists]
        if found:
            continue
        last = lists[-1]
        shown = f"{len(rows(last))} others" if last.status == 200 else last.status
        yield finding(
            f"The broker filled {_said(fill)}; GET {last.target} is answered with "
            f"{shown}.",
            fill.entry,
            last,
        )


def _said(fill: Booked) -> str:
    data = fill.entry.data
    return f"a {data['side']} of {data['fill']} {data['symbol']} at {data['price']}"


@check("LED-36", occurs="the broker charged a commission for a trade that was told")
def a_commission_is_the_brokers(transcript: Transcript) -> Iterator[Observation]:
    for fill in booked(transcript, "filled"):
        currency = fill.entry.data.get("currency")
        if currency is None:
            continue
        for one in shown_as(transcript, fill):
            yield occurred(fill.entry, one.where)
            told = number(dict(one.trade), "commission")
            told_in = one.trade.get("commission_currency")
            if (told, told_in) != (fill.number("commission"), currency):
                yield finding(
                    f"For {_said(fill)} the broker charged "
                    f"{fill.entry.data['commission']} {currency}; the strategy was "
                    f"told a commission of {one.trade.get('commission')!r} "
                    f"{told_in!r}.",
                    fill.entry,
                    one.where,
                )


@check("LED-74", occurs="a position was opened and closed at another price")
def what_was_booked_is_the_change(transcript: Transcript) -> Iterator[Observation]:
    looks, fills = accounts_shown(transcript), tuple(booked(transcript, "filled"))
    if not {"flat", "closed"} <= looks.keys() or len(fills) < 2:
        return
    (before, first), (after, last) = looks["flat"], looks["closed"]
    start, end = number(first, "balance"), number(last, "balance")
    if start is None or end is None:
        return
    yield occurred(before, after)
    worth = -sum(fill.moved * fill.number("price") for fill in fills)
    here = (None, first.get("currency"))
    charged = (f for f in fills if f.entry.data.get("currency") in here)
    fees = sum((f.number("commission") for f in charged), Decimal(0))
    paid = (Decimal(facts["amount"]) for facts in notes(transcript, FINANCED))
    financing = sum(paid, Decimal(0))
    if end - start != worth - fees + financing:
        yield finding(
            f"The trades made {worth}, cost {fees} of commission and {-financing} of "
            f"financing; the balance changed by {end - start}.",
            before,
            after,
        )
