"""Each type of order does what it is for, and nothing before its time."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.judge.orders import asked, number
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import Judgement, check
from conformance.suite.order_cases import FAR_ABOVE, HALF, Sent, case, send, sent

LIMIT, STOP, BOTH = "LIMIT", "STOP", "STOP_LIMIT"
CASES = (
    case("market-buy"),
    case("market-sell", side="SELL", quantity="3"),
    case("limit-away", order_type=LIMIT, limit_price=FAR_BELOW, time_in_force="GTC"),
    case("limit-away-sell", side="SELL", order_type=LIMIT, limit_price=FAR_ABOVE),
    case("limit-met", order_type=LIMIT, limit_price=FAR_ABOVE),
    case("limit-met-sell", side="SELL", order_type=LIMIT, limit_price=FAR_BELOW),
    case("stop-away", order_type=STOP, stop_price=FAR_ABOVE),
    case("stop-away-sell", side="SELL", order_type=STOP, stop_price=FAR_BELOW),
    case("stop-met", order_type=STOP, stop_price=FAR_BELOW),
    case("stop-met-sell", side="SELL", order_type=STOP, stop_price=FAR_ABOVE),
    case("both-away", order_type=BOTH, stop_price=FAR_ABOVE, limit_price=FAR_ABOVE),
    case("both-limited", order_type=BOTH, stop_price=FAR_BELOW, limit_price=FAR_BELOW),
    case(
        "trailing",
        side="SELL",
        order_type="TRAILING_STOP",
        trailing_distance=HALF,
        trailing_type="ABSOLUTE",
    ),
    case("ioc-away", order_type=LIMIT, limit_price=FAR_BELOW, time_in_force="IOC"),
    case("fok-away", order_type=LIMIT, limit_price=FAR_BELOW, time_in_force="FOK"),
    case("fok-met", order_type=LIMIT, limit_price=FAR_ABOVE, time_in_force="FOK"),
)
NEEDS = Needs(symbols=len(CASES) + 1)


async def script(strategy: Played) -> None:
    """Sends every case, asks for each at once, and again when a later order filled."""
    stream = await strategy.stream()
    await strategy.get("/v1/capabilities")
    replies = await send(strategy, CASES, strategy.symbols)
    # Whatever was to happen at once has happened when a later order is filled.
    await strategy.bought(stream, "1", symbol=strategy.symbols[-1])
    await strategy.fence()
    for reply in replies:
        if reply.status == 201:
            await strategy.show(str(reply.field("id")))


Wrong = Callable[[Sent], bool]


def _each(wrong: Wrong, *names: str, because: str = "") -> Judgement:
    """A judgement of the orders of these cases that were accepted and asked for."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each in sent(transcript, *names):
            if each.known:
                yield occurred(*each.where)
                if wrong(each):
                    yield finding(f"{each.story}{because}.", *each.where)

    return judged


def _not_whole(each: Sent) -> bool:
    whole = number(each.order.fields, "quantity")
    fills = [t for t in each.told if t.event == "ORDER_FILLED"]
    return each.last.get("status") != "FILLED" or each.filled != whole or len(fills) > 1


def _not_resting(each: Sent) -> bool:
    return each.filled > 0 or not each.rests


def _expired(each: Sent) -> bool:
    """Whether it ended though nothing was filled and nobody cancelled it."""
    return each.filled == 0 and not each.rests


def _touched(each: Sent) -> bool:
    return each.filled > 0


def _not_filled(each: Sent) -> bool:
    return each.last.get("status") != "FILLED"


def _worse(each: Sent) -> bool:
    limit = number(each.order.fields, "limit_price")
    price = number(each.last, "average_fill_price")
    if limit is None or price is None:
        return False
    buying = each.order.fields.get("side") != "SELL"
    return price > limit if buying else price < limit


def _resting_or_part(each: Sent) -> bool:
    return each.rests or (each.filled > 0 and _not_whole(each))


bought = check("ORD-10", occurs="a market order to buy was accepted")(
    _each(_not_whole, "market-buy")
)
sold = check("ORD-11", occurs="a market order to sell was accepted")(
    _each(_not_whole, "market-sell")
)
away = check("ORD-14", occurs="a limit order away from the market was accepted")(
    _each(_not_resting, "limit-away", "limit-away-sell")
)
met = check("ORD-16", occurs="a limit order that the market meets was accepted")(
    _each(_not_filled, "limit-met", "limit-met-sell")
)
unstopped = check("ORD-18", occurs="a stop order away from the market was accepted")(
    _each(_touched, "stop-away", "stop-away-sell")
)
stopped = check("ORD-19", occurs="a stop order that the market is beyond was accepted")(
    _each(_not_filled, "stop-met", "stop-met-sell")
)
neither = check("ORD-20", occurs="a stop-limit order was accepted")(
    _each(_touched, "both-away", "both-limited")
)
immediate = check("ORD-25", occurs="an immediate-or-cancel order was accepted")(
    _each(lambda each: each.rests, "ioc-away", because="; it rests")
)
at_once = check("ORD-26", occurs="a fill-or-kill order was accepted")(
    _each(_resting_or_part, "fok-away", "fok-met", because="; it rests, or a part")
)
lasting = check("ORD-28", occurs="a good-till-cancelled order was accepted")(
    _each(_expired, "limit-away", because="; nobody cancelled it")
)


@check("ORD-15", occurs="a limit order was filled")
def no_fill_is_beyond_its_limit(transcript: Transcript) -> Iterator[Observation]:
    for each in sent(transcript):
        limited = "limit_price" in each.order.fields
        if limited and each.filled > 0:
            yield occurred(*each.where)
            if _worse(each):
                yield finding(f"{each.story}: beyond its limit.", *each.where)


@check("ORD-21", occurs="a trailing stop far from the market was accepted")
def a_trailing_stop_waits(transcript: Transcript) -> Iterator[Observation]:
    claimed = _claims(transcript)
    if claimed is not None and "TRAILING_STOP" not in claimed:
        raise NotApplicable("the Gateway claims no trailing stops")
    yield from _each(_touched, "trailing", because="; the market had not moved so far")(
        transcript
    )


@check("ORD-24", occurs="an order without a time in force was shown")
def without_a_time_it_is_good_till_cancelled(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in sent(transcript, "limit-away-sell", "market-buy", "stop-away"):
        if not each.known:
            continue
        yield occurred(*each.where)
        shown = each.last.get("time_in_force")
        if shown != "GTC":
            yield finding(
                f"An order without a time in force shows {shown}.", *each.where
            )


SENT = ("symbol", "side", "order_type", "time_in_force", "trailing_type")
FIGURES = ("quantity", "limit_price", "stop_price", "trailing_distance")


@check("ORD-13", occurs="an accepted order was asked for")
def an_order_shows_what_was_sent(transcript: Transcript) -> Iterator[Observation]:
    for each in sent(transcript):
        first = next((t for t in each.told if not t.channel), None)
        if not each.order.accepted or first is None:
            continue
        yield occurred(each.order.exchange, first.where)
        differ = [n for n in (*SENT, *FIGURES) if not _as_sent(each, first.order, n)]
        if differ:
            told = ", ".join(
                f"{n} {each.order.fields[n]} as {first.order.get(n)}" for n in differ
            )
            yield finding(
                f"Order {each.order.id} shows {told}.",
                each.order.exchange,
                first.where,
            )


def _as_sent(each: Sent, shown: dict[str, object], name: str) -> bool:
    wanted = each.order.fields.get(name)
    if wanted is None:
        return True
    if name in FIGURES:
        return number(shown, name) == Decimal(str(wanted))
    return bool(shown.get(name) == wanted)


@check("ORD-12", occurs="an accepted order was asked for at once")
def an_accepted_order_is_there(transcript: Transcript) -> Iterator[Observation]:
    for each in sent(transcript):
        looks = asked(transcript, "GET", "v1", "orders", str(each.order.id))
        look = next(looks, None)
        if not each.order.accepted or look is None or look.status is None:
            continue
        yield occurred(each.order.exchange, look)
        if look.status != 200:
            yield finding(
                f"Order {each.order.id} was accepted, and answered with {look.status} "
                "when it was asked for.",
                each.order.exchange,
                look,
            )


TYPES = {
    "MARKET": "market-buy",
    "LIMIT": "limit-away",
    "STOP": "stop-away",
    "STOP_LIMIT": "both-away",
    "TRAILING_STOP": "trailing",
}


def _claims(transcript: Transcript) -> list[str] | None:
    """The order types that the Gateway claims; None where it was not told."""
    for exchange in asked(transcript, "GET", "v1", "capabilities"):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        if isinstance(body.get("supported_order_types"), list):
            return [str(each) for each in body["supported_order_types"]]
    return None


@check("ORD-29", occurs="an order of a type that is claimed was answered")
def what_is_claimed_is_accepted(transcript: Transcript) -> Iterator[Observation]:
    claimed = _claims(transcript) or []
    for each in sent(transcript, *TYPES.values()):
        kind = str(each.order.fields.get("order_type", "MARKET"))
        if kind not in claimed or each.order.exchange.status is None:
            continue
        yield occurred(each.order.exchange)
        if not each.order.accepted:
            yield finding(
                f"{kind} is claimed, and an order of it was answered with "
                f"{each.order.exchange.status}.",
                each.order.exchange,
            )


@check("ORD-30", occurs="an order of a type that is not claimed was answered")
def what_is_not_claimed_is_refused(transcript: Transcript) -> Iterator[Observation]:
    claimed = _claims(transcript)
    if claimed is not None and set(TYPES) <= set(claimed):
        raise NotApplicable("the Gateway claims every type of order")
    for each in sent(transcript, *TYPES.values()):
        kind = str(each.order.fields.get("order_type", "MARKET"))
        if claimed is None or kind in claimed or each.order.exchange.status is None:
            continue
        yield occurred(each.order.exchange)
        if each.order.accepted:
            yield finding(f"{kind} is not claimed; {each.story}.", *each.where)
