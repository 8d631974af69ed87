"""What the venue refuses is told as refused, why, and as nothing else."""

import asyncio
from collections.abc import Iterator, Mapping

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements, asked, shown
from conformance.judge.venue import booked, calls
from conformance.judge.venue_answers import Answered, answered
from conformance.peers.engine.conduct import Conduct, Refuse, Status
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.planned_orders import send_planned

NEEDS = Needs(engine=True, symbols=2)

MARGIN = Refuse("insufficient margin: 5000 needed, 100 there", "INSUFFICIENT_MARGIN")
SECRET = "sk-live-51Hq8Zx0fYw3Ba7Lm2"
"""No key of anybody's: what an Engine's text could give away."""

SECONDS = "7"
REFUSED: Mapping[str, Refuse] = {
    "margin": MARGIN,
    "price": Refuse("the price is outside the band", "INVALID_PRICE"),
    "closed": Refuse("the market is closed", "MARKET_CLOSED"),
    "secret": Refuse(f"refused for api_key={SECRET} of the account", "UNKNOWN"),
}
FAULTY: Mapping[str, Status] = {
    "malformed": Status(400, '{"error":{"message":"quantity has 9 decimals"}}'),
    "authentication": Status(401, '{"error":{"message":"the credentials expired"}}'),
    "outage": Status(503, '{"error":{"message":"the Engine is being restarted"}}'),
    "limit": Status(429, '{"error":{"message":"slow down"}}', {"Retry-After": SECONDS}),
}
LATER = "insufficient margin after the acceptance"
BURST, LIMITED = 12, 5
WORDS = {"said": "text", "code": "code"}
FAILURES = {
    "margin": "rejection for want of margin",
    "outage": "outage",
    "authentication": "authentication failure",
    "malformed": "answer to a malformed request",
}


async def script(strategy: Played) -> None:
    """Refuses orders for many reasons, one after its acceptance, some of a burst."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    for case, refusal in REFUSED.items():
        await _planned(strategy, case, refusal, said=refusal.text, code=refusal.code)
    for case, fault in FAULTY.items():
        await _planned(strategy, case, fault, status=fault.status)
    resting = await strategy.resting()
    await strategy.announced(stream, resting.id, "ORDER_CREATED")
    engine.reject(resting.id, LATER)
    await strategy.announced(stream, resting.id, "ORDER_REJECTED")
    await strategy.show(resting.id)
    await _unknown_symbol(strategy)
    await _burst(strategy)


async def _planned(
    strategy: Played, case: str, conduct: Conduct, **facts: object
) -> None:
    strategy.engine.next("POST", ORDERS, conduct)
    await send_planned(strategy, case, facts)


async def _unknown_symbol(strategy: Played) -> None:
    symbol = strategy.symbols[1]
    strategy.engine.unknown(symbol)
    strategy.note("unknown-symbol", f"the Engine knows no {symbol}", symbol=symbol)
    await strategy.get(f"/v1/quotes/{symbol}")
    await strategy.get(f"/v1/bars/{symbol}?timeframe=1m")
    await strategy.submit(symbol=symbol)


async def _burst(strategy: Played) -> None:
    """Many at once, of which the Engine turns some away for the moment."""
    strategy.engine.next("POST", ORDERS, *([FAULTY["limit"]] * LIMITED))
    strategy.note("burst", f"{BURST} orders, {LIMITED} of them over the limit")
    await asyncio.gather(
        *(strategy.submit(order_type="LIMIT", limit_price="0.01") for _ in range(BURST))
    )


@check("REJ-10", occurs="the venue refused an order with a text and a code")
def a_refusal_is_told_whole(transcript: Transcript) -> Iterator[Observation]:
    for each in answered(transcript, "margin", "price", "closed"):
        yield occurred(each.exchange)
        if each.exchange.status != 422:
            yield _finding(each, "it was not told as a rejection")
            continue
        for what in ("said", "code"):
            if str(each.facts[what]) not in each.told:
                yield _finding(each, f"the venue's {WORDS[what]} is not told")


def _finding(each: Answered, what: str) -> Observation:
    said = each.facts.get("said") or f"status {each.facts.get('status')}"
    return finding(
        f"The venue answered an order with {said!r}"
        f"{' (' + each.facts['code'] + ')' if each.facts.get('code') else ''}; the "
        f"strategy was told {each.shown}: {what}.",
        each.exchange,
    )


@check("ORD-85", occurs="the venue refused an order for want of margin")
def want_of_margin_is_told_as_that(transcript: Transcript) -> Iterator[Observation]:
    for each in answered(transcript, "margin"):
        yield occurred(each.exchange)
        if each.exchange.status != 422 or "INSUFFICIENT_MARGIN" not in each.told:
            yield _finding(each, "that it was for want of margin is not told")


@check("REJ-11", occurs="the venue's text held what looks like a credential")
def no_secret_is_passed_on(transcript: Transcript) -> Iterator[Observation]:
    for each in answered(transcript, "secret"):
        yield occurred(each.exchange)
        if SECRET in each.told:
            yield finding(
                "The venue's refusal held api_key=…; the strategy was told it with the "
                f"key: {each.told.replace(SECRET, 'sk-live-…')[:160]}.",
                each.exchange,
            )


@check("REJ-12", occurs="orders met a refusal, an outage, a 401 and a 400 of the venue")
def kinds_of_failure_are_told_apart(transcript: Transcript) -> Iterator[Observation]:
    cases = tuple(FAILURES)
    found = {each.case: each for each in answered(transcript, *cases)}
    if len(found) < len(cases):
        return
    yield occurred(*(each.exchange for each in found.values()))
    for place, case in enumerate(cases):
        for other in cases[place + 1 :]:
            one, two = found[case], found[other]
            if (one.exchange.status, one.code) == (two.exchange.status, two.code):
                yield finding(
                    f"The venue's {FAILURES[case]} and its {FAILURES[other]} were "
                    f"both told as {one.exchange.status} {one.code}.",
                    one.exchange,
                    two.exchange,
                )


@check("REJ-16", occurs="the venue answered an order with 429 and Retry-After")
def a_rate_limit_says_how_long(transcript: Transcript) -> Iterator[Observation]:
    for each in answered(transcript, "limit"):
        yield occurred(each.exchange)
        answer = each.exchange.response
        headers = {} if answer is None else dict(answer.data["headers"])
        told = each.told + str(headers.get("retry-after", ""))
        if each.exchange.status != 429:
            yield _finding(each, "it was not told as a rate limit")
        elif SECONDS not in told:
            yield _finding(each, f"that it is over in {SECONDS} s is not told")


@check("REJ-13", occurs="the venue rejected an order after it was accepted")
@check("ORD-78", occurs="the venue rejected an order after it was accepted")
def a_late_rejection_is_announced(transcript: Transcript) -> Iterator[Observation]:
    for change in booked(transcript, "rejected"):
        said = list(announcements(transcript, order_id=change.order))
        yield occurred(change.entry, *(each.entry for each in said))
        ends = [each for each in said if each.event == "ORDER_REJECTED"]
        if len(ends) != 1:
            yield finding(
                f"The venue rejected order {change.order} after its acceptance; "
                f"ORDER_REJECTED was told of it {len(ends)} times.",
                change.entry,
                *(each.entry for each in ends),
            )


@check("ORD-76", occurs="an order was told or shown rejected")
def a_rejected_order_says_why(transcript: Transcript) -> Iterator[Observation]:
    for change in booked(transcript, "rejected"):
        for said in announcements(transcript, order_id=change.order):
            if said.status == "REJECTED":
                yield occurred(said.entry)
                if said.order.get("reject_reason") is None:
                    yield finding(
                        f"The venue rejected order {change.order} for "
                        f"{change.entry.data['reason']!r}; it is told REJECTED with no "
                        "reject_reason.",
                        change.entry,
                        said.entry,
                    )
        for fetched, row in shown(transcript, change.order):
            if row.get("status") == "REJECTED" and row.get("reject_reason") is None:
                yield finding(
                    f"Order {change.order}, rejected for "
                    f"{change.entry.data['reason']!r}, is shown with no reject_reason.",
                    fetched,
                )


@check("ORD-92", occurs="a quote was asked for of a symbol that the venue lacks")
def no_quote_of_an_unknown_symbol(transcript: Transcript) -> Iterator[Observation]:
    yield from _not_found(transcript, "quotes")


@check("ORD-98", occurs="bars were asked for of a symbol that the venue lacks")
def no_bars_of_an_unknown_symbol(transcript: Transcript) -> Iterator[Observation]:
    yield from _not_found(transcript, "bars")


def _not_found(transcript: Transcript, what: str) -> Iterator[Observation]:
    facts = transcript.note("unknown-symbol") or {"symbol": None}
    for look in asked(transcript, "GET", "v1", what, None):
        if look.status is None or facts["symbol"] not in look.segments:
            continue
        if look.status >= 500 and not any(calls(transcript)):
            continue  # It has no line to the venue, and knows nothing of its symbols.
        yield occurred(look)
        if look.status != 404:
            yield finding(
                f"The venue knows no {facts['symbol']}; GET {look.target} was answered "
                f"with {look.status}.",
                look,
            )


@check("VAL-81", occurs="an order was sent for a symbol that the venue lacks")
def no_order_for_an_unknown_symbol(transcript: Transcript) -> Iterator[Observation]:
    facts = transcript.note("unknown-symbol") or {"symbol": None}
    for order in asked(transcript, "POST", "v1", "orders"):
        sent = order.sent if isinstance(order.sent, dict) else {}
        if order.status is None or sent.get("symbol", "") != facts["symbol"]:
            continue
        yield occurred(order)
        if not 400 <= order.status < 500:
            yield finding(
                f"The venue knows no {facts['symbol']}; an order for it was answered "
                f"with {order.status}.",
                order,
            )


@check("REJ-17", occurs="a burst of orders was over the venue's limit")
def a_burst_loses_no_order(transcript: Transcript) -> Iterator[Observation]:
    if transcript.note("burst") is None:
        return
    taken = [b.client_id for b in booked(transcript, "accepted")]
    turned_away = [c for c in calls(transcript, "POST", "orders") if c.status == 429]
    for order in asked(transcript, "POST", "v1", "orders"):
        sent = order.sent if isinstance(order.sent, dict) else {}
        name = sent.get("client_order_id")
        if order.status is None or len(turned_away) <= LIMITED:
            continue
        there = taken.count(name)
        yield occurred(order)
        if there != (1 if order.status == 201 else 0):
            yield finding(
                f"Order {name} was answered with {order.status}; the venue has it "
                f"{there} times.",
                order,
            )
