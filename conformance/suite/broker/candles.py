"""A bar is told on the stream once it is over, and as the broker has it."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.broker_market import NAMES, answer_of, bars_of
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import messages_of_type, number
from conformance.judge.venue import calls
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability, Operation
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.suite.check import check

NEEDS = Needs(
    orders=False,
    slow=True,
    subscribed=("candle_1m",),
    abilities=frozenset({Ability.STREAM, Ability.CANDLES}),
    environment={"REFERENCE_CANDLE_SECONDS": "0.1"},
    seconds=90,
)

FIGURES = ("1.10203", "1.10417", "1.09991", "1.10305", "1234")
PATIENCE = 17
"""How often a usual wait a bar may take: a minute, and until it is fetched."""


async def script(strategy: Played) -> None:
    """Waits for a bar of a minute."""
    strategy.venue.bars(strategy.symbol, *FIGURES)
    stream = await strategy.stream()
    await strategy.wait(
        stream,
        "a bar",
        lambda heard: heard.type == "candle",
        seconds=strategy.pace.patience * PATIENCE,
    )


@check("BRO-79", occurs="the broker answered bars, and one was told on the stream")
def a_bar_is_over_when_it_is_told(transcript: Transcript) -> Iterator[Observation]:
    provider = transcript.header.provider
    asked = [c for c in calls(transcript) if c.asked.data.get("operation") == BARS]
    for entry, message in messages_of_type(transcript, "candle"):
        row = message.get("bar")
        before = [c for c in asked if c.answered and c.answered.number < entry.number]
        if not isinstance(row, dict) or not before:
            continue
        try:
            at = instant_of(row.get("timestamp"))
        except NotAnInstant:
            continue
        yield occurred(before[-1].asked, entry)
        bars = {b.at: b for c in before for b in bars_of(provider, answer_of(c))}
        bar = bars.get(at)
        wrong = None
        if bar is None:
            wrong = "which the broker never told"
        elif bar.complete is False:
            wrong = "of which the broker said that it is not complete"
        elif odd := [n for n in NAMES if number(row, n) not in bar.prices[n]]:
            told = min(bar.prices[odd[0]])
            wrong = f"with the {odd[0]} {row.get(odd[0])!r}; the broker's is {told}"
        if wrong is not None:
            yield finding(
                f"A bar of {row.get('timestamp')} was told on the stream, {wrong}.",
                before[-1].asked,
                entry,
            )


BARS = Operation.BARS
