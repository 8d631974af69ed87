"""What holds for every order of a strategy, whatever happened around it."""

import json
from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import (
    NotApplicable,
    NotVerified,
    Observation,
    finding,
    occurred,
)
from conformance.judge.strategy.pending import goes_both_ways
from conformance.judge.strategy.runs import (
    Asked,
    Change,
    amount,
    footing,
    profile,
    runs,
)
from conformance.spec.contract import contract
from conformance.suite.check import check

WORDS = ("side", "order_type", "time_in_force", "trailing_type", "margin_mode")
PRICES = ("limit_price", "stop_price", "stop_loss", "take_profit")


@check("DUT-40", occurs="a request was sent")
def requests_have_their_form(transcript: Transcript) -> Iterator[Observation]:
    told: set[str] = set()
    for run in runs(transcript):
        for exchange in run.exchanges:
            sent = exchange.request.data
            media = sent["headers"].get("content-type")
            yield occurred(exchange)
            body = spelled(exchange.sent, sent["body"])
            faults = contract().request_faults(
                exchange.method, exchange.target, media, body
            )
            for fault in faults:
                text = f"{fault.pointer_masked} {fault.message}".strip()
                if text not in told:
                    told.add(text)
                    yield finding(
                        f"{exchange.method} {exchange.path} is not as described: "
                        f"{text}.",
                        exchange,
                        cause="Was it written for another version of the Gateway?",
                        key=f"{exchange.method} {text}",
                    )


def spelled(body: Json, text: str | None) -> str | None:
    """A body with words in upper case that were all in lower: both are taken."""
    if not isinstance(body, dict):
        return text
    return json.dumps(
        {
            name: value.upper()
            if name in WORDS and isinstance(value, str) and value.islower()
            else value
            for name, value in body.items()
        },
        default=float,
    )


@check("DUT-41", occurs="an order was asked for")
def only_what_is_declared_is_traded(transcript: Transcript) -> Iterator[Observation]:
    declared = profile(transcript)
    for run in runs(transcript):
        for asked in run.asked:
            yield occurred(asked.exchange)
            symbol, kind = asked.text("symbol"), asked.text("order_type").lower()
            if symbol not in declared.get("symbols", [symbol]):
                yield finding(
                    f"It asked for {asked.told()}; {symbol} is not declared.",
                    asked.exchange,
                    key=f"symbol {symbol}",
                )
            if kind not in declared.get("order_types", [kind]):
                yield finding(
                    f"It asked for {asked.told()}; the type {kind} is not declared.",
                    asked.exchange,
                    key=f"type {kind}",
                )
        for change in run.changes:
            side = "long" if change.amount("held") > 0 else "short"
            wrong = change.amount("held") and side not in declared.get("sides", [side])
            if change.what == "filled" and wrong:
                yield finding(
                    f"It held {change.amount('held')} {change.symbol}, which is "
                    f"{side}; it declares {', '.join(declared['sides'])} alone.",
                    change.entry,
                    key=f"side {side}",
                )
    names = ("symbols", "sides", "order_types")
    if missing := [name for name in names if name not in declared]:
        raise NotVerified(f"declare {', '.join(missing)} in the profile")


@check("DUT-42", occurs="an order was asked for")
def quantities_and_prices_lie_on_the_grid(
    transcript: Transcript,
) -> Iterator[Observation]:
    declared = profile(transcript)
    lot, tick = amount(declared.get("lot")), amount(declared.get("tick"))
    priced = False
    for run in runs(transcript):
        for asked in run.asked:
            yield occurred(asked.exchange)
            rows = [("quantity", lot), *((name, tick) for name in PRICES)]
            for name, step in rows:
                value = amount(asked.text(name))
                if step is not None and value is not None and _off(value, step):
                    yield finding(
                        f"Its {name} {value} is no multiple of {step}.",
                        asked.exchange,
                        cause="Is it sent as it was calculated, without rounding?",
                        key=name,
                    )
                priced = priced or (name != "quantity" and value is not None)
    if lot is None or (tick is None and priced):
        missing = "lot" if lot is None else "tick"
        raise NotVerified(f"declare {missing} in the profile")


def _off(value: Decimal, step: Decimal) -> bool:
    """Whether a value is no multiple of a step, in whole numbers: exact, and soon."""
    whole, exponent = _whole(value)
    steps, least = _whole(step)
    places = exponent - least
    if places >= 0:
        return bool(whole * pow(10, places, steps) % steps)
    if -places > len(value.as_tuple().digits):
        return bool(whole)
    return bool(whole % (steps * 10**-places))


def _whole(value: Decimal) -> tuple[int, int]:
    """The digits of a finite value as a number, and the power of ten of the last."""
    _, digits, exponent = value.as_tuple()
    return int(Decimal((0, digits, 0))), int(exponent)


@check("DUT-43", occurs="an order was asked for")
def every_order_has_an_id_of_its_own(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        seen: dict[str, Asked] = {}
        for asked in run.asked:
            yield occurred(asked.exchange)
            name = asked.text("client_order_id")
            if not name:
                yield finding(
                    f"It asked for {asked.told()} with no client_order_id: where its "
                    f"answer is lost, nobody finds the order again.",
                    asked.exchange,
                    key="no client order id",
                )
            elif name in seen and spent(seen[name]):
                yield finding(
                    f"It used the client order id {name} twice.",
                    seen[name].exchange,
                    asked.exchange,
                    cause="Does its count begin anew when it is started again?",
                    key="client order id twice",
                )
            seen[name] = asked


def spent(asked: Asked) -> bool:
    """Whether an order has this id; one that was never taken may be sent again."""
    return asked.status in (201, 422)


WHOLE = Decimal("0.95")
"""Of the equity: who spends it all has a little left, by lots, fees and the price."""


@check("DUT-45", occurs="an order was filled")
def the_account_is_never_in_one_position(
    transcript: Transcript,
) -> Iterator[Observation]:
    limit = amount(profile(transcript).get("max_position_notional"))
    for run in runs(transcript):
        worst: tuple[Decimal, Change] | None = None
        for change in run.changes:
            if change.what != "filled":
                continue
            yield occurred(change.entry)
            worth = abs(change.amount("held")) * change.amount("price")
            if abs(change.amount("held")) <= abs(run.held_before(change.number)):
                continue
            most = change.amount("equity") * WHOLE
            most = most if limit is None else min(most, limit)
            if worth > most and (worst is None or worth > worst[0]):
                worst = worth, change
        if worst is not None:
            worth, change = worst
            equity = change.amount("equity")
            declared = "" if limit is None else f", and it declares {limit} at the most"
            yield finding(
                f"It held {change.amount('held')} {change.symbol}, worth {worth:.2f}, "
                f"with an equity of {equity:.2f}{declared}.",
                change.entry,
                cause="Is the size of an order bounded by nothing?",
                key="too much",
            )


@check("DUT-54", occurs="an order against the position was taken")
def nothing_is_sold_that_is_not_held(transcript: Transcript) -> Iterator[Observation]:
    """For a strategy that goes one way alone, by its profile or without faults."""
    if goes_both_ways(transcript):
        if "sides" in profile(transcript):
            raise NotApplicable("it declares to go long and short")
        raise NotVerified("declare sides in the profile: it goes long and short")
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        for change in run.changes:
            exit_ = change.what == "accepted" and change.side != enters
            if not exit_ or change.parent is not None:
                continue
            yield occurred(change.entry)
            held = abs(run.held_before(change.number, change.symbol))
            if change.amount("quantity") > held:
                yield finding(
                    f"It asked for {change.side} {change.amount('quantity')} "
                    f"{change.symbol} and held {held}.",
                    change.entry,
                    cause="Does it sell what it believes to hold, and not what it has?",
                    key="oversold",
                )
