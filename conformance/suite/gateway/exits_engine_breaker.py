"""After the venue failed exit upon exit, a further one is placed, or told missing."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation
from conformance.peers.engine.conduct import Status
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.engine_exits import left_alone, note_exposure, unprotected_told

NEEDS = Needs(engine=True, symbols=4, seconds=40)

DOWN = Status(500, '{"error": {"message": "internal error"}}')
TRIES = 8


async def script(strategy: Played) -> None:
    """Three stop losses fail however often they are tried; then the venue is well."""
    engine = strategy.engine
    engine.by_hand = True
    stream = await strategy.stream()
    await engine.linked()
    *failing, last = strategy.symbols
    entries = [
        await strategy.place(symbol=symbol, quantity="2", stop_loss="90")
        for symbol in failing
    ]
    engine.next("POST", ORDERS, *[DOWN] * TRIES * len(entries))
    for entry in entries:
        engine.fill(entry.id, "2", "100")
    for entry in entries:
        await strategy.announced(stream, entry.id, "ORDER_FILLED", seconds=8)
    engine.plainly()
    await strategy.get("/v1/circuit-breakers")
    entry = await strategy.place(symbol=last, quantity="2", stop_loss="90")
    since = len(stream.heard)
    engine.fill(entry.id, "2", "100")
    await strategy.announced(stream, entry.id, "ORDER_FILLED")
    await unprotected_told(strategy, stream, since)
    note_exposure(strategy)
    engine.by_hand = False


@check("EXI-22", occurs="the venue failed a stop loss of what was filled")
def a_failed_stop_loss_is_told(transcript: Transcript) -> Iterator[Observation]:
    for symbol in transcript.header.symbols[:-1]:
        yield from left_alone(transcript, symbol)


@check("EXI-93", occurs="an entry filled after the venue had failed exit upon exit")
def a_stop_loss_held_back_is_told(transcript: Transcript) -> Iterator[Observation]:
    yield from left_alone(transcript, transcript.header.symbols[-1], protected=True)
