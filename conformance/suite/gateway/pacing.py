"""Time at the Engine stands still for what the strategy has not acknowledged."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.pacing import Acknowledged, acknowledgements, heard_events
from conformance.judge.venue import releases
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(engine=True)
UNKNOWN = "evt-of-no-engine"


async def script(strategy: Played) -> None:
    """Acknowledges past the oldest, nothing, nonsense, twice, several at once."""
    engine, symbol = strategy.engine, strategy.symbol
    stream = await strategy.stream()
    await engine.linked()
    first, second, third, fourth, last = (
        engine.candle(symbol, str(100 + i)) for i in range(5)
    )
    await strategy.told(stream, last)
    await strategy.acknowledge(stream, second)
    await engine.acked(second)
    await strategy.acknowledge(stream)
    await strategy.acknowledge(stream, UNKNOWN)
    await strategy.acknowledge(stream, second)
    await strategy.acknowledge(stream, third)
    # A Gateway reads what one client says in order: this one shows that it read all.
    await engine.acked(third)
    await strategy.acknowledge(stream, fourth, first)
    await engine.acked(fourth, first)
    await strategy.acknowledge(stream, last)
    await engine.acked(last)


def _released(transcript: Transcript) -> list[str]:
    return [name for _, ids in releases(transcript) for name in ids]


def _between(transcript: Transcript, ack: Acknowledged) -> list[str]:
    """What came to the Engine between this acknowledgement and the next one."""
    later = [a.entry.number for a in acknowledgements(transcript)]
    after = [number for number in later if number > ack.entry.number]
    end = after[0] if after else len(transcript.entries) + 1
    return [
        name
        for entry, ids in releases(transcript)
        if ack.entry.number < entry.number < end
        for name in ids
    ]


@check("PAC-10", occurs="one of several events was acknowledged alone")
def one_releases_itself_alone(transcript: Transcript) -> Iterator[Observation]:
    known = [name for _, name in heard_events(transcript)]
    for ack in acknowledgements(transcript):
        if len(ack.ids) != 1 or ack.ids[0] not in known or ack.again:
            continue
        yield occurred(ack.entry)
        if ack.ids[0] not in _released(transcript):
            yield finding(
                f"The strategy acknowledged {ack.ids[0]}; it never came to the Engine.",
                ack.entry,
                cause="Does an older event that was not acknowledged hold it back?",
            )
        others = [n for n in _between(transcript, ack) if n not in ack.named_so_far]
        if others:
            yield finding(
                f"The strategy acknowledged {ack.ids[0]}; {', '.join(others)} came to "
                "the Engine too, which it had not acknowledged.",
                ack.entry,
                cause="Are events released in the order they were told in?",
            )


@check("PAC-11", occurs="nothing, an unknown or a released event was acknowledged")
def nonsense_releases_nothing(transcript: Transcript) -> Iterator[Observation]:
    known = [name for _, name in heard_events(transcript)]
    released = _released(transcript)
    for ack in acknowledgements(transcript):
        idle = not ack.ids or ack.again or not set(ack.ids) & set(known)
        if not idle:
            continue
        yield occurred(ack.entry)
        extra = [n for n in _between(transcript, ack) if n in ack.ids or n not in known]
        stray = [n for n in _between(transcript, ack) if n not in ack.named_so_far]
        if extra or stray:
            yield finding(
                f"The acknowledgement of {list(ack.ids)} made {extra + stray} come to "
                "the Engine.",
                ack.entry,
            )
    for name in dict.fromkeys(released):
        if released.count(name) > 1:
            yield finding(
                f"{name} came to the Engine {released.count(name)} times.",
                *(entry for entry, ids in releases(transcript) if name in ids),
            )


@check("PAC-12", occurs="one acknowledgement named several events")
def several_in_one_are_all_released(transcript: Transcript) -> Iterator[Observation]:
    for ack in acknowledgements(transcript):
        if len(ack.ids) < 2:
            continue
        yield occurred(ack.entry)
        missing = [n for n in ack.ids if n not in _released(transcript)]
        if missing:
            yield finding(
                f"One message acknowledged {', '.join(ack.ids)}; "
                f"{', '.join(missing)} never came to the Engine.",
                ack.entry,
            )


@check("PAC-13", occurs="an event was told that the strategy acknowledged later")
def nothing_is_released_before(transcript: Transcript) -> Iterator[Observation]:
    told = {n: entry for entry, n in reversed(heard_events(transcript))}
    said = {n: a.entry for a in reversed(acknowledgements(transcript)) for n in a.ids}
    for entry, ids in releases(transcript):
        for name in ids:
            if name in told and name in said:
                yield occurred(told[name], said[name], entry)
            early = name not in said or said[name].number > entry.number
            if early and name in told:
                yield finding(
                    f"{name} was acknowledged to the Engine before the strategy had "
                    "acknowledged it: the backtest runs ahead of the strategy.",
                    told[name],
                    entry,
                    cause="Does the Gateway acknowledge what it has delivered?",
                )
