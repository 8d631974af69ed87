"""What a venue fills in parts, tells twice, late or in excess adds up all the same."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements, asked, number, shown
from conformance.judge.tranches import TRANCHES, Tranches, tranches
from conformance.judge.venue import calls
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.protocol.words import OrderStatus
from conformance.suite.check import check

NEEDS = Needs(engine=True)

MANY = 20


async def script(strategy: Played) -> None:
    """One order in twenty parts, one cut short, one told twice, one out of order."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    engine.by_hand = True
    many = await _begun(strategy, "many", str(MANY))
    for part in range(MANY):
        engine.fill(many.id, "1", f"100.{part:02}")
    cut = await _begun(strategy, "cut", "10")
    engine.fill(cut.id, "4", "100")
    engine.cancel(cut.id)
    twice = await _begun(strategy, "twice", "5")
    engine.fill(twice.id, "2", "101")
    engine.tell_again(twice.id)
    engine.fill(twice.id, "3", "102")
    await _disordered(strategy)
    excess = await _begun(strategy, "excess", "3")
    engine.fill(excess.id, "3", "100")
    engine.fill(excess.id, "1", "100")
    await _read(strategy, stream, many, cut, twice, excess)


async def _begun(strategy: Played, case: str, quantity: str) -> Placed:
    order = await strategy.place(quantity=quantity)
    strategy.note(TRANCHES, f"order {order.id}: {case}", case=case, order=order.id)
    return order


async def _disordered(strategy: Played) -> None:
    """Three parts, of which the venue tells the last one first."""
    engine = strategy.engine
    order = await _begun(strategy, "disordered", "6")
    parts = []
    for place in range(3):
        parts.append(engine.book(order.id, "2", f"10{place}"))
        # Each at a time of its own: what was overtaken is older, and says so.
        await engine.tick()
    for part in reversed(parts):
        part()


async def _read(strategy: Played, stream: PlayedStream, *orders: Placed) -> None:
    engine = strategy.engine
    engine.by_hand = False
    for order in orders[:3]:
        await strategy.done(stream, order.id)
    last = engine.candle(strategy.symbol, "100")
    # What the Engine says is passed on in its order: nothing is on its way any more.
    await strategy.told(stream, last)
    for placed in strategy.opened:
        await strategy.show(placed)
        await strategy.get(f"/v1/trades?order_id={placed}")


def _case(transcript: Transcript, *names: str) -> Iterator[Tranches]:
    return (each for each in tranches(transcript) if each.case in names)


@check("LED-23", occurs="an order was filled in twenty tranches")
def twenty_tranches_are_twenty_trades(transcript: Transcript) -> Iterator[Observation]:
    for each in _case(transcript, "many"):
        if len(each.fills) < MANY:
            continue
        yield occurred(each.fills[-1].entry)
        told = {name for _, name in each.told}
        if len(told) != MANY:
            yield finding(
                f"The venue filled order {each.order} in {MANY} tranches; "
                f"{len(told)} trades were told on the stream.",
                each.note,
            )
        listed = {name for _, name in each.listed}
        if each.lists and len(listed) != MANY:
            yield finding(
                f"The venue filled order {each.order} in {MANY} tranches; "
                f"{len(listed)} trades are listed.",
                *each.lists[0].numbers,
            )
        mean = sum((f.number("price") for f in each.fills), Decimal(0)) / MANY
        for look, row in shown(transcript, each.order):
            if row.get("status") == OrderStatus.FILLED:
                average = number(row, "average_fill_price")
                if average != mean:
                    yield finding(
                        f"The mean of the tranches of order {each.order} is {mean}; "
                        f"its average_fill_price is {average}.",
                        look,
                    )


@check("LED-22", occurs="the venue cancelled an order that was filled in part")
def what_was_filled_stays_filled(transcript: Transcript) -> Iterator[Observation]:
    for each in _case(transcript, "cut"):
        rows = [(e.entry, e.order) for e in announcements(transcript, None, each.order)]
        told = [row for row in rows if row[1].get("status") == OrderStatus.CANCELLED]
        looks = [(x.response, row) for x, row in shown(transcript, each.order)]
        for entry, row in [*told, *looks]:
            if row.get("status") != OrderStatus.CANCELLED or entry is None:
                continue
            yield occurred(entry)
            if number(row, "filled_quantity") != each.filled:
                yield finding(
                    f"Order {each.order} was filled for {each.filled} and then "
                    "cancelled by the venue; it is told with "
                    f"{row.get('filled_quantity')} filled.",
                    entry,
                )


@check("MOD-50", occurs="the venue cancelled an order of its own accord")
def the_venues_cancel_is_announced(transcript: Transcript) -> Iterator[Observation]:
    for each in _case(transcript, "cut"):
        yield occurred(each.note)
        said = announcements(transcript, None, each.order)
        ends = [s for s in said if s.event == "ORDER_CANCELLED"]
        if len(ends) != 1:
            yield finding(
                f"The venue cancelled order {each.order}; ORDER_CANCELLED was told of "
                f"it {len(ends)} times.",
                each.note,
            )


@check("LED-37", occurs="the venue told a trade twice")
def a_trade_told_twice_counts_once(transcript: Transcript) -> Iterator[Observation]:
    for each in _case(transcript, "twice"):
        yield occurred(each.note)
        names = [name for _, name in each.told]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield finding(
                    f"The venue told trade {name} of order {each.order} again; the "
                    f"strategy was told it {names.count(name)} times, with nothing "
                    "that says so.",
                    *(entry for entry, other in each.told if other == name),
                    cause="Are trades passed on without a look at their ids?",
                )
        for look, row in shown(transcript, each.order):
            if number(row, "filled_quantity") != each.filled:
                yield finding(
                    f"Order {each.order} was filled for {each.filled}; it is shown "
                    f"with {row.get('filled_quantity')}.",
                    look,
                )


@check("LED-38", occurs="the venue told fills late, out of order or in excess")
def late_fills_take_nothing_back(transcript: Transcript) -> Iterator[Observation]:
    for each in _case(transcript, "disordered", "excess"):
        yield occurred(each.note)
        told = {name for _, name in each.told}
        lost = [f.entry.data["trade"] for f in each.fills]
        lost = [name for name in lost if name not in told]
        if lost:
            yield finding(
                f"Of the {len(each.fills)} fills of order {each.order} "
                f"{', '.join(lost)} was never told as a trade.",
                each.note,
            )
        most = Decimal(0)
        for said in announcements(transcript, None, each.order):
            filled = number(said.order, "filled_quantity") or Decimal(0)
            if filled < most:
                yield finding(
                    f"Order {each.order} was told with {most} filled and then with "
                    f"{filled}: {said.event}.",
                    said.entry,
                    cause="Is an event told as it comes, though it is an old one?",
                )
            most = max(most, filled)


@check("LED-85", occurs="the venue filled orders")
def every_fill_is_told_as_a_trade(transcript: Transcript) -> Iterator[Observation]:
    for each in _case(transcript, "many", "cut"):
        told = {name for _, name in each.told}
        for fill in each.fills:
            yield occurred(fill.entry)
            if fill.entry.data["trade"] not in told:
                yield finding(
                    f"The venue filled {fill.entry.data['fill']} of order "
                    f"{each.order} (trade {fill.entry.data['trade']}); no trade "
                    "message told of it.",
                    fill.entry,
                )


@check("ORD-100", occurs="the Gateway sent orders to its venue")
def only_what_was_asked_for_is_sent(transcript: Transcript) -> Iterator[Observation]:
    """Here nothing has exits: what goes to the venue is what the strategy sent."""
    ours = {
        (x.sent or {}).get("client_order_id")
        for x in asked(transcript, "POST", "v1", "orders")
        if isinstance(x.sent, dict)
    }
    for each in tranches(transcript):
        yield occurred(each.note)
    for call in calls(transcript, "POST", "orders"):
        sent = call.sent if isinstance(call.sent, dict) else {}
        if sent.get("client_order_id") not in ours:
            yield finding(
                f"The Gateway sent the venue an order that nobody asked for: {sent}.",
                call.asked,
            )
