"""A backtest that breaks off is told as broken off, however its connection ended."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import messages_of_type
from conformance.judge.venue import unlinked
from conformance.peers.engine.conduct import How
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(engine=True, own=True, seconds=30)

ENDS: tuple[How | int, ...] = (How.RST, How.FIN, 1011)
"""How the Engine's stream ends with no word of the end: as networks do, or closed
for a fault. Its close in good order may be the end of the run."""


async def script(strategy: Played) -> None:
    """One Gateway after the other loses its Engine in mid-run, each in another way."""
    for place, how in enumerate(ENDS):
        if place:
            await strategy.start()
        await _break(strategy, f"broken-{place + 1}", how)


async def _break(strategy: Played, name: str, how: How | int) -> None:
    engine = strategy.engine
    links = engine.links
    stream = await strategy.stream(name)
    await engine.linked(links + 1)
    bar = engine.candle(strategy.symbol, "101")
    await strategy.told(stream, bar)
    await strategy.acknowledge(stream, bar)
    await engine.acked(bar)
    await engine.cut(how)
    strategy.note("broken", f"the Engine's stream ended: {how}", stream=name)
    await strategy.wait(
        stream,
        "word of the end",
        lambda heard: heard.type in {"connection", "backtest_complete", "error"},
    )
    await strategy.get("/v1/status")


@check("PAC-16", occurs="the Engine's stream ended before the backtest was complete")
def a_broken_run_is_not_told_complete(transcript: Transcript) -> Iterator[Observation]:
    for note, stream in unlinked(transcript):
        yield occurred(note)
        for entry, _ in messages_of_type(transcript, "backtest_complete", stream):
            yield finding(
                f"{note.data['text']}; the Engine had not said that the backtest is "
                "complete, and the strategy was told that it is.",
                note,
                entry,
                cause="Is every end of the Engine's stream taken for the run's end?",
            )


@check("PAC-20", occurs="the Engine's stream ended before the backtest was complete")
def the_strategy_hears_of_the_break(transcript: Transcript) -> Iterator[Observation]:
    for note, stream in unlinked(transcript):
        yield occurred(note)
        told = [
            entry
            for kind in ("connection", "error")
            for entry, _ in messages_of_type(transcript, kind, stream)
            if entry.number > note.number - 2
        ]
        if not told:
            yield finding(
                f"{note.data['text']}; the strategy was told of no disconnection and "
                "no error.",
                note,
            )
