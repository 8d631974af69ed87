"""Each operation is asked once, and reading changes nothing."""

from collections.abc import Iterator
from datetime import timedelta

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked, number, shown, submitted
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.suite.check import check
from conformance.suite.exit_steps import position_path

NEEDS = Needs(symbols=2)

SKEW_SECONDS = 5.0

STATE = ("orders", "positions", "trades")


async def script(strategy: Played) -> None:
    """Trades a little, then reads everything, twice, with the state around it."""
    stream = await strategy.stream()
    symbol, other = strategy.symbols
    await strategy.bought(stream, "4", symbol=symbol, surprise="ignored")
    await strategy.bought(stream, "4", symbol=other)
    order = await strategy.resting(symbol=symbol, quantity="2")
    await strategy.modify(order.id, limit_price="0.02", surprise="ignored")
    await _state(strategy, "before")
    await _read(strategy, order.id)
    await _state(strategy, "after")
    held = await strategy.positions(other)
    if held:
        await strategy.get(position_path(held[0]))
        await strategy.delete(position_path(held[0]))
    await strategy.delete(f"/v1/orders?symbol={symbol}")
    await strategy.delete(f"/v1/positions?symbol={symbol}")
    await strategy.fence()


async def _state(strategy: Played, name: str) -> None:
    strategy.note("state", f"the state {name} reading", when=name)
    for symbol in strategy.symbols:
        for what in STATE:
            await strategy.get(f"/v1/{what}?symbol={symbol}")


async def _read(strategy: Played, order_id: str) -> None:
    symbol = strategy.symbol
    paths = (
        "/livez",
        "/readyz",
        "/health",
        "/v1/account",
        "/v1/capabilities",
        "/v1/status",
        "/v1/circuit-breakers",
        "/v1/orders",
        "/v1/orders/history",
        f"/v1/orders/{order_id}",
        "/v1/trades",
        "/v1/positions",
        f"/v1/quotes/{symbol}",
        f"/v1/bars/{symbol}?timeframe=1h&limit=5",
    )
    for path in paths:
        await strategy.get(path)


def _states(transcript: Transcript, when: str) -> Iterator[Exchange]:
    """The six lists that follow the note."""
    place = None
    for entry in transcript.entries:
        if (entry.data.get("facts") or {}).get("when") == when:
            place = entry.number
    found = (e for e in exchanges(transcript) if place and e.request.number > place)
    yield from [e for e, _ in zip(found, range(2 * len(STATE)), strict=False)]


def _settled(body: Json) -> Json:
    """The rows without what the market moves, and the times that others judge."""
    moving = {"current_price", "unrealized_pnl", "updated_at", "opened_at"}
    moving |= {"correlation_id"}
    rows = body if isinstance(body, list) else []
    return [{k: v for k, v in row.items() if k not in moving} for row in rows]


@check("CON-70", occurs="the state was listed before and after reading")
def reading_changes_nothing(transcript: Transcript) -> Iterator[Observation]:
    pairs = zip(
        _states(transcript, "before"), _states(transcript, "after"), strict=False
    )
    for before, after in pairs:
        if before.status != 200 or after.status != 200:
            continue
        yield occurred(before, after)
        if _settled(before.body) != _settled(after.body):
            yield finding(
                f"{before.target} showed {before.body} before a round of reading and "
                f"{after.body} after it.",
                before,
                after,
            )


@check("CON-71", occurs="an order or a change with an unknown field was accepted")
def an_unknown_field_changes_nothing(transcript: Transcript) -> Iterator[Observation]:
    for order in submitted(transcript):
        if "surprise" not in order.fields or not order.accepted:
            continue
        for fetched, row in shown(transcript, order.id):
            yield occurred(order.exchange, fetched)
            for name in ("symbol", "side", "order_type", "quantity"):
                if not _same(row, order.fields, name):
                    yield finding(
                        f"An order with an unknown field was sent with {name} "
                        f"{order.fields[name]} and shows {row.get(name)}.",
                        order.exchange,
                        fetched,
                    )
    for patch in asked(transcript, "PATCH", "v1", "orders", None):
        body = patch.body if isinstance(patch.body, dict) else {}
        sent = patch.sent if isinstance(patch.sent, dict) else {}
        changed = body.get("order")
        if patch.status == 200 and isinstance(changed, dict):
            yield occurred(patch)
            if not _same(changed, sent, "limit_price"):
                yield finding(
                    "A change with an unknown field, of limit_price to "
                    f"{sent.get('limit_price')}, set {changed.get('limit_price')}.",
                    patch,
                )


def _same(row: dict[str, Json], sent: dict[str, Json], name: str) -> bool:
    """Whether a field is told as it was sent, in whatever digits, or not at all."""
    if name not in row:
        return True
    if name in ("quantity", "limit_price"):
        return number(row, name) == number(sent, name)
    return bool(row.get(name) == sent.get(name))


@check("CON-67", occurs="an id that was told was put into a path")
def an_id_addresses_what_it_names(transcript: Transcript) -> Iterator[Observation]:
    for exchange in exchanges(transcript):
        named = exchange.segments[-2:-1] in (("orders",), ("positions",))
        if not named or exchange.method != "GET" or exchange.segments[-1] == "history":
            continue
        yield occurred(exchange)
        body = exchange.body if isinstance(exchange.body, dict) else {}
        if exchange.status != 200 or body.get("id") != exchange.segments[-1]:
            yield finding(
                f"The id {exchange.segments[-1]}, which the Gateway told, was answered "
                f"with {exchange.status} and the id {body.get('id')}.",
                exchange,
            )


@check("CON-68", occurs="an order's symbol was shown")
def a_symbol_comes_back_as_it_was_sent(
    transcript: Transcript,
) -> Iterator[Observation]:
    ours = {o.id: o for o in submitted(transcript) if o.accepted}
    for exchange in asked(transcript, "GET", "v1", "orders", None):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        order = ours.get(body.get("id"))
        if order is not None:
            yield occurred(order.exchange, exchange)
            if body.get("symbol") != order.fields["symbol"]:
                yield finding(
                    f"An order for {order.fields['symbol']} shows the symbol "
                    f"{body.get('symbol')}.",
                    order.exchange,
                    exchange,
                )


@check("CON-64", occurs="the connection status told a time beside our clock")
def the_clocks_agree(transcript: Transcript) -> Iterator[Observation]:
    began = instant_of(transcript.header.started)
    for exchange in asked(transcript, "GET", "v1", "quotes", None):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        try:
            theirs = instant_of(body.get("timestamp"))
        except NotAnInstant:
            continue
        asked_at = began + timedelta(seconds=exchange.request.at)
        yield occurred(exchange)
        apart = abs((theirs - asked_at).total_seconds())
        if apart > SKEW_SECONDS:
            yield finding(
                f"A quote asked for at {asked_at.isoformat()} tells "
                f"{body['timestamp']}, "
                f"{apart:.1f} s away from our clock.",
                exchange,
            )


@check("CON-63", occurs="an order or a position told two times")
def nothing_is_updated_before_it_was_made(
    transcript: Transcript,
) -> Iterator[Observation]:
    for exchange in exchanges(transcript):
        body = exchange.body
        for row in body if isinstance(body, list) else [body]:
            made = isinstance(row, dict) and (
                row.get("created_at") or row.get("opened_at")
            )
            if not made or not isinstance(row, dict):
                continue
            try:
                early, late = instant_of(made), instant_of(row.get("updated_at"))
            except NotAnInstant:
                continue
            yield occurred(exchange)
            if late < early:
                yield finding(
                    f"{row.get('id')} was made at {made} and updated before, at "
                    f"{row['updated_at']}.",
                    exchange,
                )
