"""A position's exits are moved as told, or left as they are where a move is refused."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.exit_moves import legs, resting_at
from conformance.judge.exits import LEGS
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_checks import all_moves, moved_as_told, prices_of
from conformance.suite.exit_steps import exits_placed, moved, position_path

NEEDS = Needs(symbols=3, seconds=25)

NAMED, PLAIN, BARE = range(3)


async def script(strategy: Played) -> None:
    """Moves the exits of two brackets, of a position without any, and of none at all.

    One bracket names the position that it adds to, the other one opens its own.
    """
    stream = await strategy.stream()
    named, plain, bare = strategy.symbols
    last = await strategy.price(named)
    far = {"stop_loss": _price(last, "0.25"), "take_profit": _price(last, "4")}
    first = await strategy.place(symbol=named)
    entries = [first, await strategy.place(symbol=bare)]
    entries.append(await strategy.place(symbol=plain, quantity="2", **far))
    await strategy.announced(stream, first.id, "ORDER_FILLED")
    held = await strategy.positions(named)
    if held:
        more = {"quantity": "2", "position_id": held[0]["id"], **far}
        entries.append(await strategy.place(symbol=named, **more))
    for entry in entries:
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
    for symbol in (named, plain):
        await exits_placed(strategy, stream, symbol)
        await moved(strategy, symbol, stop_loss=_price(last, "0.2"))
        await moved(strategy, symbol, take_profit=_price(last, "5"))
    await moved(strategy, bare, stop_loss=_price(last, "0.25"))
    await moved(strategy, named)
    values = [_price(last, "0.3"), _price(last, "3")]
    await moved(strategy, named, deliberate=True, body=values)
    await moved(strategy, named, deliberate=True, stop_loss="0")
    await moved(strategy, named, deliberate=True, take_profit="-1")
    body = {"stop_loss": _price(last, "0.25")}
    unknown = position_path({"id": f"{strategy.prefix}-none"})
    await strategy.request("PATCH", unknown, json=body)


def _price(last: Decimal, times: str) -> str:
    return str((last * Decimal(times)).quantize(Decimal("0.01")))


a_moved_exit_rests_at_its_new_price = check(
    "EXI-80", occurs="a move of an exit was accepted"
)(moved_as_told(NAMED, PLAIN))


@check("EXI-81", occurs="a move of one exit of two was accepted")
def the_other_exit_stays(transcript: Transcript) -> Iterator[Observation]:
    for move in all_moves(transcript, NAMED, PLAIN):
        prices = list(move.moves.values())
        if not move.accepted or len(prices) != 1 or prices[0] <= 0:
            continue
        other = "take_profit" if "stop_loss" in move.moves else "stop_loss"
        was, now = legs(move.before, other), legs(move.after, other)
        if not was:
            continue
        yield occurred(move.exchange, *(leg.entry for leg in now))
        before, after = resting_at(was, other), resting_at(now, other)
        if sorted(map(str, before)) != sorted(map(str, after)):
            yield finding(
                f"A move of {next(iter(move.moves))} alone took the {other} from "
                f"{prices_of(before)} to {prices_of(after)}.",
                move.exchange,
                *(leg.entry for leg in (*was, *now)),
            )


@check("EXI-82", occurs="a move that names neither exit was answered")
def a_move_of_nothing_is_refused(transcript: Transcript) -> Iterator[Observation]:
    for move in all_moves(transcript, NAMED):
        if move.exchange.sent == {}:
            yield occurred(move.exchange)
            if move.exchange.status != 400:
                yield finding(
                    "A move that names neither stop_loss nor take_profit was answered "
                    f"with {move.exchange.status}.",
                    move.exchange,
                )


@check("EXI-83", occurs="a move of the exits of an unknown position was answered")
def an_unknown_position_is_not_found(transcript: Transcript) -> Iterator[Observation]:
    for patch in asked(transcript, "PATCH", "v1", "positions", None):
        if patch.segments[-1] == f"{transcript.header.prefix}-none":
            yield occurred(patch)
            if patch.status != 404:
                yield finding(
                    f"A move of the exits of the unknown position "
                    f"{patch.segments[-1]} was answered with {patch.status}.",
                    patch,
                )


@check("EXI-84", occurs="a move of an exit that is not there was answered")
def a_move_attaches_no_exit(transcript: Transcript) -> Iterator[Observation]:
    for move in all_moves(transcript, BARE):
        yield occurred(move.exchange)
        if move.exchange.status != 409 or move.after:
            yield finding(
                "A move of the stop loss of a position without exits was answered "
                f"with {move.exchange.status}; {len(move.after)} exits rest after it.",
                move.exchange,
                *(leg.entry for leg in move.after),
            )


@check("EXI-85", occurs="a move to a price of zero or less was answered")
def a_move_to_no_price_is_refused(transcript: Transcript) -> Iterator[Observation]:
    for move in all_moves(transcript, NAMED):
        for name, price in move.moves.items():
            if price > 0 or not legs(move.before, name):
                continue
            before = resting_at(legs(move.before, name), name)
            after = resting_at(legs(move.after, name), name)
            yield occurred(move.exchange)
            refused = 400 <= (move.exchange.status or 0) < 500
            if not refused or before != after:
                yield finding(
                    f"A move of the {name} to {price} was answered with "
                    f"{move.exchange.status}; it rested at {prices_of(before)} and "
                    f"rests at {prices_of(after)}.",
                    move.exchange,
                )


@check("EXI-38", occurs="a move whose body is an array was answered")
def a_move_is_an_object(transcript: Transcript) -> Iterator[Observation]:
    for move in all_moves(transcript, NAMED):
        if not isinstance(move.exchange.sent, list):
            continue
        yield occurred(move.exchange)
        was = [resting_at(legs(move.before, name), name) for name in LEGS]
        now = [resting_at(legs(move.after, name), name) for name in LEGS]
        refused = 400 <= (move.exchange.status or 0) < 500
        if not refused or was != now:
            yield finding(
                f"A move with the body {move.exchange.sent} was answered with "
                f"{move.exchange.status}; stop loss and take profit rested at "
                f"{'; '.join(map(prices_of, was))} and rest at "
                f"{'; '.join(map(prices_of, now))}.",
                move.exchange,
            )


@check("EXI-89", occurs="a move of the exits of a bracket's own position was answered")
def exits_are_found_by_their_position(transcript: Transcript) -> Iterator[Observation]:
    for move in all_moves(transcript, PLAIN):
        for name in move.moves:
            if not legs(move.before, name):
                continue
            yield occurred(move.exchange, *(leg.entry for leg in move.before))
            if not move.accepted:
                yield finding(
                    f"A bracket opened the position {move.exchange.segments[-1]} and "
                    f"its {name} rests; a move of it by the position's id was answered "
                    f"with {move.exchange.status}.",
                    move.exchange,
                    *(leg.entry for leg in move.before),
                    cause="Are exits only found where the entry names a position?",
                )
