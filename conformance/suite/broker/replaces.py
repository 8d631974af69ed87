"""A change of an order is what its broker made of it, and changes nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.noted import noted
from conformance.judge.orders import number
from conformance.judge.standing import Standing, standing
from conformance.judge.venue import booked_during, calls_during
from conformance.peers.engine.conduct import Conduct, Cut, How, Status, When
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability, Operation
from conformance.protocol.money import text_of
from conformance.suite.broker_orders import resting_at_broker
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(start=False, symbols=6, seconds=60)

CHANGE = "change"
"""The name of the note before a change: its case, and the symbol."""

PRICE, MORE = "another price", "another quantity"
PARTLY = "another price, once some was filled"
REFUSED, FAULT, LOST = "its broker refused it", "it was answered 500", "it was lost"
UNDONE = (REFUSED, FAULT)
DONE = (PRICE, MORE, PARTLY)
ASKED = (Operation.REPLACE, Operation.SUBMIT, Operation.CANCEL)
"""What a change may be at a broker."""

STEP = 4
KEPT = ("side", "order_type", "time_in_force")
FAULTS: Mapping[str, Conduct] = {
    FAULT: Status(500, "{}"),
    LOST: Cut(When.ACCEPTED, How.RST),
}


async def script(strategy: Played) -> None:
    """Changes orders; and where the broker refuses, fails or is not heard."""
    price, more, partly, refused, *failed = strategy.symbols
    await _start(strategy)
    order, _ = await resting_at_broker(strategy, PRICE, symbol=price)
    await _change(strategy, PRICE, order, limit_price=_lower(strategy, price))
    await _start(strategy)
    order, _ = await resting_at_broker(strategy, MORE, symbol=more)
    await _change(strategy, MORE, order, quantity="4")
    await _partly(strategy, partly)
    await _start(strategy)
    order, there = await resting_at_broker(strategy, REFUSED, symbol=refused)
    strategy.venue.desk.stuck.add(there)
    await _change(strategy, REFUSED, order, limit_price=_lower(strategy, refused))
    for symbol, (case, conduct) in zip(failed, FAULTS.items(), strict=True):
        await _start(strategy)
        order, _ = await resting_at_broker(strategy, case, symbol=symbol)
        for operation in ASKED:
            strategy.venue.always(operation, conduct)
        await _change(strategy, case, order, limit_price=_lower(strategy, symbol))


async def _start(strategy: Played) -> None:
    """A Gateway of its own for each case: what one leaves behind changes no other."""
    await strategy.start()
    strategy.venue.by_hand = True


async def _partly(strategy: Played, symbol: str) -> None:
    if Ability.PARTS not in strategy.venue.can:
        return
    await _start(strategy)
    order, there = await resting_at_broker(strategy, PARTLY, symbol=symbol)
    strategy.venue.fill(there, "1", strategy.venue.below(symbol))
    await _change(strategy, PARTLY, order, limit_price=_lower(strategy, symbol))


def _lower(strategy: Played, symbol: str) -> str:
    return text_of(Decimal(strategy.venue.below(symbol)) - STEP)


async def _change(strategy: Played, case: str, order: Placed, **changes: str) -> None:
    symbol = str(order.fields["symbol"])
    strategy.note(CHANGE, f"a change: {case}", case=case, symbol=symbol)
    await strategy.modify(order.id, **changes)
    strategy.venue.plainly()
    await strategy.get("/v1/orders")


@dataclass(frozen=True, slots=True)
class Change:
    """One PATCH of an order; what stood of its symbol at the broker, and was listed."""

    case: str
    exchange: Exchange
    before: Standing
    after: tuple[Standing, ...]
    listed: Exchange
    made: bool

    @property
    def changes(self) -> dict[str, Json]:
        found = self.exchange.sent
        return found if isinstance(found, dict) else {}

    @property
    def well(self) -> bool:
        return 200 <= (self.exchange.status or 0) < 300

    @property
    def client_id(self) -> Json:
        """The client order id that the answer tells, "" for none; None without one."""
        body = self.exchange.body if isinstance(self.exchange.body, dict) else {}
        order = body.get("order")
        return order.get("client_order_id", "") if isinstance(order, dict) else None

    @property
    def told(self) -> str:
        named = ", ".join(f"{n} {v}" for n, v in self.changes.items())
        return (
            f"An order ({self.before.shown}) was to be changed to {named} "
            f"({self.case}); it was answered with {self.exchange.status}"
        )

    @property
    def stands(self) -> str:
        return "; ".join(s.shown for s in self.after) or "nothing"

    @property
    def rows(self) -> list[dict[str, Json]]:
        """What is listed of its symbol at the price that was asked for."""
        body = self.listed.body if isinstance(self.listed.body, list) else []
        return [
            row
            for row in body
            if isinstance(row, dict)
            and row.get("symbol") == self.before.terms["symbol"]
            and all(number(row, n) == Decimal(str(v)) for n, v in self.changes.items())
        ]


def _changes(transcript: Transcript, *cases: str) -> Iterator[Change]:
    """The changes of these cases that came to the broker, or to nothing."""
    for note in noted(transcript, CHANGE):
        facts = note.data["facts"]
        if facts["case"] not in cases:
            continue
        later = [e for e in exchanges(transcript) if e.request.number > note.number]
        patch = next((e for e in later if e.method == "PATCH"), None)
        listed = next((e for e in later if e.method == "GET"), None)
        if patch is None or listed is None or patch.status is None:
            continue
        stood = [_of(transcript, facts, e) for e in (patch, listed)]
        made = any(booked_during(transcript, patch, "accepted", "replaced"))
        if stood[0]:
            case = facts["case"]
            yield Change(case, patch, stood[0][0], stood[1], listed, made)


def _of(
    transcript: Transcript, facts: Json, exchange: Exchange
) -> tuple[Standing, ...]:
    found = standing(transcript, exchange.request.number)
    return tuple(s for s in found if s.terms["symbol"] == facts["symbol"])


@check("MOD-10", occurs="the price of an order at a broker was changed")
def the_price_is_the_brokers(transcript: Transcript) -> Iterator[Observation]:
    for each in _changes(transcript, PRICE, PARTLY):
        if not each.well:
            continue
        wanted = Decimal(str(each.changes["limit_price"]))
        yield occurred(each.exchange)
        there = [number(s.terms, "limit_price") for s in each.after]
        if there != [wanted]:
            yield finding(
                f"{each.told}; at the broker stands {each.stands}.", each.exchange
            )


@check("MOD-12", occurs="the quantity of an order at a broker was changed")
def the_quantity_is_the_brokers(transcript: Transcript) -> Iterator[Observation]:
    for each in _changes(transcript, MORE):
        if not each.well:
            continue
        yield occurred(each.exchange)
        wanted = Decimal(str(each.changes["quantity"]))
        if [s.remaining for s in each.after] != [wanted]:
            yield finding(
                f"{each.told}; at the broker stands {each.stands}.", each.exchange
            )


@check("MOD-18", occurs="a broker changed an order")
def what_is_not_named_stays(transcript: Transcript) -> Iterator[Observation]:
    for each in _changes(transcript, *DONE, LOST):
        if not each.made or not each.after:
            continue
        yield occurred(each.exchange)
        now = each.after[-1]
        lost = [n for n in KEPT if now.terms[n] != each.before.terms[n]]
        quantity = "quantity" not in each.changes
        if quantity and now.remaining != each.before.remaining:
            lost.append("what is left to fill")
        if "limit_price" not in each.changes and (
            now.terms["limit_price"] != each.before.terms["limit_price"]
        ):
            lost.append("limit_price")
        if each.client_id not in (None, each.before.client_id):
            lost.append(f"client_order_id, which is told as {each.client_id!r},")
        if lost:
            yield finding(
                f"{each.told}; {', '.join(lost)} changed too: before "
                f"{each.before.remaining} of {each.before.shown}, now "
                f"{now.remaining} of {now.shown}.",
                each.exchange,
            )


@check("MOD-21", occurs="a change was asked of a broker")
def one_order_stands(transcript: Transcript) -> Iterator[Observation]:
    for each in _changes(transcript, *DONE, *UNDONE, LOST):
        if not calls_during(transcript, each.exchange, *ASKED):
            continue
        yield occurred(each.exchange)
        if len(each.after) > 1:
            yield finding(
                f"{each.told}; at the broker stand {each.stands}.", each.exchange
            )


@check("MOD-29", occurs="a broker refused or failed a change")
def the_old_order_stays(transcript: Transcript) -> Iterator[Observation]:
    for each in _changes(transcript, *UNDONE):
        if each.made or not calls_during(transcript, each.exchange, *ASKED):
            continue
        yield occurred(each.exchange)
        if not each.after:
            yield finding(
                f"{each.told}; at the broker the order is gone.", each.exchange
            )
        if each.well:
            yield finding(
                f"{each.told} {each.exchange.body}; the broker did not change it: "
                f"{each.stands}.",
                each.exchange,
            )
        if each.rows:
            yield finding(
                f"{each.told}; the broker did not change it, and it is listed so: "
                f"{each.rows[0].get('limit_price')}.",
                each.exchange,
                each.listed,
            )


@check("BRO-56", occurs="a broker changed an order")
def what_was_changed_is_shown(transcript: Transcript) -> Iterator[Observation]:
    for each in _changes(transcript, *DONE, LOST):
        if not each.made:
            continue
        yield occurred(each.exchange, each.listed)
        if not each.well and each.case != LOST:
            yield finding(
                f"{each.told} {each.exchange.body}, and the broker changed it.",
                each.exchange,
            )
        if not each.rows:
            yield finding(
                f"{each.told}; the broker changed it ({each.stands}), and no order is "
                f"listed so ({each.listed.status}).",
                each.exchange,
                each.listed,
            )


@check("BRO-57", occurs="a change that can be was asked for")
def a_change_that_can_be_is_made(transcript: Transcript) -> Iterator[Observation]:
    for each in _changes(transcript, PRICE, MORE):
        sent = calls_during(transcript, each.exchange, *ASKED)
        if not each.made and each.exchange.status in (501, 409, 422):
            continue  # It was refused as a change that cannot be.
        yield occurred(each.exchange, *(call.asked for call in sent))
        if not each.made:
            yield finding(
                f"{each.told} {each.exchange.body}; its broker, which does that, was "
                f"{'asked ' + sent[0].told if sent else 'not asked'}.",
                each.exchange,
                *(call.asked for call in sent),
            )
