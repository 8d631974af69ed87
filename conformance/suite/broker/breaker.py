"""A breaker opens at outages only, lets cancels pass, and says that it is open."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.venue import Call, calls
from conformance.peers.engine.conduct import Status
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation
from conformance.suite.check import check

NEEDS = Needs(start=False, seconds=60)

REFUSED, FAILED = 8, 5
"""More than a breaker should count, of what is no outage and of what is one."""

SMALL = {"order_type": "LIMIT", "limit_price": FAR_BELOW, "quantity": "2000"}
"""It rests, and is worth enough for a broker that asks for so much."""

AFTER = {"refusals": "after-refusals", "outages": "after-outages"}


async def script(strategy: Played) -> None:
    """Refuses many orders, fails many, and looks each time what is still done."""
    await strategy.start()
    refusal = strategy.venue.refusals[0].answer
    await _all_met(strategy, refusal, REFUSED)
    await _ask_after(strategy, AFTER["refusals"])
    await strategy.start()
    resting = await strategy.resting(quantity="2000")
    await _all_met(strategy, Status(503, '{"message":"maintenance"}'), FAILED)
    await _ask_after(strategy, AFTER["outages"])
    await strategy.cancel(resting.id)


async def _all_met(strategy: Played, conduct: Status, count: int) -> None:
    strategy.venue.always(Operation.SUBMIT, conduct)
    for _ in range(count):
        await strategy.request("POST", "/v1/orders", json=strategy.order(**SMALL))
    strategy.venue.plainly()


async def _ask_after(strategy: Played, when: str) -> None:
    """The broker is well: what is not sent on now, a breaker keeps back."""
    body = strategy.order(**SMALL)
    name = str(body["client_order_id"])
    strategy.note(when, f"the broker is well: {when}", client_id=name)
    await strategy.request("POST", "/v1/orders", json=body)
    await strategy.get("/v1/circuit-breakers")


@check("OPE-44", occurs="the broker refused or failed many orders, and was well again")
def a_breaker_is_of_outages(transcript: Transcript) -> Iterator[Observation]:
    for when in AFTER.values():
        order = _order_after(transcript, when)
        if order is None:
            continue
        yield occurred(order)
        if _sent(transcript, order) or (order.status or 0) == 201:
            continue
        if when == AFTER["refusals"]:
            yield finding(
                f"The broker refused {REFUSED} orders and was well; the next was "
                f"answered with {order.status} {order.body} and never sent to it.",
                order,
            )
        else:
            yield from _told_open(transcript, order)
            yield from _cancels_pass(transcript, order)


def _order_after(transcript: Transcript, when: str) -> Exchange | None:
    facts = transcript.note(when)
    for order in asked(transcript, "POST", "v1", "orders"):
        sent = order.sent if isinstance(order.sent, dict) else {}
        if facts and sent.get("client_order_id") == facts["client_id"]:
            return order if order.status is not None else None
    return None


def _sent(transcript: Transcript, exchange: Exchange) -> list[Call]:
    """What the Gateway asked of the broker while it answered this."""
    answer = exchange.response
    end = answer.number if answer is not None else exchange.request.number
    return [
        call
        for call in calls(transcript)
        if exchange.request.number < call.asked.number < end
        and call.asked.data.get("operation")
        in {Operation.SUBMIT, Operation.CANCEL, Operation.CLOSE}
    ]


def _told_open(transcript: Transcript, order: Exchange) -> Iterator[Observation]:
    for look in asked(transcript, "GET", "v1", "circuit-breakers"):
        if look.request.number < order.request.number or look.status is None:
            continue
        if look.status != 200 or "open" not in str(look.body).lower():
            yield finding(
                f"The breaker kept an order back ({order.status} {order.body}); its "
                f"state was told as {look.status} {look.body}.",
                order,
                look,
            )


def _cancels_pass(transcript: Transcript, order: Exchange) -> Iterator[Observation]:
    for cancel in asked(transcript, "DELETE", "v1", "orders", None):
        if cancel.request.number < order.request.number or cancel.status is None:
            continue
        if not _sent(transcript, cancel):
            yield finding(
                f"The breaker was open and the broker well; DELETE {cancel.target} "
                f"was answered with {cancel.status} {cancel.body} and never sent on.",
                order,
                cancel,
            )
