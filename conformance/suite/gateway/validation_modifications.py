"""A modification whose body cannot be read is refused, and changes nothing."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, asked
from conformance.judge.refusals import Tried, tried
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.bad_requests import note_case
from conformance.suite.check import check
from conformance.suite.refusals import refuses

NEEDS = Needs(seconds=30)

BROKEN: Mapping[str, str] = {
    "cut-off": '{"quantity": "3"',
    "cut-off-in-a-string": '{"quantity": "3',
    "something-after": '{"quantity": "3"} {"quantity": "4"}',
    "no-json": "quantity=3",
    "null": "null",
    "string": '"3"',
    "list": "[]",
    "list-of-values": '["0.02", null, "3", null, null, null]',
    "quantity-boolean": '{"quantity": true}',
    "quantity-object": '{"quantity": {"value": "3"}}',
    "quantity-word": '{"quantity": "three"}',
    "quantity-nan": '{"quantity": "NaN"}',
    "price-list": '{"limit_price": ["0.02"]}',
    "price-word": '{"limit_price": "cheaper"}',
    "good-then-bad": '{"quantity": "3", "limit_price": "cheaper"}',
    "bad-then-good": '{"limit_price": false, "quantity": "3"}',
}
KEPT = ("quantity", "limit_price", "stop_loss", "take_profit", "status")


async def script(strategy: Played) -> None:
    """Sends every case to one resting order, and asks for it before and after each."""
    order = await strategy.resting(quantity="2", limit_price=FAR_BELOW)
    path = f"/v1/orders/{quote(order.id, safe='')}"
    for name, body in BROKEN.items():
        await strategy.show(order.id)
        note_case(strategy, name, symbol=strategy.symbol)
        await strategy.request("PATCH", path, body=body, deliberate=True)
        await strategy.show(order.id)
    note_case(strategy, "no-body", symbol=strategy.symbol)
    await strategy.request("PATCH", path, deliberate=True)


no_body = refuses(
    "VAL-61", "a modification without a body was answered", {"no-body"}, range(400, 600)
)
broken = refuses(
    "VAL-90", "a modification whose body is broken was answered", set(BROKEN)
)


@check("VAL-91", occurs="an order was shown before and after a refused modification")
def a_refused_modification_changes_nothing(
    transcript: Transcript,
) -> Iterator[Observation]:
    order = next(accepted(transcript), None)
    if order is None or order.id is None:
        return
    for case in tried(transcript):
        around = _around(transcript, case, order.id)
        if not case.refused or around is None:
            continue
        before, after = around
        yield occurred(before, case.exchange, after)
        changed = _changed(before.body, after.body)
        if changed:
            yield finding(
                f"{case.story}, and yet {changed}.",
                before,
                case.exchange,
                after,
                cause="Is a field applied before the others are read?",
            )


def _around(
    transcript: Transcript, case: Tried, order_id: str
) -> tuple[Exchange, Exchange] | None:
    number = case.exchange.request.number
    shows = [
        show
        for show in asked(transcript, "GET", "v1", "orders", order_id)
        if show.status == 200
    ]
    before = [show for show in shows if show.request.number < number]
    after = [show for show in shows if show.request.number > number]
    return (before[-1], after[0]) if before and after else None


def _changed(before: Json, after: Json) -> str:
    names = [name for name in KEPT if before.get(name) != after.get(name)]
    return ", ".join(
        f"{name} went from {before.get(name)} to {after.get(name)}" for name in names
    )
