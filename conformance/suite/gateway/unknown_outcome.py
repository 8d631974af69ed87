"""An order whose answer was lost may exist: it is no rejection, and is found again."""

from collections import Counter
from collections.abc import Iterator, Mapping

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements, asked
from conformance.judge.unknown import (
    FAULT,
    LOST,
    copies,
    ends_told,
    found_later,
    refused,
)
from conformance.judge.venue import booked
from conformance.judge.venue_answers import Answered, answered, sent_below
from conformance.peers.engine.conduct import Conduct, Cut, How, Status, When
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.planned_orders import send_planned

NEEDS = Needs(engine=True, seconds=30)

FAILED = '{"error":{"message":"something went wrong"}}'

UNKNOWN: Mapping[str, Conduct] = {
    "the connection was reset once it was booked": Cut(When.ACCEPTED, How.RST),
    "the connection was closed once it was booked": Cut(When.ACCEPTED, How.FIN),
    "the connection broke in mid-answer": Cut(When.ANSWERED, How.RST),
    "it was booked and answered 500": Status(500, FAILED, booked=True),
    "it was booked and answered 502": Status(502, "<html>bad gateway", booked=True),
    "it was booked and answered 504": Status(504, "", booked=True),
    "it was booked and answered with broken JSON": Status(201, '{"id":"', booked=True),
    "it was booked and answered with no order": Status(200, "[]", booked=True),
}
FAULTS: Mapping[str, Conduct] = {
    "the connection was reset before it was read": Cut(When.BEFORE, How.RST),
    "it was answered 500": Status(500, FAILED),
    "it was answered 503": Status(503, FAILED),
    "it was answered 429": Status(429, FAILED, {"Retry-After": "1"}),
}


async def script(strategy: Played) -> None:
    """Loses the answers of orders in many ways, and looks for each afterwards."""
    await strategy.stream()
    await strategy.engine.linked()
    for case, conduct in UNKNOWN.items():
        name = await _planned(strategy, case, conduct, LOST)
        await strategy.engine.booked(name)
        await strategy.get(f"/v1/orders?client_order_id={name}")
    for case, conduct in FAULTS.items():
        await _planned(strategy, case, conduct, FAULT)
    await strategy.fence()


async def _planned(strategy: Played, case: str, conduct: Conduct, kind: str) -> str:
    strategy.engine.next("POST", ORDERS, conduct)
    return await send_planned(strategy, case, {"kind": kind})


def _lost(transcript: Transcript) -> Iterator[Answered]:
    """The orders that the venue took and whose answers it lost."""
    taken = {b.client_id for b in booked(transcript, "accepted")}
    for each in answered(transcript):
        if each.facts.get("kind") == LOST and each.facts["client_id"] in taken:
            yield each


@check("ORD-80", occurs="the venue took an order and its answer was lost")
def what_may_exist_is_not_told_rejected(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in _lost(transcript):
        yield occurred(each.exchange)
        if refused(each):
            yield finding(
                f"Of an order to the venue {each.case}; the strategy was told "
                f"{each.shown}, as if it had been refused.",
                each.exchange,
            )
        for entry, what in ends_told(transcript, str(each.facts["client_id"])):
            yield finding(
                f"Of an order to the venue {each.case}; it rests there, and the "
                f"strategy was told {what}.",
                each.exchange,
                entry,
            )


@check("ORD-81", occurs="an order whose answer was lost was looked for by client id")
def what_was_lost_is_found_again(transcript: Transcript) -> Iterator[Observation]:
    for each in _lost(transcript):
        name = str(each.facts["client_id"])
        for look in asked(transcript, "GET", "v1", "orders"):
            _, _, wanted = look.target.partition("client_order_id=")
            if wanted.partition("&")[0] != name or look.status is None:
                continue
            yield occurred(each.exchange, look)
            if look.status != 200 or not found_later(look, name):
                yield finding(
                    f"Of order {name} {each.case}; it rests at the venue, and a list "
                    f"of the orders with this client order id answered {look.status} "
                    "without it.",
                    each.exchange,
                    look,
                )


@check("ORD-82", occurs="the venue answered an order with a fault, or not at all")
def a_fault_is_told_as_the_providers(transcript: Transcript) -> Iterator[Observation]:
    for each in answered(transcript):
        if each.facts.get("kind") != FAULT or not sent_below(transcript, each):
            continue
        yield occurred(each.exchange)
        if refused(each):
            yield finding(
                f"Of an order to the venue {each.case}; the strategy was told "
                f"{each.shown}, as if it had been refused.",
                each.exchange,
            )


@check("ORD-83", occurs="the venue took an order and its answer was lost")
def what_may_exist_is_not_sent_again(transcript: Transcript) -> Iterator[Observation]:
    taken = Counter(b.client_id for b in booked(transcript, "accepted"))
    # The gravest is told first: that the venue has it more than once.
    names = {str(each.facts["client_id"]): each for each in _lost(transcript)}
    for name in sorted(names, key=lambda name: taken[name], reverse=True):
        each = names[name]
        sent = copies(transcript, name)
        yield occurred(each.exchange, *(call.asked for call in sent))
        if len(sent) > 1:
            has = "once" if taken[name] == 1 else f"{taken[name]} times"
            yield finding(
                f"Of order {name} {each.case}; the Gateway sent it {len(sent)} times, "
                f"and the venue has it {has}.",
                each.exchange,
                *(call.asked for call in sent),
            )


@check("ORD-105", occurs="the venue took an order and its answer was lost")
def what_was_lost_is_announced(transcript: Transcript) -> Iterator[Observation]:
    taken = {b.client_id: b for b in booked(transcript, "accepted")}
    for each in _lost(transcript):
        change = taken[str(each.facts["client_id"])]
        said = list(announcements(transcript, order_id=change.order))
        yield occurred(each.exchange, change.entry)
        if not any(a.event == "ORDER_CREATED" for a in said):
            yield finding(
                f"Of an order to the venue {each.case}; it rests there as "
                f"{change.order}, and the stream never told that it was created.",
                each.exchange,
                change.entry,
            )
