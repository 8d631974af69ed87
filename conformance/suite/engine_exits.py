"""What scripts about exits do where an Engine is below, and what holds of them all."""

from collections.abc import Iterator

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import messages_of_type
from conformance.judge.protection import unprotected, worst
from conformance.judge.venue_exits import Attached, attached, end_of
from conformance.peers.engine.engine import PlayedEngine
from conformance.peers.played import Played
from conformance.peers.stream import Heard, PlayedStream

PRICES = {
    "BUY": {"stop_loss": "90", "take_profit": "110"},
    "SELL": {"stop_loss": "110", "take_profit": "90"},
}
"""The exits of an entry at 100, by its side."""

UNPROTECTED = "POSITION_UNPROTECTED"
DOUBLE_EXIT = "OCO_DOUBLE_EXIT"


def is_double_exit(heard: Heard) -> bool:
    """Whether a message tells that both exits filled."""
    return isinstance(heard.json, dict) and heard.json.get("code") == DOUBLE_EXIT


def standing(
    engine: PlayedEngine, symbol: str, order_type: str
) -> list[tuple[str, str]]:
    """The live orders of a type that stand at the venue: their ids, what is left."""
    found = engine.desk.live(symbol)
    return [(o.id, str(o.remaining)) for o in found if o.terms.order_type == order_type]


async def unprotected_told(
    strategy: Played,
    stream: PlayedStream,
    since: int = 0,
    seconds: float | None = None,
) -> None:
    """Waits for word of an unprotected position."""

    def wanted(heard: Heard) -> bool:
        return isinstance(heard.json, dict) and heard.json.get("code") == UNPROTECTED

    await strategy.wait(stream, UNPROTECTED, wanted, seconds, since)


def note_exposure(strategy: Played) -> None:
    """Writes down how long at the worst something had no stop loss at the venue."""
    taken = strategy.recorder.close(complete=True)
    found = worst(
        gap
        for each in attached(taken)
        if "stop_loss" in each.entry.fields
        for gap in unprotected(taken, each.symbol)
    )
    if found is not None:
        strategy.note(
            "unprotected-interval",
            f"the worst unprotected interval: {found}",
            seconds=str(found.seconds),
            quantity=str(found.most),
            exposure=str(found.exposure),
            entries=[e.number for e in (found.began, found.ended) if e is not None],
        )


def told_unprotected(transcript: Transcript, each: Attached) -> tuple[Entry, ...]:
    """The messages that tell of an entry's position as unprotected.

    No document says how one names it: one that names another symbol is of another.
    """
    others = set(transcript.header.symbols) - {each.symbol}
    first = each.fills[0].entry.number if each.fills else 0
    return tuple(
        entry
        for entry, message in messages_of_type(transcript, "error")
        if message.get("code") == UNPROTECTED
        and entry.number > first
        and not any(other in entry.data["text"] for other in others)
    )


def left_alone(
    transcript: Transcript, symbol: str, *, protected: bool = False
) -> Iterator[Observation]:
    """What is held of a symbol to the end with no stop loss is told.

    With `protected` the situation occurred too where a stop loss came after all.
    """
    for each in attached(transcript):
        if each.symbol != symbol or not each.fills:
            continue
        told = told_unprotected(transcript, each)
        for gap in unprotected(transcript, symbol):
            tries = [s for s in each.exits if s.kind == "stop"]
            where = (gap.began, *(s.call.asked for s in tries), *told)
            if gap.ended is None or protected:
                yield occurred(*where)
            if gap.ended is None and not told:
                taken = sum(s.order is not None for s in tries)
                yield finding(
                    f"{each.filled(end_of(transcript).number)} of {each.entry.id} were "
                    f"filled with a stop loss at {each.entry.fields['stop_loss']}; of "
                    f"{len(tries)} stops that were sent the venue took {taken}, and no "
                    f"{UNPROTECTED} was told: {gap}.",
                    *where,
                    cause="Is an exit held back in silence?",
                    key=f"unprotected-{symbol}",
                )
