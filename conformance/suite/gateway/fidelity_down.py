"""What the venue tells comes down to the strategy as it is, or is not told at all."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import messages_of_type
from conformance.judge.venue import Frame, frames
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.money import NotADecimal, decimal_of
from conformance.protocol.words import TIMEFRAMES
from conformance.suite.check import check

NEEDS = Needs(engine=True)

STRANGE = "3m"
"""A timeframe that the Gateway has no word for."""


async def script(strategy: Played) -> None:
    """Orders of every kind, fills at long prices, bars of every timeframe."""
    engine, symbol = strategy.engine, strategy.symbol
    stream = await strategy.stream()
    await engine.linked()
    engine.by_hand = True
    part = await strategy.place(quantity="3", client_order_id="a/b é")
    engine.fill(part.id, "1", "100.123456789")
    engine.fill(part.id, "1.5", "99.987654321")
    limits = {"order_type": "STOP_LIMIT", "stop_price": "200", "limit_price": "201"}
    await strategy.place(**limits)
    await strategy.place(order_type="STOP", stop_price="300")
    await strategy.resting(time_in_force="IOC", limit_price=FAR_BELOW)
    await strategy.resting(reduce_only=True, side="SELL", limit_price="100000")
    for timeframe in (*TIMEFRAMES, STRANGE):
        engine.candle(symbol, "100.5", timeframe)
    last = engine.candle(symbol, "101")
    await strategy.told(stream, last)


Pair = tuple[Frame, dict[str, Json]]
Reading = Callable[[Json], object]


def _pairs(transcript: Transcript, kind: str) -> Iterator[Pair]:
    """What the venue told of a kind, with what the strategy heard under its id."""
    heard = {
        message.get("event_id"): message
        for _, message in messages_of_type(transcript, kind)
    }
    for frame in frames(transcript, kind=kind):
        message = heard.get(frame.event_id)
        if message is not None:
            yield frame, message


def _number(value: Json) -> object:
    try:
        return decimal_of(value)
    except NotADecimal:
        return value


def _venue_number(value: Json) -> object:
    return value if value is None else Decimal(str(value))


def _upper(value: Json) -> object:
    return value.upper() if isinstance(value, str) else value


def _same(value: Json) -> object:
    return value


def _moment(value: Json) -> object:
    try:
        return int(instant_of(value).timestamp() * 1000)
    except NotAnInstant:
        return value


ORDER: dict[str, tuple[Reading, Reading]] = {
    **dict.fromkeys(("id", "client_order_id", "symbol", "position_id"), (_same, _same)),
    **dict.fromkeys(("side", "order_type", "time_in_force"), (_upper, _same)),
    **dict.fromkeys(
        ("quantity", "filled_quantity", "average_fill_price"),
        (_venue_number, _number),
    ),
    "created_at": (_same, _moment),
}
TRADE: dict[str, tuple[Reading, Reading]] = {
    **dict.fromkeys(("id", "order_id", "symbol"), (_same, _same)),
    "side": (_upper, _same),
    **dict.fromkeys(("quantity", "price", "commission"), (_venue_number, _number)),
    "timestamp": (_same, _moment),
}
BAR: dict[str, tuple[Reading, Reading]] = {
    **dict.fromkeys(("symbol", "timeframe"), (_same, _same)),
    **dict.fromkeys(
        ("open", "high", "low", "close", "volume"), (_venue_number, _number)
    ),
    "timestamp": (_same, _moment),
}
"""Each field: how the venue's value reads, and how the strategy's does."""


def _compare(
    pairs: Iterator[Pair],
    inner: str,
    source: str | None,
    fields: dict[str, tuple[Reading, Reading]],
) -> Iterator[Observation]:
    for frame, message in pairs:
        told = frame.message[source] if source else frame.message
        heard = message.get(inner)
        yield occurred(frame.entry)
        for name, (venue, ours) in fields.items():
            wanted = venue(told.get(name))
            got = ours(heard.get(name)) if isinstance(heard, dict) else None
            if wanted is not None and got != wanted:
                yield finding(
                    f"The venue told a {inner} with {name} {told.get(name)!r}; the "
                    f"strategy was told {(heard or {}).get(name)!r}.",
                    frame.entry,
                )


@check("FID-13", occurs="the venue told of orders, and the strategy heard of them")
def orders_come_down_unchanged(transcript: Transcript) -> Iterator[Observation]:
    yield from _compare(_pairs(transcript, "order"), "order", "order", ORDER)
    for frame, message in _pairs(transcript, "order"):
        told, heard = frame.message["order"], message.get("order") or {}
        name = PRICE.get(told["order_type"])
        if name is not None and _number(heard.get(name)) != Decimal(told["price"]):
            yield finding(
                f"The venue told a {told['order_type']} order at {told['price']}; the "
                f"strategy was told the {name} {heard.get(name)!r}.",
                frame.entry,
            )


PRICE = {"limit": "limit_price", "stop": "stop_price", "stop_limit": "stop_price"}


@check("FID-14", occurs="the venue told of trades, and the strategy heard of them")
def trades_come_down_unchanged(transcript: Transcript) -> Iterator[Observation]:
    yield from _compare(_pairs(transcript, "trade"), "trade", "trade", TRADE)


@check("FID-15", occurs="the venue told bars, and the strategy heard of them")
def bars_come_down_unchanged(transcript: Transcript) -> Iterator[Observation]:
    yield from _compare(_pairs(transcript, "candle"), "bar", None, BAR)
