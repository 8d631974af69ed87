"""What holds of a bracket's exits however its entry and they are filled."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.exit_moves import Move, exit_moves, legs, resting_at
from conformance.judge.exits import LEGS, Bracket, State, bracket_on
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import number
from conformance.judge.positions import holdings
from conformance.suite.check import Judgement


def exits_of(each: Bracket) -> list[State]:
    """Every exit of a bracket, as it was told or shown last."""
    return [
        each.last(order_id) for order_id in dict.fromkeys(s.id for s in each.states)
    ]


def total(states: list[State], field: str) -> Decimal:
    """The sum of one decimal field of these orders."""
    return sum((number(s.order, field) or Decimal(0) for s in states), Decimal(0))


def _brackets(
    transcript: Transcript, places: tuple[int, ...]
) -> Iterator[tuple[Bracket, State]]:
    """The brackets at these places of which something was filled, and where so."""
    for each in (bracket_on(transcript, place) for place in places):
        for state in each.entry_states if each else ():
            if each and number(state.order, "filled_quantity"):
                yield each, state
                break


def covering(*places: int) -> Judgement:
    """The exits of each kind cover exactly what of the entry was filled."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each, filled in _brackets(transcript, places):
            for order_type in LEGS.values():
                legs = [each.last(order_id) for order_id in each.legs(order_type)]
                if not legs:
                    continue
                where = (filled.entry, *(leg.entry for leg in legs))
                yield occurred(*where)
                covered = total(legs, "quantity")
                if covered != each.bought:
                    yield finding(
                        f"The {order_type} exits of {each.entry.id} cover {covered}; "
                        f"{each.bought} of it was filled.",
                        *where,
                    )

    return judged


def ending_together(*places: int) -> Judgement:
    """Once all exits of one kind filled, those of the other kind are cancelled."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each, _ in _brackets(transcript, places):
            for kind, other in (("LIMIT", "STOP"), ("STOP", "LIMIT")):
                exits = [each.last(order_id) for order_id in each.legs(kind)]
                filled = [s.entry for s in exits if s.order.get("status") == "FILLED"]
                if not filled or len(filled) < len(exits):
                    continue
                for leg in map(each.last, each.legs(other)):
                    yield occurred(*filled, leg.entry)
                    if leg.order.get("status") != "CANCELLED":
                        yield finding(
                            f"The {kind} exit of {each.entry.id} was filled and its "
                            f"{other} exit {leg.id} is {leg.order.get('status')}.",
                            *filled,
                            leg.entry,
                        )

    return judged


def bounded(*places: int) -> Judgement:
    """The exits of a bracket together trade no more than its entry did."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each, filled in _brackets(transcript, places):
            exits = exits_of(each)
            traded = total(exits, "filled_quantity")
            where = (filled.entry, *(leg.entry for leg in exits))
            if traded:
                yield occurred(*where)
            if traded > each.bought:
                yield finding(
                    f"The exits of {each.entry.id} traded {traded}; its fill was "
                    f"{each.bought}.",
                    *where,
                )

    return judged


def all_moves(transcript: Transcript, *places: int) -> Iterator[Move]:
    """The moves of exits of the positions in the symbols at these places."""
    for place in places:
        yield from exit_moves(transcript, transcript.header.symbols[place])


def prices_of(found: tuple[Decimal | None, ...]) -> str:
    """Prices in words."""
    return ", ".join(map(str, found)) or "no price"


def moved_as_told(*places: int) -> Judgement:
    """An exit rests at the price it was moved to, in the orders that were named."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for move in all_moves(transcript, *places):
            for name, price in move.moves.items():
                if not move.accepted or price <= 0:
                    continue
                now = legs(move.after, name)
                yield occurred(move.exchange, *(leg.entry for leg in now))
                rests = sorted(leg.id for leg in now)
                named = move.answered(name).get("order_ids")
                ids = sorted(map(str, named)) if isinstance(named, list) else []
                if set(resting_at(now, name)) != {price} or rests != ids:
                    yield finding(
                        f"The {name} was moved to {price}; the answer names the "
                        f"orders {ids}, and {rests} rest, at "
                        f"{prices_of(resting_at(now, name))}.",
                        move.exchange,
                        *(leg.entry for leg in now),
                    )

    return judged


def covering_no_more(*places: int) -> Judgement:
    """After a reduction, no exit trades more than is left.

    One that only reduces never does, however large it is.
    """

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for place in places:
            each = bracket_on(transcript, place)
            held = list(holdings(transcript, transcript.header.symbols[place]))
            if each is None or not held or not 0 < held[-1].quantity < each.bought:
                continue
            for leg in exits_of(each):
                rests = number(leg.order, "remaining_quantity") or Decimal(0)
                yield occurred(held[-1].exchange, leg.entry)
                reduces = leg.order.get("reduce_only") is True
                if leg.live and not reduces and rests > held[-1].quantity:
                    yield finding(
                        f"{held[-1].quantity} of {each.bought} are left; the "
                        f"{leg.order.get('order_type')} exit {leg.id} still trades "
                        f"{rests}, and is not reduce-only.",
                        held[-1].exchange,
                        leg.entry,
                        cause="Are exits not made smaller with their position?",
                    )

    return judged


def ending_with_the_position(*places: int) -> Judgement:
    """Once a position is flat or on the other side, its exits have ended."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for place in places:
            each = bracket_on(transcript, place)
            held = list(holdings(transcript, transcript.header.symbols[place]))
            if each is None or not held or not each.bought or held[-1].quantity > 0:
                continue
            for leg in exits_of(each):
                yield occurred(held[-1].exchange, leg.entry)
                if leg.live:
                    yield finding(
                        f"{each.bought} were bought with exits, and "
                        f"{held[-1].quantity} are held now; the "
                        f"{leg.order.get('side')} {leg.order.get('order_type')} exit "
                        f"{leg.id} over {leg.order.get('quantity')} is still "
                        f"{leg.order.get('status')}.",
                        held[-1].exchange,
                        leg.entry,
                        cause="Would it open a position that nobody asked for?",
                    )

    return judged
