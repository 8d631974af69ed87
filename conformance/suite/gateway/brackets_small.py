"""A small position is protected as well, or its strategy is told that it is not."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import LEGS, bracket_on
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import messages_of_type
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_steps import orders_listed

NEEDS = Needs(seconds=25)

SMALL = "0.0005"
"""Of a coin that is a trade of some dozen dollars."""


async def script(strategy: Played) -> None:
    """Sends a small bracket, and lists what came of it."""
    stream = await strategy.stream()
    last = await strategy.price()
    lower, higher = str(last / 4), str(last * 4)
    reply = await strategy.submit(quantity=SMALL, stop_loss=lower, take_profit=higher)
    order_id = reply.field("id")
    if isinstance(order_id, str):
        await strategy.announced(stream, order_id, "ORDER_FILLED")
        await strategy.fence()
        await orders_listed(strategy, strategy.symbol)


@check("EXI-37", occurs="an entry of a small quantity was filled")
def a_small_position_is_protected(transcript: Transcript) -> Iterator[Observation]:
    each = bracket_on(transcript, 0)
    if each is None or each.filled is None:
        return
    yield occurred(each.filled.entry)
    told = [
        message
        for _, message in messages_of_type(transcript, "error")
        if message.get("code") == "POSITION_UNPROTECTED"
    ]
    missing = [name for name, kind in LEGS.items() if not each.legs(kind)]
    if missing and not told:
        yield finding(
            f"The entry {each.entry.id} of {SMALL} was filled; no "
            f"{' and no '.join(missing)} came of it, and nobody was told "
            "POSITION_UNPROTECTED.",
            each.entry.exchange,
            each.filled.entry,
            cause="Is there a least quantity of an exit that nobody is told of?",
        )
