"""A backtest runs to its end for an ordinary client, and the same way every time."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.pacing import backtests, story
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check

NEEDS = Needs(engine=True, own=True, seconds=30)

BARS = 20
RUNS = ("run-1", "run-2")


async def script(strategy: Played) -> None:
    """The same backtest twice, each on a Gateway of its own."""
    await _run(strategy, RUNS[0])
    strategy.engine.anew()
    await strategy.start()
    await _run(strategy, RUNS[1])


async def _run(strategy: Played, name: str) -> None:
    """Bars one by one, an order in their middle; every event is acknowledged."""
    engine = strategy.engine
    links = engine.links
    stream = await strategy.stream(name)
    await engine.linked(links + 1)
    strategy.note("run", f"the backtest of {name} begins", stream=name)
    for place in range(BARS):
        bar = engine.candle(strategy.symbol, str(100 + place))
        if not await _processed(strategy, stream, bar):
            return
        if place == BARS // 2:
            await strategy.submit(client_order_id=f"{strategy.prefix}-{name}")
            for event in engine.told_since(bar):
                if not await _processed(strategy, stream, event):
                    return
    await _processed(strategy, stream, engine.finish())
    strategy.note("ran", f"the backtest of {name} came to its end", stream=name)


async def _processed(strategy: Played, stream: PlayedStream, event_id: str) -> bool:
    """Acknowledges one event once it was heard; whether time may go on."""
    await strategy.told(stream, event_id)
    await strategy.acknowledge(stream, event_id)
    return await strategy.engine.acked(event_id)


@check("PAC-14", occurs="a backtest was begun and every event acknowledged")
def an_ordinary_client_gets_to_the_end(transcript: Transcript) -> Iterator[Observation]:
    for run in backtests(transcript):
        yield occurred(run.begun)
        held = [n for n in run.acknowledged if n not in run.released]
        if held:
            yield finding(
                f"The strategy acknowledged {len(run.acknowledged)} events one by one; "
                f"{held[0]} never came to the Engine, and the backtest stands still.",
                run.begun,
            )
        unheard = [n for n in run.sent if n not in run.heard]
        if unheard:
            yield finding(
                f"The Engine told {len(run.sent)} events; {unheard[0]} never came to "
                "the strategy.",
                run.begun,
            )


@check("PAC-15", occurs="the Engine told the end of a backtest")
def the_end_is_told_once_and_last(transcript: Transcript) -> Iterator[Observation]:
    for run in backtests(transcript):
        if run.end is None:
            continue
        yield occurred(run.end)
        told = [entry for entry, message in run.messages if _is_end(message)]
        if len(told) != 1:
            yield finding(
                f"The end of the backtest was told {len(told)} times.", run.end, *told
            )
        elif not _is_end(run.messages[-1][1]):
            yield finding(
                f"After the end the strategy was told {run.messages[-1][1]['type']}.",
                told[0],
                run.messages[-1][0],
            )
        if run.end_id not in run.released:
            yield finding(
                "The strategy acknowledged the end; that never came to the Engine.",
                run.end,
            )


def _is_end(message: dict[str, object]) -> bool:
    return message.get("type") == "backtest_complete"


@check("PAC-18", occurs="the same backtest was run twice to its end")
def the_same_run_tells_the_same(transcript: Transcript) -> Iterator[Observation]:
    runs = list(backtests(transcript))
    if len(runs) < 2 or any(run.end is None for run in runs):
        return
    first, second = (story(run) for run in runs[:2])
    yield occurred(runs[0].begun, runs[1].begun)
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            yield finding(
                f"Message {place + 1} of one run was {one}, of the other {other}.",
                runs[0].messages[place][0],
                runs[1].messages[place][0],
            )
            return
    if len(first) != len(second):
        yield finding(
            f"The first run told {len(first)} messages, the second {len(second)}.",
            runs[0].begun,
            runs[1].begun,
        )
