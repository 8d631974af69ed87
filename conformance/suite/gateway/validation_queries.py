"""A query that cannot be read is refused, and one read is never read as nothing."""

from collections.abc import Iterator, Mapping

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.refusals import tried
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.bad_requests import note_case
from conformance.suite.check import check
from conformance.suite.refusals import refuses

NEEDS = Needs(symbols=3, seconds=30)

LISTS = ("orders", "orders/history", "trades")

LIMITS = ("abc", "-1", "1.5", "ten", "0x10")

TIMES = ("yesterday", "2026-13-01T00:00:00Z", "2026-01-32T00:00:00Z", "12:00", "now")


def _list_queries(**values: tuple[str, ...]) -> dict[str, str]:
    return {
        f"{noun} {name} {value}": f"/v1/{noun}?{name}={value}"
        for noun in LISTS
        for name, several in values.items()
        for value in several
    }


def _bar_queries(**values: tuple[str, ...]) -> dict[str, str]:
    return {
        f"bars {name} {value}": f"/v1/bars/$SYMBOL?timeframe=1m&{name}={value}"
        for name, several in values.items()
        for value in several
    }


LIMIT = {**_list_queries(limit=LIMITS), **_bar_queries(limit=LIMITS)}
TIME = {
    **_list_queries(since=TIMES, until=TIMES),
    **_bar_queries(start=TIMES, end=TIMES),
}
WORDS = {
    f"{noun} {name} {value}": f"/v1/{noun}?{name}={value}"
    for noun in ("orders", "orders/history")
    for name, value in (
        ("status", "SLEEPING"),
        ("status", "OPEN,SLEEPING"),
        ("side", "LONG"),
        ("side", "BUY,SELL"),
    )
}
FRAMES = {
    "no timeframe": "/v1/bars/$SYMBOL",
    "timeframe empty": "/v1/bars/$SYMBOL?timeframe=",
    "timeframe 7m": "/v1/bars/$SYMBOL?timeframe=7m",
    "timeframe minute": "/v1/bars/$SYMBOL?timeframe=minute",
    "timeframe 60": "/v1/bars/$SYMBOL?timeframe=60",
}
TWICE = "symbol given twice"


async def script(strategy: Played) -> None:
    """Asks every query, and one that gives two symbols where each has an order."""
    queries: Mapping[str, str] = {**LIMIT, **TIME, **WORDS, **FRAMES}
    for name, path in queries.items():
        note_case(strategy, name)
        await strategy.get(path.replace("$SYMBOL", strategy.symbol), deliberate=True)
    for symbol in strategy.symbols:
        await strategy.resting(symbol=symbol)
    first, second = strategy.symbols[1:]
    note_case(strategy, TWICE)
    await strategy.get(f"/v1/orders?symbol={first}&symbol={second}", deliberate=True)


limits = refuses("VAL-70", "a limit that is no whole number was answered", set(LIMIT))
times = refuses("VAL-71", "a time that is no date-time was answered", set(TIME))
words = refuses("VAL-72", "an unknown status or side was answered", set(WORDS))
frames = refuses("VAL-73", "bars without a known timeframe were asked for", set(FRAMES))


@check("VAL-74", occurs="a query that gives two symbols was answered")
def a_parameter_given_twice_is_not_ignored(
    transcript: Transcript,
) -> Iterator[Observation]:
    asked = transcript.header.symbols[1:]
    for case in tried(transcript):
        body = case.exchange.body
        if case.name != TWICE or case.status is None:
            continue
        yield occurred(case.exchange)
        if case.status != 200 or not isinstance(body, list):
            continue
        told = {order.get("symbol") for order in body if isinstance(order, dict)}
        if told not in ({asked[0]}, {asked[1]}):
            yield finding(
                f"Asked for the orders of {asked[0]} and of {asked[1]} in one query, "
                f"where each has one, it showed orders of {_listed(told)}.",
                case.exchange,
                cause="Is a parameter ignored that is given twice?",
            )


def _listed(symbols: set[object]) -> str:
    return ", ".join(sorted(map(str, symbols))[:5]) or "no symbol at all"
