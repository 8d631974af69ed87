"""A fill opens, enlarges, reduces, turns or closes a position by what it traded."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import states
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import Submitted, accepted, number
from conformance.judge.positions import Holding, holdings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import Judgement, check

NEEDS = Needs(symbols=5, seconds=25)

LONG, SHORT, TURNED, CLOSED, COVERED = range(5)

OPENING = (("BUY", "4"), ("SELL", "4"), ("BUY", "4"), ("BUY", "4"), ("SELL", "4"))
MOVING = (("BUY", "2"), ("BUY", "1"), ("SELL", "6"), ("SELL", "4"), ("BUY", "7"))


async def script(strategy: Played) -> None:
    """Opens five positions; enlarges, reduces, turns, closes and turns them."""
    await strategy.stream()
    for step in (OPENING, MOVING):
        for symbol in strategy.symbols:
            await strategy.positions(symbol)
        await _trade(strategy, step)
    for symbol in strategy.symbols:
        await strategy.positions(symbol)


async def _trade(strategy: Played, step: tuple[tuple[str, str], ...]) -> None:
    stream = strategy.open_streams[0]
    orders = [
        await strategy.place(symbol=symbol, side=side, quantity=quantity)
        for symbol, (side, quantity) in zip(strategy.symbols, step, strict=True)
    ]
    for order in orders:
        await strategy.announced(stream, order.id, "ORDER_FILLED")


@dataclass(frozen=True, slots=True)
class Move:
    """One filled order between two lists of positions."""

    order: Submitted
    before: Holding
    after: Holding
    traded: Decimal
    """What it traded, below zero for a sale."""

    @property
    def story(self) -> str:
        return (
            f"{self.before.quantity} of {self.before.symbol} were held and an order of "
            f"{self.traded} was filled; {self.after.quantity} are shown"
        )

    @property
    def right(self) -> bool:
        return self.after.quantity == self.before.quantity + self.traded


def _moves(transcript: Transcript, place: int) -> list[Move]:
    """The filled orders on the symbol at this place: the opening and the moving."""
    symbol = transcript.header.symbols[place]
    listed = list(holdings(transcript, symbol))
    orders = [o for o in accepted(transcript) if o.fields.get("symbol") == symbol]
    found = []
    for order in orders:
        at = order.exchange.request.number
        before = [h for h in listed if h.exchange.request.number < at]
        after = [h for h in listed if h.exchange.request.number > at]
        traded = _traded(transcript, order)
        if before and after and traded is not None:
            found.append(Move(order, before[-1], after[0], traded))
    return found


def _traded(transcript: Transcript, order: Submitted) -> Decimal | None:
    """What an order traded, signed; None unless it was told filled."""
    for state in states(transcript, str(order.fields.get("symbol"))):
        if state.id == order.id and state.order.get("status") == "FILLED":
            filled = number(state.order, "filled_quantity")
            sells = order.fields.get("side") == "SELL"
            return -filled if filled is not None and sells else filled
    return None


def _adds_up(step: int, *places: int) -> Judgement:
    def judged(transcript: Transcript) -> Iterator[Observation]:
        for place in places:
            for move in _moves(transcript, place)[step : step + 1]:
                where = (move.before.exchange, move.order.exchange, move.after.exchange)
                yield occurred(*where)
                if not move.right:
                    yield finding(f"{move.story}.", *where)

    return judged


a_fill_on_the_same_side_enlarges = check(
    "EXI-41", occurs="a further order on the side of a position was filled"
)(_adds_up(1, LONG))

a_fill_on_the_other_side_reduces = check(
    "EXI-42", occurs="a smaller order on the other side was filled"
)(_adds_up(1, SHORT))

a_larger_fill_on_the_other_side_turns = check(
    "EXI-43", occurs="a larger order on the other side was filled"
)(_adds_up(1, TURNED, COVERED))

a_fill_for_the_whole_closes = check(
    "EXI-44", occurs="an order of the whole position on the other side was filled"
)(_adds_up(1, CLOSED))


@check("EXI-40", occurs="an order on a flat account was filled")
def a_buy_opens_long_and_a_sale_short(transcript: Transcript) -> Iterator[Observation]:
    for place in (LONG, SHORT):
        for move in _moves(transcript, place)[:1]:
            if move.before.quantity != 0:
                continue
            sides = [position.get("side") for position in move.after.positions]
            yield occurred(move.order.exchange, move.after.exchange)
            want = "LONG" if move.traded > 0 else "SHORT"
            if not move.right or sides != [want]:
                yield finding(
                    f"{move.story}, on the sides {sides}: one position that is {want} "
                    "was opened.",
                    move.order.exchange,
                    move.after.exchange,
                )


@check("EXI-45", occurs="a position was reduced by a fill")
def a_reduction_leaves_the_entry_price(transcript: Transcript) -> Iterator[Observation]:
    for move in _moves(transcript, SHORT)[1:]:
        prices = [
            number(holding.positions[0], "average_entry_price")
            for holding in (move.before, move.after)
            if holding.positions
        ]
        if len(prices) < 2 or None in prices:
            continue
        yield occurred(move.before.exchange, move.order.exchange, move.after.exchange)
        before, after = (price or Decimal(0) for price in prices)
        # A venue may round the mean it shows.
        if abs(after - before) > before / 10_000:
            yield finding(
                f"{move.story}; the average entry price went from {before} to {after}.",
                move.before.exchange,
                move.order.exchange,
                move.after.exchange,
            )
