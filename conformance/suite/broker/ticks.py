"""A price on the broker's stream is told as it is, or not at all."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.broker_market import Tick, ticks
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import messages_of_type, number
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import Heard, PlayedStream
from conformance.peers.venues.words import Ability, Misquote
from conformance.protocol.money import text_of
from conformance.suite.check import check

NEEDS = Needs(own=True, orders=False, abilities=frozenset({Ability.STREAM}), seconds=40)

STRANGE = (
    Misquote("0", "0"),
    Misquote("-1.10001", "-1.09999"),
    Misquote("1.20003", "1.10003"),
    Misquote("1.10101", "1.10103", mistyped=True),
    Misquote(None, "1.10203"),
    Misquote("1.10301", None),
    Misquote(None, None),
    Misquote("1.10401", "1.10403", tradeable=False),
)
FIRST = Decimal("1.08001")
STEP = Decimal("0.00013")
SPREAD = Decimal("0.00007")


async def script(strategy: Played) -> None:
    """Strange prices, each followed by a good one; each good one is waited for."""
    stream = await strategy.stream()
    await strategy.venue.priced()
    await _good(strategy, stream, 0)
    for place, odd in enumerate(STRANGE, 1):
        strategy.venue.misquote(strategy.symbol, odd)
        await _good(strategy, stream, place)


async def _good(strategy: Played, stream: PlayedStream, place: int) -> None:
    bid = text_of(FIRST + place * STEP)
    ask = text_of(FIRST + place * STEP + SPREAD)
    since = len(stream.heard)
    strategy.venue.quote(strategy.symbol, bid, ask)

    def wanted(heard: Heard) -> bool:
        quote = heard.json.get("quote") if isinstance(heard.json, dict) else None
        return isinstance(quote, dict) and quote.get("bid") == bid

    await strategy.wait(stream, f"a quote of {bid}", wanted, since=since)


Told = tuple[Entry, Decimal | None, Decimal | None]


def _quotes(transcript: Transcript) -> list[Told]:
    found = []
    for entry, message in messages_of_type(transcript, "quote"):
        quote = message.get("quote")
        if isinstance(quote, dict):
            found.append((entry, number(quote, "bid"), number(quote, "ask")))
    return found


@check("BRO-72", occurs="the broker's stream told prices, strange ones among them")
def a_quote_is_a_price_of_the_brokers(transcript: Transcript) -> Iterator[Observation]:
    said = list(ticks(transcript))
    strange = next((t for t in said if t.strange), None)
    for entry, bid, ask in _quotes(transcript):
        if strange is not None and entry.number > strange.entry.number:
            yield occurred(strange.entry, entry)
        before = [t for t in said if t.entry.number < entry.number]
        meant = [t.prices for t in before if t.prices is not None]
        if before and not any((p.bid, p.ask) == (bid, ask) for p in meant):
            yield finding(
                f"The strategy was told a quote of {bid} to {ask}; the broker's stream "
                f"had said {_said(before[-1])}, and never that.",
                before[-1].entry,
                entry,
            )


def _said(tick: Tick) -> str:
    return str(tick.entry.data.get("text") or tick.entry.data.get("body"))[:200]


@check("BRO-73", occurs="the broker's stream told a good price after a strange one")
def a_good_price_is_told_after_a_strange_one(
    transcript: Transcript,
) -> Iterator[Observation]:
    told = _quotes(transcript)
    for strange, good in pairwise(ticks(transcript)):
        if not strange.strange or good.strange or good.prices is None:
            continue
        yield occurred(strange.entry, good.entry)
        wanted = (good.prices.bid, good.prices.ask)
        if not any(
            (bid, ask) == wanted and entry.number > good.entry.number
            for entry, bid, ask in told
        ):
            yield finding(
                f"After {_said(strange)} the broker's stream told {wanted[0]} to "
                f"{wanted[1]}; the strategy never heard of it.",
                strange.entry,
                good.entry,
            )
