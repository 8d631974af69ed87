"""A stop loss that the venue does not take is told as an unprotected position."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation
from conformance.peers.engine.conduct import Refuse
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.engine_exits import left_alone, note_exposure, unprotected_told

NEEDS = Needs(engine=True, symbols=2, seconds=25)

REFUSED, FUNDS = range(2)
REASONS = {
    REFUSED: Refuse("the stop price is too close to the market", "INVALID_PRICE"),
    FUNDS: Refuse("insufficient balance for this order", "INSUFFICIENT_BALANCE"),
}
TRIES = 8
"""How often the venue says no to what is tried again."""


async def script(strategy: Played) -> None:
    """Two entries fill; the venue takes the stop loss of neither, for two reasons."""
    engine = strategy.engine
    engine.by_hand = True
    stream = await strategy.stream()
    await engine.linked()
    for place, reason in REASONS.items():
        entry = await strategy.place(
            symbol=strategy.symbols[place], quantity="4", stop_loss="90"
        )
        engine.next("POST", ORDERS, *[reason] * TRIES)
        since = len(stream.heard)
        engine.fill(entry.id, "4", "100")
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
        seconds = strategy.pace.patience / (1 if place == FUNDS else 2)
        await unprotected_told(strategy, stream, since, seconds)
        engine.plainly()
        await strategy.positions(strategy.symbols[place])
    note_exposure(strategy)
    engine.by_hand = False


@check("EXI-22", occurs="the venue refused a stop loss of what was filled")
def a_refused_stop_loss_is_told(transcript: Transcript) -> Iterator[Observation]:
    yield from left_alone(transcript, transcript.header.symbols[REFUSED])


@check("EXI-93", occurs="the venue refused a stop loss for want of funds")
def a_stop_loss_held_back_is_told(transcript: Transcript) -> Iterator[Observation]:
    yield from left_alone(transcript, transcript.header.symbols[FUNDS])
