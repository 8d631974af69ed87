"""Whatever one client asks for, the others are answered, and the probes at once."""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, submitted
from conformance.peers.child import starved_of
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

CLIENTS, EACH = 8, 63
"""Clients at once, and orders of each: five hundred in all."""

CONNECTIONS = 200
COSTLY = 4
"""Requests for a year of bars each, side by side."""

BARS = 500_000
AT_ONCE = 1000.0
"""Milliseconds: a probe that takes longer is taken for dead by many a supervisor."""

MANY = 2 * 1024 * 1024
NEEDS = Needs(symbols=2, seconds=45, hostile=True, own=True)


async def script(strategy: Played) -> None:
    """A costly question, a crowd, many connections, a huge body; probes beside each."""
    await _probe(strategy, "idle")
    await _beside_costly(strategy)
    await _crowd(strategy)
    await _connections(strategy)
    body = strategy.order(client_order_id="x" * MANY)
    await strategy.request("POST", "/v1/orders", json=body, deliberate=True)
    await _probe(strategy, "huge-body")


async def _probe(strategy: Played, case: str) -> None:
    for _ in range(5):
        before = starved_of("self")
        reply = await strategy.get("/livez")
        starved = round((starved_of("self") - before) * 1000)
        strategy.note(
            "probe", case, case=case, exchange=reply.exchange, starved=starved
        )


async def _beside_costly(strategy: Played) -> None:
    name = quote(strategy.symbol, safe="")
    path = f"/v1/bars/{name}?timeframe=1m&limit={BARS}"
    asks = [
        asyncio.create_task(strategy.client().request("GET", path, seconds=10.0))
        for _ in range(COSTLY)
    ]
    await _probe(strategy, "costly")
    await asyncio.gather(*asks)


async def _crowd(strategy: Played) -> None:
    async def one() -> None:
        client = strategy.client()
        for _ in range(EACH):
            order = strategy.order(
                symbol=strategy.symbols[1], order_type="LIMIT", limit_price=FAR_BELOW
            )
            await client.request("POST", "/v1/orders", json=order)

    await asyncio.gather(*(one() for _ in range(CLIENTS)))


async def _connections(strategy: Played) -> None:
    body = strategy.order(order_type="LIMIT", limit_price=FAR_BELOW)
    halves = [
        await strategy.half("POST", "/v1/orders", body) for _ in range(CONNECTIONS)
    ]
    await _probe(strategy, "connections")
    for half in halves:
        half.close()


def probes(transcript: Transcript, case: str) -> Iterator[Exchange]:
    """The probes that were sent in one case."""
    made = {e.request.data["exchange"]: e for e in exchanges(transcript)}
    for facts in _noted(transcript, case):
        yield made[facts["exchange"]]


def _noted(transcript: Transcript, case: str) -> Iterator[Json]:
    for entry in transcript.entries:
        if entry.data.get("name") == "probe" and entry.data["facts"]["case"] == case:
            yield entry.data["facts"]


def _busy(transcript: Transcript, case: str) -> bool:
    """Whether a probe was slow because we had no processor to ask or hear with."""
    return any(
        (took := _took(exchange)) is not None
        and took > AT_ONCE >= took - facts.get("starved", 0)
        for exchange, facts in zip(
            probes(transcript, case), _noted(transcript, case), strict=True
        )
    )


def _took(exchange: Exchange) -> float | None:
    response = exchange.response
    return None if response is None else float(response.data["milliseconds"])


def _prompt(transcript: Transcript, case: str, what: str) -> Iterator[Observation]:
    """The probes of a case, which were answered at once while nothing else went on."""
    idle = [_took(e) for e in probes(transcript, "idle")]
    alive = any(e.body for e in probes(transcript, "idle"))
    if not alive or any(took is None or took > AT_ONCE for took in idle):
        return
    if _busy(transcript, case):
        return
    for exchange in probes(transcript, case):
        took = _took(exchange)
        yield occurred(exchange)
        if took is None or took > AT_ONCE or exchange.status != 200:
            told = "never" if took is None else f"after {took:.0f} ms"
            yield finding(
                f"{what}, the liveness probe was answered {told} with "
                f"{exchange.status}.",
                exchange,
                cause="Does one client keep the others from being served?",
            )


@check("OPE-14", occurs="probes were sent beside costly requests")
def probes_are_prompt_beside_costly_requests(
    transcript: Transcript,
) -> Iterator[Observation]:
    what = f"While {COSTLY} requests for {BARS} bars were worked on"
    yield from _prompt(transcript, "costly", what)


@check("OPE-82", occurs="probes were sent beside many connections")
def probes_are_prompt_beside_many_connections(
    transcript: Transcript,
) -> Iterator[Observation]:
    what = f"While {CONNECTIONS} connections held half a request each"
    yield from _prompt(transcript, "connections", what)


@check("OPE-81", occurs="a body of two megabytes was sent, and probes after it")
def a_huge_body_ends_nothing(transcript: Transcript) -> Iterator[Observation]:
    huge = [e for e in exchanges(transcript) if e.request.data.get("deliberate")]
    for exchange in huge[-1:]:
        after = list(probes(transcript, "huge-body"))
        good = [e for e in after if e.status == 200 and e.body]
        if exchange.status is not None and good:
            yield occurred(exchange, *good)
        if exchange.status is None or len(good) < len(after):
            yield finding(
                f"A body of two megabytes was answered with {exchange.status}; of "
                f"{len(after)} probes after it {len(good)} were.",
                exchange,
                *after,
            )


@check("OPE-80", occurs="five hundred orders were sent by eight clients at once")
def a_crowd_is_answered(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[1]
    crowd = [o for o in submitted(transcript) if o.fields.get("symbol") == symbol]
    taken = [o for o in accepted(transcript) if o.fields.get("symbol") == symbol]
    lost = [o for o in crowd if o.exchange.status is None]
    if taken:
        yield occurred(crowd[0].exchange, crowd[-1].exchange)
    if crowd and (lost or len(taken) + len(lost) < len(crowd)):
        yield finding(
            f"Of {len(crowd)} orders of {CLIENTS} clients {len(taken)} were accepted "
            f"and {len(lost)} never answered.",
            *(o.exchange for o in crowd if o not in taken),
        )
