"""A venue that takes a request and never answers holds up that request, for a while."""

import asyncio
from collections.abc import Iterator
from typing import Any

from conformance.evidence.entry import Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.unknown import LOST, refused
from conformance.judge.venue_answers import PLANNED, answered, sent_below
from conformance.peers.engine.conduct import Cut, How, When
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(
    engine=True,
    slow=True,
    seconds=100,
    environment={"REFERENCE_UPSTREAM_SECONDS": "1"},
)

SILENT = Cut(When.ACCEPTED, How.SILENCE)
MEANWHILE = ("/v1/positions", "/v1/orders", "/livez", "/health")


async def script(strategy: Played) -> None:
    """An order and a read meet silence; others are asked for beside them."""
    engine = strategy.engine
    await strategy.stream()
    await engine.linked()
    await strategy.get("/v1/positions")
    body = strategy.order(order_type="LIMIT", limit_price=FAR_BELOW)
    facts = {"case": "no answer came", "client_id": body["client_order_id"]}
    strategy.note(PLANNED, "the next order is not answered", kind=LOST, **facts)
    engine.next("POST", ORDERS, SILENT)
    engine.next("GET", "/api/v1/account", SILENT)
    patient: dict[str, Any] = {"seconds": strategy.pace.fault}
    order = asyncio.create_task(
        strategy.request("POST", "/v1/orders", json=body, **patient)
    )
    if await engine.called("POST", ORDERS):
        strategy.note("silence", "an order waits for the venue")
    read = asyncio.create_task(strategy.get("/v1/account", **patient))
    await asyncio.gather(*(strategy.get(path, **patient) for path in MEANWHILE))
    await asyncio.gather(order, read)
    await strategy.get(f"/v1/orders?client_order_id={body['client_order_id']}")


def _silent(transcript: Transcript) -> Iterator[Exchange]:
    """What the venue took and never answered."""
    notes = [
        e.number
        for e in transcript.of_kind(Kind.NOTE)
        if e.data.get("name") == "silence"
    ]
    if notes:
        for way in (("POST", "orders"), ("GET", "account")):
            yield from asked(transcript, way[0], "v1", way[1])


@check("NET-20", occurs="the venue took a request and never answered it")
def silence_of_the_venue_ends(transcript: Transcript) -> Iterator[Observation]:
    for exchange in _silent(transcript):
        yield occurred(exchange)
        if exchange.status is None or exchange.status < 500:
            yield finding(
                f"The venue never answered {exchange.method} {exchange.target}; the "
                f"strategy was told {exchange.status or 'nothing in time'}.",
                exchange,
            )


@check("NET-21", occurs="the venue held one request while others were sent")
def one_silence_holds_up_no_other(transcript: Transcript) -> Iterator[Observation]:
    silent = list(_silent(transcript))
    begun = min((e.request.number for e in silent), default=0)
    ended = min((e.numbers[-1] for e in silent), default=0)
    for exchange in exchanges(transcript):
        if exchange.target not in MEANWHILE or not (
            begun < exchange.request.number < ended
        ):
            continue
        yield occurred(exchange)
        if exchange.status is None or exchange.numbers[-1] > ended:
            yield finding(
                f"The venue held an order; {exchange.method} {exchange.target}, "
                "which it answers, waited as long as the order did.",
                *silent,
                exchange,
            )


@check("ORD-106", occurs="the venue took an order and never answered")
def a_silence_is_not_told_rejected(transcript: Transcript) -> Iterator[Observation]:
    for each in answered(transcript):
        if each.facts.get("kind") == LOST and sent_below(transcript, each):
            yield occurred(each.exchange)
            if refused(each):
                yield finding(
                    f"The venue took an order and never answered; the strategy was "
                    f"told {each.shown}, as if it had been refused.",
                    each.exchange,
                )
