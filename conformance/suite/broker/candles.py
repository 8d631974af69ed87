"""A bar is told on the stream once it is over, and as the broker has it."""

from collections.abc import Iterator

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.broker_market import NAMES, Bar, answer_of, bars_of
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import messages_of_type, number
from conformance.judge.venue import calls
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability, Operation
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.suite.broker.bars import FIGURES
from conformance.suite.check import check

NEEDS = Needs(
    orders=False,
    slow=True,
    subscribed=("candle_1m",),
    abilities=frozenset({Ability.STREAM, Ability.CANDLES}),
    environment={"REFERENCE_CANDLE_SECONDS": "0.1"},
    seconds=90,
)

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
    asked = [c for c in calls(transcript) if c.operation == Operation.BARS]
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
        wrong = _wrong(row, bars.get(at))
        if wrong is not None:
            yield finding(
                f"A bar of {row.get('timestamp')} was told on the stream, {wrong}.",
                before[-1].asked,
                entry,
            )


def _wrong(row: dict[str, Json], bar: Bar | None) -> str | None:
    """What is wrong with a bar that was told, by what the broker has of its time."""
    if bar is None:
        return "which the broker never told"
    if bar.complete is False:
        return "of which the broker said that it is not complete"
    for name in NAMES:
        if number(row, name) not in bar.prices[name]:
            told = min(bar.prices[name])
            return f"with the {name} {row.get(name)!r}; the broker's is {told}"
    return None
