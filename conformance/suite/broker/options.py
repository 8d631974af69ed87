"""An option that a broker cannot do is refused; one that was accepted is done."""

from collections.abc import Iterator, Mapping

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.capabilities import claims, words
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.judge.orders import number
from conformance.judge.orders_below import (
    Below,
    asked_otherwise,
    decided_below,
    orders_below,
)
from conformance.judge.standing import held
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.protocol.money import text_of
from conformance.suite.broker_orders import CHEAP, DEAR, PRICE, send_followed, traded
from conformance.suite.check import Judgement, check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(seconds=60, symbols=5)

AWAY = {"order_type": "LIMIT", "limit_price": CHEAP}
STOP, BEYOND = "110", "112"
RESTING: Mapping[str, Mapping[str, Json]] = {
    "market": {},
    "plain": AWAY,
    "stop": {"order_type": "STOP", "stop_price": DEAR},
    "day": {**AWAY, "time_in_force": "DAY"},
    "ioc": {**AWAY, "time_in_force": "IOC"},
    "fok": {**AWAY, "time_in_force": "FOK"},
    "market-ioc": {"time_in_force": "IOC"},
    "market-fok": {"time_in_force": "FOK"},
    "post-met": {"order_type": "LIMIT", "limit_price": DEAR, "post_only": True},
    "hidden": {**AWAY, "hidden": True},
    "display": {**AWAY, "quantity": "10", "display_quantity": "4"},
    "leverage": {**AWAY, "leverage": "3", "margin_mode": "ISOLATED"},
}
"""Orders of which none changes what another does."""

REDUCING: Mapping[str, tuple[str, str]] = {
    "reduce-flat": ("SELL", ""),
    "reduce-more": ("SELL", "2"),
    "reduce-same-side": ("BUY", "2"),
}
"""The side of a reduce-only order, and what is held before it."""

TYPES = frozenset({"MARKET", "LIMIT", "STOP", "STOP_LIMIT"})
"""Those that are sent here; what trails has a script of its own."""

UP = ("108", "130")
"""Where the market goes: not yet to the stop, then over it and over the limit."""


async def script(strategy: Played) -> None:
    """Sends an order with each option, and has the market leave a stop-limit behind."""
    venue = strategy.venue
    *three, other, stopped = strategy.symbols
    for symbol in strategy.symbols:
        venue.price(symbol, PRICE)
    claimed = await strategy.get("/v1/capabilities")
    for (case, (side, some)), symbol in zip(REDUCING.items(), three, strict=True):
        if some:
            await traded(strategy, symbol, some)
        asked = {"side": side, "quantity": "5", "reduce_only": True}
        await send_followed(strategy, case, symbol, **asked)
    for case, fields in RESTING.items():
        await send_followed(strategy, case, other, **fields)
    for coin in venue.coins[:1]:
        venue.price(coin, PRICE)
        await send_followed(strategy, "stop-of-a-coin", coin, **RESTING["stop"])
    most = number({"most": claimed.field("max_leverage")}, "most")
    if most is not None:
        above = {**AWAY, "leverage": text_of(most + 1)}
        await send_followed(strategy, "above-leverage", other, **above)
    both = {"order_type": "STOP_LIMIT", "stop_price": STOP, "limit_price": BEYOND}
    await send_followed(strategy, "stop-limit", stopped, **both)
    for price in UP:
        venue.price(stopped, price)


# --- what the broker has no word for ---


@check("CON-72", occurs="an order that its broker has no words for was answered")
def what_a_broker_cannot_do_is_not_pretended(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in orders_below(transcript):
        lacks = [str(name) for name in each.facts.get("lacks", ())]
        if not lacks:
            continue
        yield occurred(*each.where)
        if each.taken and (missing := _unsaid(each, lacks)):
            yield finding(
                f"{each.asked}; the broker has no such thing as {', '.join(missing)}, "
                "and was asked for an order without it.",
                *each.where,
            )


def _unsaid(each: Below, lacks: list[str]) -> list[str]:
    """What was asked for, and is not in the order that came to the broker."""
    found = list(each.differs(*lacks))
    kind = str(each.order.fields.get("order_type"))
    if kind in lacks and each.differs("order_type"):
        found.append(kind)
    return found


def _by_claim(transcript: Transcript, *, claimed: bool) -> Iterator[Below]:
    """The orders of types that are claimed, or of those that are not."""
    claim, told = claims(transcript)
    types = words(told, "supported_order_types")
    for each in orders_below(transcript, "market", "plain", "stop", "stop-limit"):
        found = each.order.fields.get("order_type") in types
        if claim is not None and found is claimed:
            yield each


@check("ORD-29", occurs="an order of a type that is claimed was sent")
def a_claimed_type_is_accepted(transcript: Transcript) -> Iterator[Observation]:
    for each in _by_claim(transcript, claimed=True):
        taken = any(change.what == "accepted" for change in each.booked)
        if each.calls and not taken:
            continue  # The broker said no: to this order, not to its type.
        yield occurred(*each.where)
        if not each.order.accepted:
            what = "took it" if taken else "was not asked for it"
            yield finding(
                f"{each.asked}; its type is claimed, and the broker {what}.",
                *each.where,
            )


@check("ORD-30", occurs="an order of a type that is not claimed was answered")
def an_unclaimed_type_is_refused(transcript: Transcript) -> Iterator[Observation]:
    if words(claims(transcript)[1], "supported_order_types") >= TYPES:
        raise NotApplicable("the Gateway claims every type of order")
    for each in _by_claim(transcript, claimed=False):
        if not each.decided:
            continue
        yield occurred(*each.where)
        if each.taken:
            yield finding(f"{each.asked}; its type is not claimed.", *each.where)


def _kept(*cases: str, fields: tuple[str, ...]) -> Judgement:
    """A judgement: what an accepted order asks for, its broker was asked for."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each in decided_below(transcript, *cases):
            yield occurred(*each.where)
            yield from asked_otherwise(each, *fields)

    return judged


hidden = check("ORD-35", occurs="an order that asks to be hidden was answered")(
    _kept("hidden", fields=("hidden",))
)
displayed = check("ORD-36", occurs="an order with a display quantity was answered")(
    _kept("display", fields=("display_quantity",))
)
leveraged = check("ORD-38", occurs="an order with a leverage was answered")(
    _kept("leverage", fields=("leverage", "margin_mode"))
)


@check("ORD-86", occurs="an order above the claimed leverage was answered")
def no_order_above_the_claimed_leverage(
    transcript: Transcript,
) -> Iterator[Observation]:
    claim, claimed = claims(transcript)
    if claim is not None and claimed.get("max_leverage") is None:
        raise NotApplicable("the Gateway claims no greatest leverage")
    for each in decided_below(transcript, "above-leverage"):
        if claim is None:
            continue
        yield occurred(claim, *each.where)
        if each.taken:
            most = claimed.get("max_leverage")
            yield finding(
                f"{each.asked}; {most} is claimed to be the most.", claim, *each.where
            )


# --- what is sent in the broker's words ---

PLAIN = ("side", "quantity", "order_type", "limit_price", "stop_price")
FORCED = ("ioc", "fok", "market-ioc", "market-fok")


@check("FID-10", occurs="an order was accepted and its broker asked for it")
def an_order_is_what_its_broker_is_asked_for(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in orders_below(transcript):
        if not each.taken:
            continue
        yield occurred(*each.where)
        forced = ("time_in_force",) if each.case in FORCED else ()
        yield from asked_otherwise(each, *PLAIN, *forced)


day = check("ORD-27", occurs="a day order was answered")(
    _kept("day", fields=("time_in_force",))
)


@check("ORD-24", occurs="an order without a time in force was accepted")
def without_a_time_it_is_good_till_cancelled(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in orders_below(transcript, "plain", "stop"):
        if not each.taken:
            continue
        yield occurred(*each.where)
        said = each.said.get("time_in_force")
        if said != "GTC":
            yield finding(
                f"{each.asked}; in what the broker was asked time_in_force is {said}.",
                *each.where,
            )


# --- what the books hold then ---


@check("ORD-33", occurs="a reduce-only order was answered")
def reduce_only_never_adds(transcript: Transcript) -> Iterator[Observation]:
    for each in orders_below(transcript, *REDUCING):
        if not each.decided and not each.fills:
            continue
        yield occurred(*each.where)
        for fill in each.fills:
            symbol = str(fill.entry.data["symbol"])
            before = held(transcript, symbol, fill.entry.number)
            after = before + fill.moved
            if before * after < 0 or abs(after) > abs(before):
                yield finding(
                    f"{each.asked}; the broker held {before} before it and {after} "
                    "after it.",
                    each.order.exchange,
                    fill.entry,
                    cause="Is reduce_only not in what the broker was asked?",
                )


@check("ORD-34", occurs="a post-only order that would fill at once was answered")
def post_only_never_takes(transcript: Transcript) -> Iterator[Observation]:
    for each in decided_below(transcript, "post-met"):
        yield occurred(*each.where)
        for fill in each.fills:
            yield finding(
                f"{each.asked}; the broker filled it at once, at "
                f"{fill.number('price')}.",
                *each.where,
            )


def _rests(each: Below) -> bool:
    return bool(each.booked) and each.booked[-1].what == "accepted"


def _at_once(*cases: str) -> Judgement:
    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each in decided_below(transcript, *cases):
            yield occurred(*each.where)
            if _rests(each):
                yield finding(f"{each.asked}; at the broker it rests.", *each.where)

    return judged


immediate = check("ORD-25", occurs="an immediate-or-cancel order was answered")(
    _at_once("ioc")
)
whole = check("ORD-26", occurs="a fill-or-kill order was answered")(_at_once("fok"))


@check("ORD-20", occurs="a stop-limit order was answered, and the market left it")
def a_stop_limit_keeps_its_limit(transcript: Transcript) -> Iterator[Observation]:
    for each in decided_below(transcript, "stop-limit"):
        yield occurred(*each.where)
        for fill in each.fills:
            yield finding(
                f"{each.asked}; the broker filled it at {fill.number('price')}: the "
                f"market went from {UP[0]} to {UP[1]}.",
                *each.where,
            )
