"""What holds for every order of a strategy, whatever happened around it."""

import json
from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.strategy.runs import (
    Asked,
    Change,
    Run,
    amount,
    footing,
    profile,
    runs,
    without_faults,
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
    if lot is None and tick is None:
        raise NotVerified("declare lot, and tick where it sends prices, in the profile")
    for run in runs(transcript):
        for asked in run.asked:
            yield occurred(asked.exchange)
            rows = [("quantity", lot), *((name, tick) for name in PRICES)]
            for name, step in rows:
                value = amount(asked.text(name))
                if step is not None and value is not None and value % step:
                    yield finding(
                        f"Its {name} {value} is no multiple of {step}.",
                        asked.exchange,
                        cause="Is it sent as it was calculated, without rounding?",
                        key=name,
                    )


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
            elif name in seen and not unknown(seen[name]):
                yield finding(
                    f"It used the client order id {name} twice.",
                    seen[name].exchange,
                    asked.exchange,
                    cause="Does its count begin anew when it is started again?",
                    key="client order id twice",
                )
            seen[name] = asked


def unknown(asked: Asked) -> bool:
    """Whether the outcome of an order was not told: to ask again is then no new one."""
    return asked.status is None or asked.status >= 500


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
            most = change.amount("equity")
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


def goes_both_ways(transcript: Transcript) -> bool:
    """Whether a strategy goes short and long, as far as anything says."""
    declared = profile(transcript).get("sides")
    if declared is not None:
        return len(declared) > 1
    held = Decimal(0)
    enters = footing(transcript)["side"]
    for _, side, _, _, quantity in without_faults(transcript):
        held += Decimal(quantity) * (1 if side == enters else -1)
        if held < 0:
            return True
    return False


def opened(run: Run) -> list[Change]:
    """The entries that were taken."""
    enters = footing(run.transcript)["side"]
    return [c for c in run.changes if c.what == "accepted" and c.side == enters]
