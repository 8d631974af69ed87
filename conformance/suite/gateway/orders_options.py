"""An option that is accepted has its effect, or the order is refused."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import ZERO, rows
from conformance.judge.orders import asked, number
from conformance.judge.positions import holdings
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.order_cases import FAR_ABOVE, Sent, case, send, sent

CASES = (
    case("reduce-flat", side="SELL", quantity="5", reduce_only=True),
    case("reduce-more", side="SELL", quantity="5", reduce_only=True),
    case("reduce-same-side", quantity="5", reduce_only=True),
    case("post-met", order_type="LIMIT", limit_price=FAR_ABOVE, post_only=True),
    case("hidden", order_type="LIMIT", limit_price=FAR_BELOW, hidden=True),
    case(
        "display",
        order_type="LIMIT",
        limit_price=FAR_BELOW,
        quantity="10",
        display_quantity="2",
    ),
    case("leverage", leverage="3", margin_mode="ISOLATED"),
)
HELD = {"reduce-more": "2", "reduce-same-side": "2"}
"""What is bought of a case's symbol before the case is sent."""

NEEDS = Needs(symbols=len(CASES) + 1)


async def script(strategy: Played) -> None:
    """Holds what the cases need, sends them, and looks at orders and positions."""
    stream = await strategy.stream()
    for each, symbol in zip(CASES, strategy.symbols, strict=False):
        if each.name in HELD:
            await strategy.bought(stream, HELD[each.name], symbol=symbol)
    for symbol in strategy.symbols:
        await strategy.positions(symbol)
    replies = await send(strategy, CASES, strategy.symbols)
    # Whatever was to happen at once has happened when a later order is filled.
    await strategy.bought(stream, "1", symbol=strategy.symbols[-1])
    await strategy.fence()
    for reply in replies:
        if reply.status == 201:
            await strategy.show(str(reply.field("id")))
    for symbol in strategy.symbols:
        await strategy.get(f"/v1/positions?symbol={quote(symbol, safe='')}")


def _held(transcript: Transcript, each: Sent) -> tuple[Decimal, Decimal]:
    """What was held of a case's symbol before it, and at the end."""
    listed = [h.quantity for h in holdings(transcript, str(each.last.get("symbol")))]
    return (listed[0], listed[-1]) if listed else (ZERO, ZERO)


@check("ORD-33", occurs="a reduce-only order was accepted and asked for")
def reduce_only_never_adds(transcript: Transcript) -> Iterator[Observation]:
    names = ("reduce-flat", "reduce-more", "reduce-same-side")
    for each in sent(transcript, *names):
        if each.refused:
            yield occurred(each.order.exchange)
        if not each.known:
            continue
        before, after = _held(transcript, each)
        yield occurred(*each.where)
        if before * after < 0 or abs(after) > abs(before):
            yield finding(
                f"{each.story}; {before} was held before it and {after} after it.",
                *each.where,
                cause="Is reduce_only ignored?",
            )


@check("ORD-34", occurs="a post-only order that would fill at once was answered")
def post_only_never_takes(transcript: Transcript) -> Iterator[Observation]:
    for each in sent(transcript, "post-met"):
        if not each.refused and not each.known:
            continue
        yield occurred(*each.where)
        if each.known and each.filled > 0:
            yield finding(f"{each.story}.", *each.where, cause="Is post_only ignored?")


@check("ORD-35", occurs="an order that asks to be hidden was answered")
def hidden_is_hidden(transcript: Transcript) -> Iterator[Observation]:
    for each in sent(transcript, "hidden"):
        if not each.refused and not each.known:
            continue
        yield occurred(*each.where)
        if each.known and each.last.get("hidden") is not True:
            yield finding(
                f"An order with hidden true was accepted; it shows hidden "
                f"{each.last.get('hidden')}.",
                *each.where,
            )


@check("ORD-36", occurs="an order with a display quantity was answered")
def a_display_quantity_is_kept(transcript: Transcript) -> Iterator[Observation]:
    for each in sent(transcript, "display"):
        if not each.refused and not each.known:
            continue
        yield occurred(*each.where)
        wanted = number(each.order.fields, "display_quantity")
        if each.known and number(each.last, "display_quantity") != wanted:
            yield finding(
                f"An order with the display quantity {wanted} was accepted; it shows "
                f"{each.last.get('display_quantity')}.",
                *each.where,
            )


@check("ORD-38", occurs="an order with leverage and margin mode was answered")
def leverage_is_the_positions(transcript: Transcript) -> Iterator[Observation]:
    for each in sent(transcript, "leverage"):
        if each.refused:
            yield occurred(each.order.exchange)
        symbol = each.order.fields.get("symbol")
        for exchange in asked(transcript, "GET", "v1", "positions"):
            for row in rows(exchange):
                if row.get("symbol") != symbol or not each.known:
                    continue
                yield occurred(each.order.exchange, exchange)
                given = number(row, "leverage"), row.get("margin_mode")
                if given != (Decimal(3), "ISOLATED"):
                    yield finding(
                        "An order with leverage 3 and margin mode ISOLATED was "
                        f"accepted; its position shows leverage "
                        f"{row.get('leverage') or 'none'} and margin mode "
                        f"{row.get('margin_mode') or 'none'}.",
                        each.order.exchange,
                        exchange,
                        cause="Are leverage and margin_mode ignored?",
                    )
