"""An order exists once, under one id, whoever asks and however often it is sent."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.changes import fenced
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import rows
from conformance.judge.orders import (
    Submitted,
    accepted,
    announcements,
    asked,
    submitted,
)
from conformance.judge.tellings import Telling, tellings
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.protocol.order_states import is_legal
from conformance.protocol.words import OrderStatus
from conformance.suite.check import check

MANY = 20
"""Orders that are submitted at the same time."""

NEEDS = Needs(symbols=4)
LIMIT: dict[str, Json] = {"order_type": "LIMIT", "limit_price": FAR_BELOW}


async def script(strategy: Played) -> None:
    """Sends one id twice, live and ended; many orders at once; asks for all of them."""
    stream = await strategy.stream()
    live, ended, many, plain = strategy.symbols
    await _twice_live(strategy, live)
    await _crowd(strategy, many)
    order = await strategy.bought(stream, "2", symbol=plain)
    await strategy.show(order.id)
    again = await strategy.bought(stream, "2", symbol=ended)
    await strategy.submit(
        symbol=ended, quantity="2", client_order_id=again.client_id, deliberate=False
    )
    # A second order of that id would have been filled before this one.
    await strategy.bought(stream, "1", symbol=plain)
    await strategy.fence()
    for name in strategy.symbols:
        await strategy.get(f"/v1/orders?symbol={quote(name, safe='')}")
        await strategy.get(f"/v1/orders/history?symbol={quote(name, safe='')}")


async def _twice_live(strategy: Played, symbol: str) -> None:
    order = await strategy.resting(symbol=symbol, quantity="2")
    await strategy.resting(symbol=symbol, quantity="3")
    await strategy.submit(
        symbol=symbol, quantity="2", client_order_id=order.client_id, **LIMIT
    )
    await strategy.get(f"/v1/orders?client_order_id={quote(order.client_id, safe='')}")


async def _crowd(strategy: Played, symbol: str) -> None:
    sends = (
        strategy.submit(symbol=symbol, quantity=str(n + 1), **LIMIT)
        for n in range(MANY)
    )
    await asyncio.gather(*sends)


def _same_client(transcript: Transcript, symbol: str) -> Iterator[list[Submitted]]:
    """Orders of a symbol that were sent with one client id, two or more."""
    groups: dict[str, list[Submitted]] = {}
    for order in submitted(transcript):
        if order.client_id and order.fields.get("symbol") == symbol:
            groups.setdefault(order.client_id, []).append(order)
    return (group for group in groups.values() if len(group) > 1)


def _once(transcript: Transcript, place: int) -> Iterator[Observation]:
    """The first order of each group stands; the second makes no further one."""
    told = tellings(transcript)
    for group in _same_client(transcript, transcript.header.symbols[place]):
        if not group[0].accepted or group[1].exchange.status is None:
            continue
        ids = {order.id for order in group if order.accepted}
        ids |= {
            i
            for i, tellings_ in told.items()
            if tellings_[0].order.get("client_order_id") == group[0].client_id
        }
        yield occurred(*(order.exchange for order in group))
        if len(ids) > 1:
            statuses = ", ".join(str(order.exchange.status) for order in group)
            yield finding(
                f"The client order id {group[0].client_id} was sent {len(group)} times "
                f"and answered with {statuses}; {len(ids)} orders carry it: "
                f"{', '.join(sorted(map(str, ids)))}.",
                *(order.exchange for order in group),
                cause="Is client_order_id not used for idempotency?",
            )


@check("ORD-42", occurs="a client order id was sent again while its order was live")
def sent_twice_while_live_it_exists_once(
    transcript: Transcript,
) -> Iterator[Observation]:
    yield from _once(transcript, 0)


@check("ORD-43", occurs="a client order id was sent again after its order had ended")
def sent_twice_after_its_end_it_exists_once(
    transcript: Transcript,
) -> Iterator[Observation]:
    yield from _once(transcript, 1)


def _handle(order: Submitted) -> dict[str, Json]:
    body = order.exchange.body
    return body if isinstance(body, dict) else {}


@check("ORD-40", occurs="an order with a client order id was told")
def the_client_id_is_everywhere(transcript: Transcript) -> Iterator[Observation]:
    told = tellings(transcript)
    for order in accepted(transcript):
        if order.client_id is None:
            continue
        shown = [(t.where, t.order) for t in told.get(str(order.id), ())]
        for where, row in [(order.exchange, _handle(order)), *shown]:
            yield occurred(where)
            if row.get("client_order_id") != order.client_id:
                yield finding(
                    f"Order {order.id} was sent with the client order id "
                    f"{order.client_id} and is told with {row.get('client_order_id')}.",
                    order.exchange,
                    where,
                )


@check("ORD-41", occurs="an order was looked for by its client order id")
def an_order_is_found_by_its_client_id(
    transcript: Transcript,
) -> Iterator[Observation]:
    made = {o.client_id: o.id for o in reversed(list(accepted(transcript)))}
    for exchange in asked(transcript, "GET", "v1", "orders"):
        client_id = dict(exchange.query).get("client_order_id")
        if client_id not in made or exchange.status != 200:
            continue
        listed = rows(exchange)
        found = [row.get("id") for row in listed]
        strange = [r for r in listed if r.get("client_order_id") != client_id]
        yield occurred(exchange)
        if made[client_id] not in found or strange:
            yield finding(
                f"Looked for by its client order id {client_id}, the order "
                f"{made[client_id]} was answered with {len(listed)} orders: {found}.",
                exchange,
            )


@check("ORD-44", occurs="two orders were accepted")
def every_handle_has_a_correlation_id(transcript: Transcript) -> Iterator[Observation]:
    made = {order.id: order for order in accepted(transcript)}
    handles = [(o, str(_handle(o).get("correlation_id") or "")) for o in made.values()]
    if len(handles) < 2:
        return
    yield occurred(*(order.exchange for order, _ in handles))
    shared = Counter(mark for _, mark in handles)
    for order, mark in handles:
        if not mark or shared[mark] > 1:
            yield finding(
                f"The handle of order {order.id} has the correlation id {mark!r}, "
                f"which {shared[mark]} handles have.",
                order.exchange,
            )
            return


@check("ORD-45", occurs="an order was told after its handle")
def the_correlation_id_stays(transcript: Transcript) -> Iterator[Observation]:
    told = tellings(transcript)
    for order in accepted(transcript):
        mark = _handle(order).get("correlation_id")
        for telling in told.get(str(order.id), ()) if mark else ():
            yield occurred(order.exchange, telling.where)
            if telling.order.get("correlation_id") != mark:
                yield finding(
                    f"The handle of order {order.id} has the correlation id {mark}; "
                    f"it is told with {telling.order.get('correlation_id') or 'none'}.",
                    order.exchange,
                    telling.where,
                )


@check("ORD-46", occurs="two orders were accepted")
def no_two_orders_have_one_id(transcript: Transcript) -> Iterator[Observation]:
    first: dict[str, Submitted] = {}
    for order in accepted(transcript):
        known = first.setdefault(str(order.id), order)
        if known is order:
            continue
        yield occurred(known.exchange, order.exchange)
        if known.client_id != order.client_id:
            yield finding(
                f"Two orders were accepted under the id {order.id}: "
                f"{known.client_id} and {order.client_id}.",
                known.exchange,
                order.exchange,
            )
    if len(first) > 1:
        yield occurred(*(order.exchange for order in first.values()))


@check("ORD-47", occurs="orders that were submitted at one time were listed")
def of_many_each_exists_once(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[2]
    crowd = [o for o in accepted(transcript) if o.fields.get("symbol") == symbol]
    for exchange in asked(transcript, "GET", "v1", "orders"):
        if dict(exchange.query) != {"symbol": symbol} or exchange.status != 200:
            continue
        named = (str(row.get("client_order_id")) for row in rows(exchange))
        # Elsewhere a symbol may hold orders of scripts that played before.
        listed = Counter(n for n in named if n.startswith(transcript.header.prefix))
        wanted = Counter(str(order.client_id) for order in crowd)
        if len(crowd) < MANY:
            continue
        yield occurred(exchange)
        if listed != wanted:
            wrong = sorted((listed - wanted) + (wanted - listed))
            yield finding(
                f"{len(crowd)} orders were submitted at one time and accepted; "
                f"{listed.total()} are listed. Too many or missing: {wrong}.",
                exchange,
            )


@check("ORD-48", occurs="a creation and a handle of one client order id were told")
def handle_and_creation_name_one_order(
    transcript: Transcript,
) -> Iterator[Observation]:
    fence = fenced(transcript)
    created = [a for a in announcements(transcript) if a.event == "ORDER_CREATED"]
    for order in accepted(transcript):
        mine = [a for a in created if a.order.get("client_order_id") == order.client_id]
        if order.client_id is None or order.exchange.request.number > fence:
            continue
        for said in mine:
            yield occurred(order.exchange, said.entry)
        if mine and order.id not in {said.id for said in mine}:
            yield finding(
                f"The handle of {order.client_id} names the order {order.id}; created "
                f"was {', '.join(said.id for said in mine)}.",
                order.exchange,
                *(said.entry for said in mine),
            )


@check("ORD-49", occurs="an order was told after its handle")
def the_handles_status_is_true(transcript: Transcript) -> Iterator[Observation]:
    told = tellings(transcript)
    for order in accepted(transcript):
        word = _handle(order).get("status")
        later: Telling | None = next(
            (t for t in told.get(str(order.id), ()) if not t.channel), None
        )
        if later is None or later.status is None or str(word) not in set(OrderStatus):
            continue
        yield occurred(order.exchange, later.where)
        if not is_legal(OrderStatus(str(word)), later.status):
            yield finding(
                f"The handle of order {order.id} says {word}; the order is then told "
                f"{later.status}.",
                order.exchange,
                later.where,
            )
