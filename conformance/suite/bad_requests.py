"""Sends tables of bad orders: each case is noted, answered, and undone if accepted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.errors import SafetyRefusal
from conformance.evidence.entry import Json
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.reply import Reply
from conformance.peers.rest import dumps

LISTS = ("orders", "orders/history", "trades", "positions")


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad order: a resting limit buy of 1, but for these fields.

    A field given as `...` is left out. A `body` is sent as it is. In both, $ID stands
    for the case's own client order id and $SYMBOL for the table's symbol.
    """

    name: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def text(self, symbol: str, client_id: str) -> str:
        """The body that is sent."""
        text = self.body
        if text is None:
            order = {**BASE, **self.fields}
            text = dumps({k: v for k, v in order.items() if v is not ...})
        return text.replace("$SYMBOL", symbol).replace("$ID", client_id)


BASE: Mapping[str, Json] = {
    "symbol": "$SYMBOL",
    "side": "BUY",
    "quantity": "1",
    "order_type": "LIMIT",
    "limit_price": FAR_BELOW,
    "client_order_id": "$ID",
}


def bad(name: str, **fields: Json) -> Bad:
    """A case that differs from a good order in these fields."""
    return Bad(name, fields)


async def send_table(
    strategy: Played,
    table: Iterable[Bad],
    *,
    doubtful: Iterable[Bad] = (),
    valid_each: bool = False,
) -> None:
    """Sends every case, a valid order and a fence, and asks for what there is.

    All cases share the second symbol, but for the doubtful ones, which a Gateway may
    accept: they are on the third. With `valid_each` a valid order follows each case.
    """
    await strategy.stream()
    await _list(strategy)
    pairs = [(case, strategy.symbols[1]) for case in table]
    pairs += [(case, strategy.symbols[2]) for case in doubtful]
    for case, symbol in pairs:
        await _send(strategy, case, symbol)
        if valid_each:
            await send_valid(strategy)
    await send_valid(strategy)
    await strategy.fence()
    await _list(strategy)


async def _list(strategy: Played) -> None:
    """What there is on the table's symbols: before it, and once more after it."""
    for symbol in strategy.symbols[1:]:
        for noun in LISTS:
            await strategy.get(f"/v1/{noun}?symbol={quote(symbol, safe='')}")


async def _send(strategy: Played, case: Bad, symbol: str) -> None:
    client_id = strategy.client_id()
    note_case(strategy, case.name, client_id, symbol)
    try:
        answer = await strategy.request(
            "POST",
            "/v1/orders",
            body=case.text(symbol, client_id) or None,
            headers=case.headers,
            deliberate=True,
        )
    except SafetyRefusal as refusal:
        # Where trading is bounded, a body that could trade beyond it stays at home;
        # the other cases are still judged.
        strategy.note("not-sent", f"{case.name} was not sent: {refusal}")
        return
    await _undo(strategy, answer)


def note_case(
    strategy: Played, name: str, client_id: str = "", symbol: str = ""
) -> None:
    """Says which case the next request is, and what it gives."""
    strategy.note("case", name, case=name, client_id=client_id, symbol=symbol)


async def send_valid(strategy: Played) -> None:
    """Sends an order that nothing is wrong with, and cancels it."""
    strategy.note("valid", "a valid order")
    answer = await strategy.submit(order_type="LIMIT", limit_price=FAR_BELOW)
    await _undo(strategy, answer, show=False)


async def _undo(strategy: Played, answer: Reply, show: bool = True) -> None:
    order_id = answer.field("id")
    if answer.status != 201 or not isinstance(order_id, str):
        return
    if show:
        await strategy.get(f"/v1/orders/{quote(order_id, safe='')}")
    await strategy.cancel(order_id)
