"""A Gateway that was killed and started again knows what stands at the venue."""

import asyncio
from collections.abc import Iterator

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.exits import LIVE
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.kills import held, rows
from conformance.judge.orders import asked, number, submitted
from conformance.judge.unknown import copies, found_later
from conformance.judge.venue import booked
from conformance.judge.venue_exits import attached
from conformance.peers.engine.conduct import Hold
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.engine_exits import PRICES
from conformance.suite.exit_steps import exits_placed

NEEDS = Needs(engine=True, own=True, symbols=4, seconds=40)

LATER, HELD, RESTING, DOUBTFUL = range(4)


async def script(strategy: Played) -> None:
    """A kill with a position, exits, orders and a submit on its way; then a start."""
    engine = strategy.engine
    engine.by_hand = engine.desk.names_positions = True
    stream = await strategy.stream()
    await engine.linked()
    limit = {"order_type": "LIMIT", "limit_price": "100", **PRICES["BUY"]}
    entry, later = [
        await strategy.place(symbol=strategy.symbols[place], quantity="5", **limit)
        for place in (HELD, LATER)
    ]
    await strategy.resting(symbol=strategy.symbols[RESTING])
    engine.fill(entry.id, "5", "100")
    await exits_placed(strategy, stream, strategy.symbols[HELD])
    await strategy.fence()
    name = await _killed_in_mid_submit(strategy)
    kept = strategy.instance.environment.get("EXIT_STATE_FILE")
    await strategy.start({} if kept is None else {"EXIT_STATE_FILE": kept})
    strategy.note("revived", "the Gateway is started again, on its state file")
    again = await strategy.stream("stream-2")
    await engine.linked(2)
    await strategy.fence()
    await strategy.get(f"/v1/orders?client_order_id={name}")
    await strategy.get("/v1/orders")
    await strategy.get("/v1/positions")
    sent = len(engine.calls("POST", ORDERS))
    engine.fill(later.id, "5", "100")
    await strategy.announced(again, later.id, "ORDER_FILLED")
    await engine.called("POST", ORDERS, count=sent + 2)
    await strategy.fence()
    engine.by_hand = False


async def _killed_in_mid_submit(strategy: Played) -> str:
    """The venue has an order and has not answered when the Gateway is killed."""
    engine = strategy.engine
    hold = Hold(booked=True)
    engine.next("POST", ORDERS, hold)
    body = strategy.order(
        symbol=strategy.symbols[DOUBTFUL], order_type="LIMIT", limit_price=FAR_BELOW
    )
    name = str(body["client_order_id"])
    sent = len(engine.calls("POST", ORDERS))
    submit = asyncio.create_task(strategy.request("POST", "/v1/orders", json=body))
    await engine.called("POST", ORDERS, count=sent + 1)
    strategy.note("killed", "the Gateway is killed", client_id=name)
    await strategy.instance.kill()
    await strategy.exited()
    hold.release()
    await submit
    return name


def _revived(transcript: Transcript) -> Iterator[Entry]:
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "revived":
            yield entry


def _looks(transcript: Transcript, noun: str) -> Iterator[tuple[Entry, Exchange]]:
    """The whole lists that were asked for once it was back."""
    for back in _revived(transcript):
        for exchange in asked(transcript, "GET", "v1", noun):
            whole = not exchange.query and exchange.status is not None
            if whole and exchange.request.number > back.number:
                yield back, exchange


@check("OPE-74", occurs="a Gateway was killed and started again over live orders")
def the_venues_orders_are_shown(transcript: Transcript) -> Iterator[Observation]:
    for back, look in _looks(transcript, "orders"):
        before = [b for b in booked(transcript) if b.entry.number < look.numbers[0]]
        taken = {b.order for b in before if b.what == "accepted"}
        ended = {b.order for b in before if b.what in ("cancelled", "rejected")}
        full = {
            b.order
            for b in before
            if b.what == "filled" and b.number("filled") >= b.number("quantity")
        }
        live = taken - ended - full
        told = {str(r.get("id")) for r in rows(look) if str(r.get("status")) in LIVE}
        yield occurred(back, look)
        if look.status != 200 or live - told:
            yield finding(
                "The Gateway was killed and started again; live at the venue are "
                f"{len(live)} orders, its list ({look.status}) lacks "
                f"{', '.join(sorted(live - told))}.",
                back,
                look,
            )


@check("OPE-74", occurs="a Gateway was killed and started again over a position")
def the_venues_positions_are_shown(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[HELD]
    for back, look in _looks(transcript, "positions"):
        found = [r for r in held(look) if r.get("symbol") == symbol]
        yield occurred(back, look)
        if [number(row, "quantity") for row in found] != [5]:
            yield finding(
                f"The Gateway was killed and started again; the venue holds 5 of "
                f"{symbol}, its list of positions ({look.status}) shows "
                f"{[row.get('quantity') for row in found]}.",
                back,
                look,
            )


@check("OPE-75", occurs="a Gateway was killed while an order's answer was due")
def the_doubtful_order_is_found(transcript: Transcript) -> Iterator[Observation]:
    facts = transcript.note("killed")
    for back in _revived(transcript):
        name = "" if facts is None else str(facts["client_id"])
        for look in asked(transcript, "GET", "v1", "orders"):
            if f"client_order_id={name}" not in look.target or look.status is None:
                continue
            sent = copies(transcript, name)
            yield occurred(back, look)
            if not found_later(look, name):
                yield finding(
                    f"The Gateway was killed before it had the answer to order {name},"
                    f" which the venue took; started again it lists no such order "
                    f"({look.status}).",
                    back,
                    look,
                )
            if len(sent) > 1:
                yield finding(
                    f"The Gateway was killed before it had the answer to order {name},"
                    f" which the venue took; it was sent {len(sent)} times.",
                    back,
                    *(call.asked for call in sent),
                )


@check("OPE-76", occurs="a Gateway was killed and started again beside a bracket")
def no_order_comes_of_a_restart(transcript: Transcript) -> Iterator[Observation]:
    ours = {order.client_id for order in submitted(transcript)}
    begun = transcript.note("killed")
    for back in _revived(transcript):
        filled = [
            b.entry.number
            for b in booked(transcript, "filled")
            if b.entry.number > back.number
        ]
        end = filled[0] if filled else transcript.entries[-1].number
        made = [
            b
            for b in booked(transcript, "accepted")
            if back.number < b.entry.number < end and b.client_id not in ours
        ]
        yield occurred(back)
        if begun is not None and made:
            yield finding(
                "The Gateway was killed and started again, and nothing filled; the "
                f"venue took {len(made)} orders that nobody asked for.",
                back,
                *(b.entry for b in made),
            )


@check("EXI-99", occurs="an entry with exits filled after the Gateway was killed")
def exits_outlive_a_kill(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[LATER]
    for back in _revived(transcript):
        for each in attached(transcript):
            if each.symbol != symbol or not each.fills:
                continue
            at = transcript.entries[-1].number
            yield occurred(back, each.fills[0].entry)
            for kind in ("stop", "limit"):
                if not list(each.standing(kind, at)):
                    yield finding(
                        f"{each.entry.id} filled after the Gateway had been killed "
                        f"and started again; no {kind} exit of it is at the venue.",
                        each.entry.exchange,
                        back,
                        each.fills[0].entry,
                    )
