"""A Gateway that is asked to end ends in good order, as its clients see it."""

import asyncio
from collections.abc import Iterator

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked, messages_of_type
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(own=True)
STREAMS = tuple(f"stream-{n}" for n in range(1, 9))
"""Several: a close that is only queued may miss some of them."""

AGAIN = 3
"""Further instances that are ended: a close that races the end wins now and then."""


async def script(strategy: Played) -> None:
    """Sends half an order, SIGTERM, the other half; then a whole order, too late."""
    first, *_ = [await strategy.stream(name) for name in STREAMS]
    body = strategy.order(order_type="LIMIT", limit_price=FAR_BELOW)
    half = await strategy.half("POST", "/v1/orders", body)
    strategy.note("half", "an order is on its way", client=body["client_order_id"])
    ending = asyncio.create_task(strategy.terminate())
    # The signal is sent in the task's first step.
    await strategy.get("/livez")
    await half.finish(strategy.pace.ending)
    await strategy.wait(first, "DISCONNECTING", lambda h: h.event == "DISCONNECTING")
    late = strategy.client()
    await late.request("GET", "/readyz")
    order = strategy.order(order_type="LIMIT", limit_price=FAR_BELOW)
    await late.request("POST", "/v1/orders", json=order)
    await ending
    for number in range(AGAIN):
        await strategy.start()
        for name in STREAMS:
            await strategy.stream(f"{name}-{number}")
        await strategy.terminate()
    for stream in strategy.open_streams:
        await stream.ended(strategy.pace.quiet)


def _process(transcript: Transcript, event: str) -> Entry | None:
    found = (e for e in transcript.of_kind(Kind.PROCESS) if e.data["event"] == event)
    return next(found, None)


@check("OPE-50", occurs="a Gateway was asked to end")
def it_ends_in_time(transcript: Transcript) -> Iterator[Observation]:
    signalled = _process(transcript, "signalled")
    exited = _process(transcript, "exited") or _process(transcript, "still running")
    if signalled is None or exited is None:
        return
    yield occurred(signalled, exited)
    if exited.data["event"] != "exited" or exited.data["status"] != 0:
        yield finding(
            f"Asked to end, the Gateway is {exited.data['event']} with status "
            f"{exited.data['status']} after {exited.data['seconds']} s.",
            signalled,
            exited,
        )


def goodbyes(transcript: Transcript, stream: str) -> list[Entry]:
    """The messages that tell a client of the Gateway's end."""
    return [
        entry
        for entry, message in messages_of_type(transcript, "connection", stream)
        if message.get("event") == "DISCONNECTING"
    ]


@check("OPE-51", occurs="a Gateway with clients was asked to end")
def clients_are_told(transcript: Transcript) -> Iterator[Observation]:
    signalled = _process(transcript, "signalled")
    for stream in transcript.streams():
        told = goodbyes(transcript, stream)
        if signalled is None or _process(transcript, "exited") is None:
            continue
        yield occurred(signalled, *told)
        if len(told) != 1:
            yield finding(
                f"The Gateway ended; {stream} was told DISCONNECTING {len(told)} "
                "times.",
                signalled,
                *told,
            )


@check("OPE-52", occurs="a client was disconnected by a Gateway that ended")
def clients_are_closed_as_going_away(transcript: Transcript) -> Iterator[Observation]:
    if _process(transcript, "exited") is None:
        return
    for entry in transcript.of_kind(Kind.CLOSED):
        yield occurred(entry)
        if entry.data.get("code") != 1001:
            yield finding(
                f"{entry.data['stream']} was closed with the code "
                f"{entry.data.get('code') or 'none'}, not 1001.",
                entry,
            )


@check("OPE-53", occurs="half a request was sent before the signal, the rest after it")
def what_is_on_its_way_is_answered(transcript: Transcript) -> Iterator[Observation]:
    noted = transcript.note("half")
    signalled = _process(transcript, "signalled")
    if noted is None or signalled is None:
        return
    for exchange in exchanges(transcript):
        sent = exchange.sent if isinstance(exchange.sent, dict) else {}
        if sent.get("client_order_id") != noted["client"]:
            continue
        yield occurred(exchange, signalled)
        if exchange.status is None:
            yield finding(
                "An order was on its way when the Gateway was asked to end; it was "
                "never answered: nobody knows whether it exists.",
                exchange,
                signalled,
            )


def _late(transcript: Transcript, method: str, *path: str) -> Iterator[Exchange]:
    """Requests that were sent after a client was told of the end."""
    told = [e for s in transcript.streams() for e in goodbyes(transcript, s)]
    for exchange in asked(transcript, method, *path):
        if told and exchange.request.number > told[0].number:
            yield exchange


@check("OPE-55", occurs="readiness was asked for after a client was told of the end")
def an_ending_gateway_is_not_ready(transcript: Transcript) -> Iterator[Observation]:
    for exchange in _late(transcript, "GET", "readyz"):
        yield occurred(exchange)
        if exchange.status == 200:
            yield finding("An ending Gateway says that it is ready.", exchange)


@check("OPE-56", occurs="an order was sent after a client was told of the end")
def an_ending_gateway_takes_no_order(transcript: Transcript) -> Iterator[Observation]:
    for exchange in _late(transcript, "POST", "v1", "orders"):
        yield occurred(exchange)
        body = exchange.body if isinstance(exchange.body, dict) else {}
        if exchange.status is not None and body.get("code") != "SHUTTING_DOWN":
            yield finding(
                f"An order that was sent to an ending Gateway was answered with "
                f"{exchange.status} {body.get('code') or ''}.",
                exchange,
            )
