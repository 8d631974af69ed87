"""Who reads while orders are being worked is answered all the same."""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, asked
from conformance.judge.tellings import tellings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.protocol.order_states import TERMINAL
from conformance.suite.check import check

NEEDS = Needs(symbols=1)

ORDERS, ROUNDS = 6, 4
READ = (("orders",), ("positions",), ("account",))
RATE_LIMITED = 429
"""A venue's own bound on requests is no fault of the Gateway."""


async def script(strategy: Played) -> None:
    """Sends orders at once, and meanwhile reads the orders, positions and account."""
    stream = await strategy.stream()
    beside = [_reads(strategy, first) for first in range(ROUNDS)]
    sent = [strategy.submit() for _ in range(ORDERS)]
    replies = (await asyncio.gather(*sent, *beside))[:ORDERS]
    await _reads(strategy, 0)
    for reply in replies:
        if reply is not None and isinstance(reply.field("id"), str):
            await strategy.done(stream, str(reply.field("id")))


async def _reads(strategy: Played, first: int) -> None:
    """All three, each round from another on: the last may come after the fills."""
    symbol = quote(strategy.symbol, safe="")
    paths = (f"orders?symbol={symbol}", f"positions?symbol={symbol}", "account")
    for place in range(len(paths)):
        await strategy.get(f"/v1/{paths[(first + place) % len(paths)]}")


def _beside(transcript: Transcript) -> Iterator[Exchange]:
    """The reads that were asked for while an order had not been told to have ended."""
    told = tellings(transcript)
    spans = []
    for order in accepted(transcript):
        ends = [t.told for t in told.get(str(order.id), ()) if t.status in TERMINAL]
        last = min(ends, default=order.exchange.numbers[-1])
        spans.append((order.exchange.request.number, last))
    for path in READ:
        for read in asked(transcript, "GET", "v1", *path):
            at = read.request.number
            if any(first < at < last for first, last in spans):
                yield read


@check("ORD-103", occurs="something was read while an order was being worked")
def reads_are_answered_all_the_same(transcript: Transcript) -> Iterator[Observation]:
    for read in _beside(transcript):
        if read.status == RATE_LIMITED:
            continue
        yield occurred(read)
        if read.status != 200:
            yield finding(
                f"GET {read.target}, asked while an order was being worked, was "
                f"answered with {read.status}.",
                read,
            )
