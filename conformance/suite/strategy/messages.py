"""What a strategy does with messages: heartbeats, every kind, and odd ones."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.comparison import difference
from conformance.judge.strategy.runs import Run, footing, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.suite.check import check

NEEDS = StrategyNeeds()

BEATS = 3
BEAT_SECONDS = 5.0
"""How long a pong may take: the documents' heartbeat is one of fifteen seconds."""

CORRECTION = Decimal("0.01")
"""So small that whoever minds it decides as before: one bar more is what shows."""

LATE_BARS = 4
"""So far back is the bar that is told late."""

KINDS = "kinds-"
ODD = "odd-"


async def script(strategy: Encounter) -> None:
    """Heartbeats and every kind of message in one run, odd ones in the other."""
    await strategy.side_by_side(kinds(strategy), odd(strategy))


async def kinds(strategy: Encounter) -> None:
    """Between the bars that lead to an entry."""
    async with strategy.gateway(run=KINDS) as gateway:
        await gateway.feed()
        for _ in range(BEATS):
            pongs = heard(gateway)
            gateway.tell_plain({"type": "ping"})
            await gateway.wait(
                lambda pongs=pongs: heard(gateway) > pongs,  # type: ignore[misc]
                BEAT_SECONDS,
            )
        await frame(gateway)
        for message in every_kind(gateway):
            gateway.tell(message)
            await gateway.digested()
        gateway.note("all-told", "every kind was told")
        await gateway.feed(turns(gateway))


async def frame(gateway: PlayedGateway) -> None:
    """A heartbeat of the WebSocket itself: a ping frame."""
    before = gateway.stream.frames_answered
    gateway.note("pinged", "a ping frame is sent")
    await gateway.stream.ping_frame()
    answered = await gateway.wait(
        lambda: gateway.stream.frames_answered > before, BEAT_SECONDS
    )
    gateway.note("ping-waited", answered=answered)


async def odd(strategy: Encounter) -> None:
    """An unknown type, unknown words and fields, broken text; bars told once more."""
    async with strategy.gateway(run=ODD) as gateway:
        await gateway.feed()
        for message in strange(gateway):
            gateway.tell(message, deliberate=True)
            await gateway.digested()
        for text in ("{", "[]", '"candle"', "null", '{"type": "candle"'):
            gateway.stream.tell_text(text, deliberate=True)
        gateway.note("all-told", "every odd one was told")
        await gateway.until(lambda: bool(gateway.held))
        # Just before it leaves: where one bar more would show.
        await gateway.feed(max(gateway.footing.exit - gateway.market.next, 0))
        gateway.repeat_bar()
        await gateway.digested()
        gateway.correct_bar(CORRECTION)
        await gateway.digested()
        gateway.repeat_bar(LATE_BARS)
        await gateway.digested()
        await gateway.feed(turns(gateway))


def turns(gateway: PlayedGateway) -> int:
    """So many bars that it enters and leaves."""
    return gateway.footing.patience


def heard(gateway: PlayedGateway) -> int:
    """How many pongs have come."""
    return gateway.stream.pongs


def every_kind(gateway: PlayedGateway) -> Iterator[dict[str, Any]]:
    """One message of each type that asks for nothing to be done."""
    market = gateway.market
    bar = market.bar(max(market.next - 1, 0))
    account = gateway.provider.rendering.account(gateway.books, gateway.provider.prices)
    yield {"type": "quote", "quote": market.quote_json(bar)}
    yield {"type": "account", "event": "BALANCE_UPDATED", "account": account}
    yield {"type": "connection", "event": "CONNECTED"}
    yield {"type": "connection", "event": "RECONNECTING"}
    yield {"type": "data_staleness", "event": "FRESH", "symbols": [market.symbol]}
    yield {
        "type": "rate_limit",
        "event": "RATE_LIMIT_WARNING",
        "requests_remaining": 10,
        "reset_at": market.bar_json(bar)["timestamp"],
    }
    yield {"type": "financing", "symbol": "OTHER", "amount": "-0.01", "currency": "USD"}
    yield {"type": "error", "code": "INTERNAL_ERROR", "message": "it is over"}


def strange(gateway: PlayedGateway) -> Iterator[dict[str, Any]]:
    """Messages of a later version, or of another one."""
    market = gateway.market
    bar = market.bar_json(market.bar(max(market.next - 1, 0)))
    yield {"type": "weather", "wind": "east"}
    yield {"type": "connection", "event": "TELEPORTED"}
    yield {"type": "error", "code": "SOMETHING_NEW", "message": "who knows"}
    yield {"type": "candle", "bar": {**bar, "timeframe": "7m", "symbol": "OTHER"}}
    yield {"type": "account", "event": "BALANCE_UPDATED", "account": None}
    yield {"type": "order", "event": "ORDER_FILLED", "order": {"id": "unknown"}}


@check("DUT-15", occurs="a heartbeat was told")
def heartbeats_are_answered(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        pings = run.told("ping")
        pongs = [e for e in run.said if is_pong(e.data.get("text"))]
        for place, ping in enumerate(pings):
            yield occurred(ping, *pongs[place : place + 1])
        if len(pongs) < len(pings):
            missed = pings[len(pongs)]
            yield finding(
                f"{len(pings)} heartbeats were told and {len(pongs)} answered within "
                f"{BEAT_SECONDS:g} s.",
                missed,
                cause="Is the message ping passed over?",
                key="no pong",
            )
        pinged, waited = run.note("pinged"), run.note("ping-waited")
        if pinged is None or waited is None or run.died is not None:
            continue
        yield occurred(pinged, waited)
        if not waited.data["facts"]["answered"]:
            yield finding(
                f"A ping frame of the WebSocket was not answered within "
                f"{BEAT_SECONDS:g} s.",
                pinged,
                waited,
                cause="Does the library leave pong frames to the program?",
                key="no pong frame",
            )


def is_pong(text: Any) -> bool:
    """Whether a message is one."""
    try:
        found = json.loads(str(text))
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("type") == "pong"


@check("DUT-16", occurs="every kind of message was told, and the market went on")
def it_goes_on_after_every_kind(transcript: Transcript) -> Iterator[Observation]:
    yield from goes_on(transcript, KINDS, "every kind of message")


@check("DUT-18", occurs="odd messages were told, and the market went on")
def it_goes_on_after_odd_ones(transcript: Transcript) -> Iterator[Observation]:
    yield from goes_on(transcript, ODD, "odd messages and bars told once more")


def goes_on(transcript: Transcript, name: str, what: str) -> Iterator[Observation]:
    """It is there, and does what it does where nothing of this is told."""
    for run in runs(transcript):
        mark = run.note("all-told")
        if run.name != name or mark is None:
            continue
        yield occurred(mark, *run.bars[-1:])
        if run.died is not None:
            yield finding(
                f"It ended with status {run.died.data['status']} after {what}: "
                f"{last_line(run)}",
                run.died,
                cause="Is there a message that nobody expected?",
                key="died",
            )
        elif (differs := difference(run, orders=both(transcript))) is not None:
            yield finding(
                f"After {what} it did not trade as it does without: {differs}.",
                mark,
                *(asked.exchange for asked in run.asked[:2]),
                cause="Is its state changed by a message that says nothing?",
                key="differs",
            )


def both(transcript: Transcript) -> int:
    """The orders that are compared: the entry, and the exit where there is one."""
    return 2 if footing(transcript)["exit"] >= 0 else 1


def last_line(run: Run) -> str:
    """What it printed last."""
    return str(run.printed[-1].data["text"])[:160] if run.printed else "nothing printed"
