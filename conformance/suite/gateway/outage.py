"""While the venue is away every answer says so, and none is an empty success."""

import asyncio
from collections.abc import Iterator

from conformance.evidence.entry import Json, Kind
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked, messages_of_type, number, submitted
from conformance.judge.outages import Outage, afterwards, during
from conformance.judge.venue import booked
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.peers.trader import segment
from conformance.suite.check import check

NEEDS = Needs(engine=True, own=True, seconds=40)

PROBES = ("/health", "/readyz", "/v1/status")
ANSWER_SECONDS = 12.0
"""How long an answer may take while nothing listens at the venue."""

LOCAL = ("livez", "readyz", "health", "status", "capabilities", "metrics")
"""What a Gateway answers of itself."""


async def script(strategy: Played) -> None:
    """The venue goes away under an order and a position, and comes back."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    await strategy.bought(stream, "3")
    resting, filled = [await strategy.resting() for _ in range(2)]
    held = await strategy.positions()
    await strategy.fence()
    await _probe(strategy)
    since = len(stream.heard)
    await engine.leave()
    await strategy.wait(
        stream,
        "word of the outage",
        lambda heard: heard.type in {"connection", "error", "backtest_complete"},
        since=since,
    )
    await _probe(strategy)
    await _ask_everything(strategy, resting.id, str(held[0].get("id") if held else ""))
    # What happens now no stream can tell where the Engine's is not opened again.
    await stream.close()
    engine.fill(filled.id, "1", "100")
    await engine.come_back()
    await strategy.show(filled.id)
    for path in ("/v1/orders", "/v1/positions", "/v1/account", "/v1/status"):
        await strategy.get(path)
    await strategy.submit(order_type="LIMIT", limit_price=FAR_BELOW)
    await strategy.cancel(resting.id)
    await strategy.get("/v1/orders")


async def _probe(strategy: Played) -> None:
    for path in PROBES:
        await strategy.get(path, seconds=ANSWER_SECONDS)


async def _ask_everything(strategy: Played, order: str, position: str) -> None:
    """What needs the venue, side by side: reads, orders, and the kill recipe."""
    symbol = strategy.symbol
    limit = strategy.order(order_type="LIMIT", limit_price=FAR_BELOW)
    reads = ("account", "orders", "positions", "trades", f"orders/{segment(order)}")
    market = (f"quotes/{symbol}", f"bars/{symbol}?timeframe=1m")
    held = f"positions/{segment(position)}"
    ends = ("orders", "positions", f"orders/{segment(order)}", held)
    patient = {"seconds": ANSWER_SECONDS}
    await asyncio.gather(
        *(strategy.get(f"/v1/{path}", **patient) for path in (*reads, *market)),
        *(strategy.delete(f"/v1/{path}", **patient) for path in ends),
        strategy.request("POST", "/v1/orders", json=limit, **patient),
    )


def _needing(transcript: Transcript) -> Iterator[Exchange]:
    """What was asked of the venue while it was away."""
    for _, exchange in during(transcript):
        if exchange.segments[-1] not in LOCAL:
            yield exchange


def _honest(exchange: Exchange) -> bool:
    return (exchange.status or 0) >= 500 or exchange.status == 429


def _is_kill(exchange: Exchange) -> bool:
    return exchange.method == "DELETE" and exchange.segments[-1] in {
        "orders",
        "positions",
    }


@check("CON-73", occurs="something was asked of a venue that was away")
def what_needs_the_venue_fails(transcript: Transcript) -> Iterator[Observation]:
    for exchange in _needing(transcript):
        if _is_kill(exchange):
            continue
        yield occurred(exchange)
        if not _honest(exchange):
            yield finding(
                f"While nothing listened at the venue, {exchange.method} "
                f"{exchange.target} was answered with {exchange.status}.",
                exchange,
            )


@check("KIL-17", occurs="all orders were cancelled at a venue that was away")
def a_kill_of_nobody_is_no_success(transcript: Transcript) -> Iterator[Observation]:
    for exchange in _needing(transcript):
        if not _is_kill(exchange):
            continue
        yield occurred(exchange)
        if not _honest(exchange):
            yield finding(
                f"While nothing listened at the venue, DELETE {exchange.target} was "
                f"answered with {exchange.status} {exchange.body}.",
                exchange,
            )


def _providers(health: Exchange) -> list[dict[str, Json]]:
    """What health tells of each provider."""
    rows = health.body.get("providers") if isinstance(health.body, dict) else None
    return [r for r in rows if isinstance(r, dict)] if isinstance(rows, list) else []


def _streamed(transcript: Transcript, each: Outage) -> bool:
    """Whether the Gateway had a stream of the venue's open: else no data gets old."""
    links = transcript.of_kind(Kind.LINKED)
    return any(link.number < each.away.number for link in links)


@check("OPE-16", occurs="health was asked for while a venue that streams was away")
def health_tells_of_the_outage(transcript: Transcript) -> Iterator[Observation]:
    for each, exchange in during(transcript):
        if exchange.segments[-1] != "health" or not isinstance(exchange.body, dict):
            continue
        if not _streamed(transcript, each):
            continue
        rows = _providers(exchange)
        yield occurred(each.away, exchange)
        if any(row.get("connected") is True for row in rows):
            yield finding(
                "The venue had gone, its stream and its REST; health tells "
                f"{exchange.body.get('status')} with the providers {rows}.",
                each.away,
                exchange,
                cause="Is it told by what was heard last, and not by the connection?",
            )


@check("OPE-17", occurs="the status was asked for while the venue was away")
def the_status_tells_of_the_outage(transcript: Transcript) -> Iterator[Observation]:
    served = any(e.status == 200 for e in asked(transcript, "GET", "v1", "status"))
    for each, exchange in during(transcript):
        if exchange.segments[-1] != "status" or not served:
            continue
        yield occurred(each.away, exchange)
        told = exchange.body if isinstance(exchange.body, dict) else {}
        if exchange.status == 200 and told.get("connected") is True:
            yield finding(
                "The venue had gone; the connection status tells connected true.",
                each.away,
                exchange,
            )


@check("NET-18", occurs="something was asked of a venue that was back")
def what_needs_the_venue_works_again(transcript: Transcript) -> Iterator[Observation]:
    for each, exchange in afterwards(transcript):
        if exchange.segments[-1] in LOCAL or each.back is None:
            continue
        yield occurred(each.back, exchange)
        if _honest(exchange):
            yield finding(
                f"The venue was away and is back; {exchange.method} "
                f"{exchange.target} is still answered with {exchange.status}.",
                each.back,
                exchange,
            )


@check("NET-19", occurs="an order was sent while the venue was away, and failed")
def an_order_that_failed_is_not_sent_later(
    transcript: Transcript,
) -> Iterator[Observation]:
    failed = {e.request.number for _, e in during(transcript) if _honest(e)}
    for order in submitted(transcript):
        if order.exchange.request.number not in failed:
            continue
        there = [
            b for b in booked(transcript, "accepted") if b.client_id == order.client_id
        ]
        yield occurred(order.exchange)
        if there:
            yield finding(
                f"Order {order.client_id} failed with {order.exchange.status} while "
                "nothing listened at the venue; the venue took it after its return.",
                order.exchange,
                *(change.entry for change in there),
            )


@check("NET-22", occurs="an order that filled while the venue was away was shown")
def what_filled_meanwhile_is_shown(transcript: Transcript) -> Iterator[Observation]:
    for each, look in afterwards(transcript):
        body = look.body if isinstance(look.body, dict) else {}
        fills = [
            change
            for change in booked(transcript, "filled")
            if change.order == look.segments[-1]
            and each.away.number < change.entry.number < look.request.number
        ]
        if look.method != "GET" or not fills or look.status != 200:
            continue
        yield occurred(each.away, fills[-1].entry, look)
        if number(body, "filled_quantity") != fills[-1].number("filled"):
            yield finding(
                f"{fills[-1].number('filled')} of {look.segments[-1]} were filled "
                "while the venue was away; after its return the order is shown with "
                f"{body.get('filled_quantity')} filled, {body.get('status')}.",
                each.away,
                fills[-1].entry,
                look,
            )


@check("PLA-16", occurs="a message on a connection or on stale data named its broker")
def the_broker_is_the_one_that_health_names(
    transcript: Transcript,
) -> Iterator[Observation]:
    names = {
        str(row.get("platform"))
        for health in asked(transcript, "GET", "health")
        for row in _providers(health)
    }
    for kind in ("connection", "data_staleness"):
        for entry, message in messages_of_type(transcript, kind):
            broker = message.get("broker")
            if broker is None or not names:
                continue
            yield occurred(entry)
            if str(broker) not in names:
                yield finding(
                    f"{message.get('event')} names the broker {broker}; health names "
                    f"{', '.join(sorted(names))}.",
                    entry,
                )
