"""A strategy that was away in mid-backtest finds its run where it can go on."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.pacing import heard_events
from conformance.judge.venue import frames, releases
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(engine=True)

FIRST, AGAIN, BESIDE = "first", "again", "beside"


async def script(strategy: Played) -> None:
    """It leaves with an event open, misses another, returns, and goes on."""
    engine, symbol = strategy.engine, strategy.symbol
    stream = await strategy.stream(FIRST)
    await engine.linked()
    held = engine.candle(symbol, "101")
    await strategy.told(stream, held)
    await stream.close()
    missed = engine.candle(symbol, "102")
    again = await strategy.stream(AGAIN)
    beside = await strategy.stream(BESIDE)
    strategy.note("returned", "the strategy is back", held=held, missed=missed)
    await strategy.acknowledge(again, held)
    await engine.acked(held)
    await strategy.told(again, missed)
    await strategy.acknowledge(again, missed)
    await engine.acked(missed)
    shared = engine.candle(symbol, "103")
    for each in (again, beside):
        await strategy.told(each, shared)
    await strategy.acknowledge(beside, shared)
    await strategy.acknowledge(again, shared)
    await engine.acked(shared)
    strategy.note("shared", "both strategies acknowledged it", event=shared)
    await strategy.get("/v1/status")


def _ended(transcript: Transcript, after: int) -> bool:
    """Whether the strategy was told that its run is over, or lost its connection."""
    return any(
        frame.entry.number > after for frame in frames(transcript, kind="error")
    ) or any(
        '"type":"connection"' in str(entry.data.get("text", "")).replace(" ", "")
        for entry in transcript.messages(AGAIN)
        if entry.number > after
    )


@check("PAC-17", occurs="a strategy returned while events of its run were open")
def who_returns_goes_on(transcript: Transcript) -> Iterator[Observation]:
    facts = transcript.note("returned")
    if facts is None:
        return
    released = {name for _, ids in releases(transcript) for name in ids}
    last = transcript.entries[-1]
    yield occurred(last)
    if facts["held"] not in released:
        yield finding(
            f"{facts['held']} was told before the strategy left; its acknowledgement "
            "after its return never came to the Engine.",
            last,
        )
    told = {n for _, n in heard_events(transcript, AGAIN)}
    missed = facts["missed"]
    if missed not in told | released and not _ended(transcript, 0):
        yield finding(
            f"{missed} came while no strategy was there; after its return it was not "
            "told, the strategy could not acknowledge it, and no reason was given: the "
            "backtest stands still for good.",
            last,
            cause="Is an event dropped that nobody was there to hear?",
        )


@check("PAC-21", occurs="two strategies were told the same event and acknowledged it")
def two_strategies_release_it_once(transcript: Transcript) -> Iterator[Observation]:
    facts = transcript.note("shared")
    if facts is None:
        return
    event = facts["event"]
    came = [entry for entry, ids in releases(transcript) if event in ids]
    for stream in (AGAIN, BESIDE):
        if event not in {n for _, n in heard_events(transcript, stream)}:
            yield finding(
                f"{event} was not told to the strategy on {stream}.",
                transcript.entries[-1],
            )
    yield occurred(transcript.entries[-1], *came)
    if len(came) != 1:
        yield finding(
            f"Two strategies acknowledged {event}; it came to the Engine {len(came)} "
            "times.",
            transcript.entries[-1],
            *came,
        )
