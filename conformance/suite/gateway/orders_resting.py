"""An order that rests is filled when the market comes to it; a cancel ends it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.changes import cancels, fenced, is_live, told
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import Submitted, accepted, asked, number
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import Judgement, check

NEEDS = Needs(symbols=2)

DISTANCES = tuple(Decimal(d) for d in ("0.0002", "0.0015", "0.003", "0.006"))
"""How far from the market the orders rest, in parts of the price."""

WAYS = (("LIMIT", "BUY"), ("LIMIT", "SELL"), ("STOP", "BUY"), ("STOP", "SELL"))
LOOKS = 150
"""How often at most the market is asked for between two ticks."""

TICKS = 3
TICK = Decimal("0.0001")


async def script(strategy: Played) -> None:
    """Rests orders on both sides, until the market came to a limit and to a stop."""
    stream = await strategy.stream()
    near, other = strategy.symbols
    price = await strategy.price(near)
    orders = [
        await _near(strategy, near, price, distance, *way)
        for distance in DISTANCES
        for way in WAYS
    ]
    # What was to be filled at once has been when a later order is filled.
    await strategy.bought(stream, "1", symbol=other)
    resting = [o for o in orders if _rests((await strategy.show(o.id)).json)]
    if await _met(strategy, stream, resting):
        await strategy.bought(stream, "1", symbol=other)
        for order in resting:
            await strategy.show(order.id)
    cancelled = await strategy.resting(symbol=other, quantity="2")
    for _ in range(2):
        await strategy.cancel(cancelled.id)
    await strategy.fence()


async def _near(
    strategy: Played,
    symbol: str,
    price: Decimal,
    distance: Decimal,
    kind: str,
    side: str,
) -> Placed:
    below = (kind == "LIMIT") == (side == "BUY")
    level = (price * (1 - distance if below else 1 + distance)).quantize(TICK)
    field = "limit_price" if kind == "LIMIT" else "stop_price"
    fields: dict[str, Json] = {"order_type": kind, field: str(level), "quantity": "2"}
    return await strategy.place(symbol=symbol, side=side, **fields)


async def _met(strategy: Played, stream: PlayedStream, orders: list[Placed]) -> bool:
    """Asks for the market until it came to a limit and to a stop, or for a while."""
    met: set[str] = set()
    for _ in range(TICKS):
        heard = len(stream.heard)
        before: Json = None
        for _ in range(LOOKS):
            reply = await strategy.get(f"/v1/quotes/{quote(strategy.symbol, safe='')}")
            for order in orders:
                if _comes_to(order.fields, reply.json):
                    met.add(str(order.fields["order_type"]))
            if len(met) == 2 or reply.field("last") == before:
                break
            before = reply.field("last")
        if len(met) == 2:
            break
        await strategy.wait(
            stream, "a tick", lambda h: h.type in ("candle", "quote"), since=heard
        )
    return bool(met)


def _rests(shown: Json) -> bool:
    """Whether an order is shown live with nothing filled."""
    if not isinstance(shown, dict):
        return False
    return is_live(shown) and not number(shown, "filled_quantity")


def _side_of(order: Mapping[str, Json]) -> str:
    """The worse side of the market for an order: a stop is met by no mere spread."""
    limit, buying = order.get("order_type") == "LIMIT", order.get("side") == "BUY"
    return "ask" if limit is buying else "bid"


def _comes_to(order: Mapping[str, Json], shown: Json) -> bool:
    """Whether a quote is at the order's price, or beyond."""
    if not isinstance(shown, dict):
        return False
    name = "limit_price" if order.get("order_type") == "LIMIT" else "stop_price"
    level, side = number(dict(order), name), _side_of(order)
    price = number(shown, side)
    if level is None or price is None:
        return False
    return price <= level if side == "ask" else price >= level


def _quoted(transcript: Transcript, order: Submitted) -> Exchange | None:
    """The first quote at the order's price after it had been shown at rest."""
    shows = asked(transcript, "GET", "v1", "orders", str(order.id))
    rested = next((show for show in shows if _rests(show.body)), None)
    if rested is None:
        return None
    for quoted in asked(
        transcript, "GET", "v1", "quotes", str(order.fields.get("symbol"))
    ):
        later = quoted.request.number > rested.numbers[-1]
        if later and quoted.status == 200 and _comes_to(order.fields, quoted.body):
            return quoted
    return None


def _filled_when_met(kind: str) -> Judgement:
    """A judgement of the resting orders of a type that the market came to."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for order in accepted(transcript):
            quoted = _quoted(transcript, order)
            if order.fields.get("order_type") != kind or quoted is None:
                continue
            for show in asked(transcript, "GET", "v1", "orders", str(order.id)):
                if show.request.number < quoted.numbers[-1] or show.status != 200:
                    continue
                yield occurred(order.exchange, quoted, show)
                if _rests(show.body):
                    yield _still_resting(order, quoted, show)

    return judged


def _still_resting(order: Submitted, quoted: Exchange, show: Exchange) -> Observation:
    fields, side = order.fields, _side_of(order.fields)
    level = fields.get("limit_price") or fields.get("stop_price")
    price = quoted.body.get(side) if isinstance(quoted.body, dict) else None
    return finding(
        f"A {fields.get('order_type')} order to {fields.get('side')} rests at {level}; "
        f"the {side} came to {price}, and it still rests with nothing filled.",
        order.exchange,
        quoted,
        show,
        cause="Is the price looked at only once?",
    )


OCCURS = "the market came to the price of an order that rests"
limits_fill = check("ORD-17", occurs=OCCURS)(_filled_when_met("LIMIT"))
stops_fill = check("ORD-19", occurs=OCCURS)(_filled_when_met("STOP"))


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
