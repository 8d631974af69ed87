"""A move of exits that the venue refuses leaves what stands there told as it is."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

from conformance.evidence.transcript import Transcript
from conformance.judge.exit_moves import Move, exit_moves
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.venue import Call, calls
from conformance.judge.venue_exits import Attached, attached
from conformance.peers.engine.conduct import EventsFirst, Refuse
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.engine_exits import PRICES, told_unprotected, unprotected_told
from conformance.suite.exit_steps import exits_placed, moved

NEEDS = Needs(engine=True, symbols=3, seconds=30)

NO = Refuse("the price is not allowed", "INVALID_PRICE")
TRIES = 8
KINDS = {"stop_loss": "stop", "take_profit": "limit"}

Stand: TypeAlias = tuple[tuple[Decimal, Decimal], ...]
"""The quantity and the price of each exit of a kind."""


async def script(strategy: Played) -> None:
    """The venue refuses the new exit once, however often, and the second of two."""
    engine = strategy.engine
    engine.by_hand = engine.desk.names_positions = True
    stream = await strategy.stream()
    await engine.linked()
    once, always, second = strategy.symbols
    for symbol in strategy.symbols:
        entry = await strategy.place(symbol=symbol, quantity="5", **PRICES["BUY"])
        engine.fill(entry.id, "5", "100")
        await exits_placed(strategy, stream, symbol)
    engine.next("POST", ORDERS, NO)
    await moved(strategy, once, stop_loss="95")
    engine.plainly()
    engine.next("POST", ORDERS, EventsFirst(), *[NO] * TRIES)
    await moved(strategy, second, stop_loss="94", take_profit="106")
    engine.plainly()
    engine.next("POST", ORDERS, *[NO] * TRIES)
    await moved(strategy, always, stop_loss="93")
    engine.plainly()
    await unprotected_told(strategy, stream, seconds=strategy.pace.patience / 2)
    engine.by_hand = False


def _moves(transcript: Transcript) -> Iterator[tuple[Attached, Move, list[Call]]]:
    """Each answered move, and what the venue refused while it was made."""
    for each in attached(transcript):
        for move in exit_moves(transcript, each.symbol):
            if move.exchange.response is None:
                continue
            began, ended = move.exchange.request, move.exchange.response
            refused = [
                call
                for call in calls(transcript, "POST", "orders")
                if began.number < call.asked.number < ended.number
                and call.status is not None
                and call.status >= 400
            ]
            yield each, move, refused


def _standing(each: Attached, move: Move, name: str) -> tuple[Stand, Stand]:
    """What stood at the venue over the position before and after a move."""
    assert move.exchange.response is not None
    kind = KINDS[name]
    return (
        _stand(each, kind, move.exchange.request.number),
        _stand(each, kind, move.exchange.response.number),
    )


def _stand(each: Attached, kind: str, at: int) -> Stand:
    legs = each.standing(kind, at)
    return tuple(sorted((leg.left(at), leg.price or Decimal(0)) for leg in legs))


def _words(stand: Stand) -> str:
    return ", ".join(f"{left} at {price}" for left, price in stand) or "nothing"


def _asked(each: Attached, move: Move, name: str) -> Stand:
    """What should stand where a move was made: all that is held, at its price."""
    return ((each.filled(move.exchange.request.number), move.moves[name]),)


@check("EXI-86", occurs="the venue refused a moved exit once")
def a_refused_move_protects_as_before(transcript: Transcript) -> Iterator[Observation]:
    for each, move, refused in _moves(transcript):
        if len(move.moves) != 1 or len(refused) != 1:
            continue
        (name,) = move.moves
        before, after = _standing(each, move, name)
        yield occurred(move.exchange, refused[0].asked)
        status = move.exchange.status
        right = (before, 409), (_asked(each, move, name), 200)
        if (after, status) not in right:
            yield finding(
                f"The venue refused once to move the {name} of {each.entry.id} to "
                f"{move.moves[name]}: {_words(before)} stood there before, "
                f"{_words(after)} after, and the strategy was answered {status}.",
                move.exchange,
                refused[0].asked,
                cause="Is the old exit not put back?",
            )


@check("EXI-87", occurs="a move left a position without one of its exits")
def a_lost_exit_is_told(transcript: Transcript) -> Iterator[Observation]:
    for each, move, refused in _moves(transcript):
        for name in move.moves:
            before, after = _standing(each, move, name)
            if not before or after:
                continue
            yield occurred(move.exchange, *(call.asked for call in refused))
            told = [
                entry
                for entry in told_unprotected(transcript, each)
                if entry.number > move.exchange.request.number
            ]
            status = move.exchange.status
            if status != 502 or not told:
                yield finding(
                    f"A move of the {name} of {each.entry.id} to {move.moves[name]} "
                    f"left none of it at the venue, where {_words(before)} had stood; "
                    f"it was answered {status}, and POSITION_UNPROTECTED was told "
                    f"{len(told)} times.",
                    move.exchange,
                    *(call.asked for call in refused),
                    *told,
                )


@check("EXI-88", occurs="of a move of two exits the second was refused by the venue")
def half_a_move_is_told(transcript: Transcript) -> Iterator[Observation]:
    for each, move, refused in _moves(transcript):
        if len(move.moves) != 2 or not refused:
            continue
        done = [n for n in move.moves if _was_moved(each, move, n, refused[0])]
        if not done:
            continue
        first = done[0]
        _, after = _standing(each, move, first)
        yield occurred(move.exchange, refused[0].asked)
        if after != _asked(each, move, first) or move.exchange.status == 200:
            yield finding(
                f"Of a move of both exits of {each.entry.id} the {first} stood at "
                f"{move.moves[first]} and the other was refused; in the end "
                f"{_words(after)} stood there, and the strategy was answered "
                f"{move.exchange.status}.",
                move.exchange,
                refused[0].asked,
            )


def _was_moved(each: Attached, move: Move, name: str, refused: Call) -> bool:
    """Whether an exit stood at its new price when another one was refused."""
    legs = each.standing(KINDS[name], refused.asked.number)
    return bool(legs) and {leg.price for leg in legs} == {move.moves[name]}
