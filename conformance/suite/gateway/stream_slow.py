"""A client that does not read costs itself its connection, and the others nothing."""

import asyncio
from collections.abc import Iterator

from conformance.evidence.entry import Kind, Party
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.metrics import read_metrics
from conformance.judge.orders import announcements, asked
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

CLIENTS, EACH = 8, 100
"""Clients that flood the stream, and orders of each: two events an order."""

READER, SLOW = "reader", "slow"
DROPPED = "gateway_ws_slow_consumer_disconnects"
NEEDS = Needs(own=True, seconds=45, symbols=2)


async def script(strategy: Played) -> None:
    """One client stops reading while thousands of events are told; then it reads."""
    reader = await strategy.stream(READER)
    slow = await strategy.stream(SLOW, narrow=True)
    await strategy.get("/metrics")
    slow.pause()
    await asyncio.gather(*(_flood(strategy) for _ in range(CLIENTS)))
    last = await strategy.bought(reader, "1", symbol=strategy.symbols[1])
    strategy.note("flooded", "all events were told to the reader", order=last.id)
    slow.resume()
    # What was kept for it comes at once; a connection that was ended ends now.
    await slow.ended(strategy.pace.quiet)
    await strategy.get("/metrics")


async def _flood(strategy: Played) -> None:
    client = strategy.client()
    for _ in range(EACH):
        order = strategy.order(order_type="LIMIT", limit_price=FAR_BELOW)
        reply = await client.request("POST", "/v1/orders", json=order)
        await client.request("DELETE", f"/v1/orders/{reply.field('id')}")


def _told(transcript: Transcript, stream: str) -> set[tuple[str, str]]:
    """What a stream told of orders."""
    return {(said.id, said.event) for said in announcements(transcript, stream)}


def _was_dropped(transcript: Transcript) -> bool:
    """Whether the Gateway ended the connection of the client that did not read."""
    return any(
        entry.data["stream"] == SLOW and entry.party is Party.GATEWAY
        for entry in transcript.of_kind(Kind.CLOSED)
    )


def _flooded(transcript: Transcript) -> bool:
    """Whether more was told than could be kept for the client that did not read."""
    read, slow = _told(transcript, READER), _told(transcript, SLOW)
    flooded = transcript.note("flooded") is not None
    return flooded and (_was_dropped(transcript) or not read <= slow)


@check("STR-60", occurs="a client that did not read missed events, or was dropped")
def who_does_not_read_is_dropped(transcript: Transcript) -> Iterator[Observation]:
    if not _flooded(transcript):
        return
    last = transcript.entries[-1]
    yield occurred(last)
    read, slow = _told(transcript, READER), _told(transcript, SLOW)
    noted = transcript.note("flooded") or {}
    if (noted["order"], "ORDER_FILLED") not in read:
        yield finding(
            f"Beside a client that does not read the other was told {len(read)} order "
            "events, and not the last.",
            last,
        )
    if not _was_dropped(transcript):
        yield finding(
            f"A client that did not read for a while was told {len(slow)} of "
            f"{len(read)} order events and stayed connected: it cannot know what it "
            "missed.",
            last,
            cause="Are messages for a full queue dropped in silence?",
        )


@check("OPE-25", occurs="a client that did not read missed events, or was dropped")
def who_was_dropped_is_counted(transcript: Transcript) -> Iterator[Observation]:
    looks = [e for e in asked(transcript, "GET", "metrics") if e.status == 200]
    if len(looks) < 2 or not _flooded(transcript):
        return
    before, after = (
        read_metrics(str(e.response.data["body"] if e.response else "")).total(DROPPED)
        for e in (looks[0], looks[-1])
    )
    yield occurred(*looks)
    dropped = int(_was_dropped(transcript))
    if after - before != dropped:
        yield finding(
            f"{dropped} clients were dropped; {DROPPED} grew by {after - before}.",
            *looks,
            cause="Are lost messages counted in place of clients?",
        )
