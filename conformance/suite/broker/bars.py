"""Bars are the broker's: its prices, its times, of the timeframe that was asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import quote

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.broker_market import (
    NAMES,
    Bar,
    answer_of,
    bars_of,
    step_of,
)
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import rows
from conformance.judge.orders import asked, number
from conformance.judge.venue import Call, calls_during
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability, Operation
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.words import TIMEFRAMES
from conformance.suite.check import check
from conformance.suite.gateway.bars import (
    bars_are_in_the_order_of_time,
    bars_are_those_asked_for,
    bars_are_within_their_range,
    no_more_bars_than_asked_for,
)
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = (
    "NEEDS",
    "bars_are_in_the_order_of_time",
    "bars_are_those_asked_for",
    "bars_are_within_their_range",
    "no_more_bars_than_asked_for",
    "script",
    "the_venue_understands_it",
)

NEEDS = Needs(orders=False, abilities=frozenset({Ability.CANDLES}))

FIGURES = ("1.10203", "1.10417", "1.09991", "1.10305", "1234")
"""Open, high, low, close and volume: no two alike."""


async def script(strategy: Played) -> None:
    """Asks for bars of every timeframe, and for those of a past time."""
    strategy.venue.bars(strategy.symbol, *FIGURES)
    path = f"/v1/bars/{quote(strategy.symbol, safe='')}"
    for timeframe in TIMEFRAMES:
        await strategy.get(f"{path}?timeframe={timeframe}&limit=5")
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = (_text(now - timedelta(days=days)) for days in (5, 3))
    for span in (f"start={start}", f"end={end}", f"start={start}&end={end}"):
        await strategy.get(f"{path}?timeframe=1h&{span}")


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _answered(transcript: Transcript) -> Iterator[tuple[Exchange, Call, list[Bar]]]:
    """Every list of bars, with what was asked of the broker for it, and its bars."""
    provider = transcript.header.provider
    for exchange in asked(transcript, "GET", "v1", "bars", None):
        if exchange.status != 200 or not rows(exchange):
            continue
        found = calls_during(transcript, exchange, Operation.BARS)
        bars = [b for call in found for b in bars_of(provider, answer_of(call))]
        if bars:
            yield exchange, found[-1], bars


@check("FID-15", occurs="the broker answered bars, and bars were told")
def bars_are_the_brokers(transcript: Transcript) -> Iterator[Observation]:
    provider = transcript.header.provider
    for exchange, call, bars in _answered(transcript):
        yield occurred(exchange, call.asked)
        timeframe = dict(exchange.query).get("timeframe", "")
        step, wanted = step_of(provider, call), TIMEFRAMES[timeframe]
        if step is not None and (wanted % step or _closer(exchange, wanted)):
            yield finding(
                f"Bars of {timeframe} were asked for; the broker was asked "
                f"{call.told}, and its bars of {step // 60} minutes were told as "
                f"those of {timeframe}.",
                exchange,
                call.asked,
                key="bars of another timeframe",
            )
        elif step in (None, wanted):
            # Of shorter bars longer ones can be made: then no time is the broker's.
            yield from _compared(exchange, {bar.at: bar for bar in bars})


def _closer(exchange: Exchange, seconds: int) -> bool:
    """Whether two bars that were told begin less than this apart."""
    try:
        starts = sorted(instant_of(row.get("timestamp")) for row in rows(exchange))
    except NotAnInstant:
        return False
    apart = timedelta(seconds=seconds)
    return any(later - earlier < apart for earlier, later in pairwise(starts))


def _compared(exchange: Exchange, bars: dict[datetime, Bar]) -> Iterator[Observation]:
    for row in rows(exchange):
        try:
            bar = bars.get(instant_of(row.get("timestamp")))
        except NotAnInstant:
            continue
        if bar is None:
            yield finding(
                f"A bar of {row.get('timestamp')} was told; the broker answered none "
                f"of that time.",
                exchange,
            )
            return
        for name in NAMES:
            if number(row, name) not in bar.prices[name]:
                yield finding(
                    f"Of the bar of {row.get('timestamp')} the broker told the {name} "
                    f"{min(bar.prices[name])}; the strategy was told "
                    f"{row.get(name)!r}.",
                    exchange,
                )
                return
