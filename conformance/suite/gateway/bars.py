"""Bars are those that were asked for, in the order of time, and hold together."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import rows
from conformance.judge.orders import asked, number
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.words import TIMEFRAMES
from conformance.suite.check import check

NEEDS = Needs(symbols=2, orders=False)

LIMITS = (0, 1, 7, 1000)
HOUR = 3600
"""Bars as long, or longer, begin where a venue's session or its zone lets them."""


async def script(strategy: Played) -> None:
    """Asks for bars of every timeframe, some of them, and those of a past time."""
    one, other = (quote(symbol, safe="") for symbol in strategy.symbols)
    for timeframe in TIMEFRAMES:
        await strategy.get(f"/v1/bars/{one}?timeframe={timeframe}&limit=20")
    await strategy.get(f"/v1/bars/{other}?timeframe=1m&limit=20")
    for limit in LIMITS:
        await strategy.get(f"/v1/bars/{one}?timeframe=1h&limit={limit}")
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = (_text(now - timedelta(days=days)) for days in (10, 3))
    path = f"/v1/bars/{one}?timeframe=1h"
    await strategy.get(f"{path}&start={start}")
    await strategy.get(f"{path}&end={end}")
    await strategy.get(f"{path}&start={start}&end={end}")


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _bars(transcript: Transcript) -> Iterator[tuple[Exchange, dict[str, str]]]:
    """The lists of bars that were answered, each with what was asked for."""
    for exchange in asked(transcript, "GET", "v1", "bars", None):
        if exchange.status == 200 and isinstance(exchange.body, list):
            yield exchange, dict(exchange.query)


def _starts(exchange: Exchange) -> list[datetime]:
    """When each bar starts; nothing where one does not say so."""
    try:
        return [instant_of(bar.get("timestamp")) for bar in rows(exchange)]
    except NotAnInstant:
        return []


def _holds_together(bar: dict[str, Json]) -> bool:
    """Whether open and close lie between low and high; so it does where one is none."""
    names = ("low", "open", "close", "high")
    low, opened, closed, high = (number(bar, name) for name in names)
    if low is None or opened is None or closed is None or high is None:
        return True
    return low <= opened <= high and low <= closed <= high


@check("ORD-93", occurs="bars were told")
def a_bar_holds_together(transcript: Transcript) -> Iterator[Observation]:
    for exchange, _ in _bars(transcript):
        if rows(exchange):
            yield occurred(exchange)
        broken = [bar for bar in rows(exchange) if not _holds_together(bar)]
        if broken:
            yield finding(
                f"{len(broken)} of {len(rows(exchange))} bars open or close beyond "
                f"their low and high, such as {broken[0]}.",
                exchange,
            )


@check("ORD-94", occurs="bars were told")
def bars_are_those_asked_for(transcript: Transcript) -> Iterator[Observation]:
    for exchange, query in _bars(transcript):
        wanted = exchange.segments[-1], query.get("timeframe")
        told = {
            (str(bar.get("symbol")), str(bar.get("timeframe")))
            for bar in rows(exchange)
        }
        if told:
            yield occurred(exchange)
        if told - {wanted}:
            yield finding(
                f"Bars of {wanted} were asked for; {sorted(map(str, told))} were told.",
                exchange,
            )


@check("ORD-95", occurs="some bars were asked for")
def no_more_bars_than_asked_for(transcript: Transcript) -> Iterator[Observation]:
    for exchange, query in _bars(transcript):
        if "limit" not in query:
            continue
        if rows(exchange) or query["limit"] == "0":
            yield occurred(exchange)
        if len(rows(exchange)) > int(query["limit"]):
            yield finding(
                f"{len(rows(exchange))} bars were told; the limit was "
                f"{query['limit']}.",
                exchange,
            )


@check("ORD-96", occurs="bars from a start or to an end were told")
def bars_are_within_their_range(transcript: Transcript) -> Iterator[Observation]:
    for exchange, query in _bars(transcript):
        starts = _starts(exchange)
        if not starts or not {"start", "end"} & set(query):
            continue
        yield occurred(exchange)
        first = instant_of(query["start"]) if "start" in query else min(starts)
        last = instant_of(query["end"]) if "end" in query else max(starts)
        beyond = [at for at in starts if not first <= at <= last]
        if beyond:
            yield finding(
                f"GET {exchange.target} told {len(starts)} bars, {len(beyond)} of them "
                f"beyond its range, such as one of {beyond[0].isoformat()}.",
                exchange,
                cause="Are start and end ignored?",
            )


@check("ORD-97", occurs="two bars were told in one answer")
def bars_are_in_the_order_of_time(transcript: Transcript) -> Iterator[Observation]:
    for exchange, _ in _bars(transcript):
        starts = _starts(exchange)
        if len(starts) < 2:
            continue
        yield occurred(exchange)
        distinct = sorted(set(starts))
        if starts not in (distinct, distinct[::-1]):
            yield finding(
                f"GET {exchange.target} told {len(starts)} bars of {len(distinct)} "
                "starts, and not in the order of time or against it.",
                exchange,
            )


@check("ORD-102", occurs="bars of less than an hour were told")
def a_bar_starts_on_a_whole_step(transcript: Transcript) -> Iterator[Observation]:
    for exchange, query in _bars(transcript):
        step = TIMEFRAMES.get(query.get("timeframe", ""), HOUR)
        starts = _starts(exchange) if step < HOUR else []
        if starts:
            yield occurred(exchange)
        ragged = [at for at in starts if at.timestamp() % step]
        if ragged:
            yield finding(
                f"{len(ragged)} of {len(starts)} bars of {query['timeframe']} start on "
                f"no whole step of it, such as {ragged[0].isoformat()}.",
                exchange,
                cause="Does a bar tell when it was made, and not when it starts?",
                key="bars that start on no whole step",
            )
