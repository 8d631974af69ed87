"""What a strategy does with an order that is filled in part."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.pending import open_before
from conformance.judge.strategy.runs import (
    Change,
    Run,
    footing,
    runs,
    without_faults,
)
from conformance.peers.engine.conduct import Hold
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Fills, Waits
from conformance.peers.strategy.terms import Terms
from conformance.protocol.words import OrderStatus
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True)

PART = Decimal("0.4")
CASES = (
    ("cancelled", Fills((PART,), OrderStatus.CANCELLED)),
    ("expired", Fills((PART,), OrderStatus.EXPIRED)),
    ("stays", Fills((PART,))),
    ("untold", Fills((PART,), OrderStatus.CANCELLED, told=False)),
    ("rest", Fills((PART, 1 - PART))),
    ("many", Fills((Decimal("0.05"),) * 20, together=True)),
)
"""How an entry fares."""

EXIT = Fills((PART,), OrderStatus.CANCELLED)


async def script(strategy: Encounter) -> None:
    """A turn for each case; one whose exit, one whose cancel is filled in part."""
    entries = (one(strategy, name, outcome, Fills()) for name, outcome in CASES)
    exit_ = one(strategy, "exit", Fills(), EXIT)
    await strategy.side_by_side(*entries, exit_, crossing(strategy))


async def one(strategy: Encounter, name: str, entry: Fills, exit_: Fills) -> None:
    """One entry and one exit that fare like this, and time to leave what is left."""
    async with strategy.gateway(run=f"{name}-") as gateway:
        gateway.expect(entry, gateway.opens)
        gateway.expect(exit_, gateway.closes)
        if await gateway.until(lambda: bool(gateway.held)):
            await gateway.until(lambda: done(gateway))
            await gateway.until(lambda: done(gateway))


async def crossing(strategy: Encounter) -> None:
    """Its entry rests, and a part of it is filled when it is just being cancelled."""
    async with strategy.gateway(Terms(paced=False), run="crossing-") as gateway:
        gateway.expect(Waits(), gateway.opens)
        hold = Hold(booked=False)
        gateway.on("DELETE", "/v1/orders.*", hold)
        bars = 2 * gateway.footing.patience
        feeding = gateway.beside(gateway.until(lambda: gateway.held != 0, bars))
        await gateway.wait_often(lambda: cancels(gateway) or feeding.done(), 40)
        for order in gateway.live_orders() if cancels(gateway) else ():
            gateway.provider.part(order, PART)
        hold.release()
        await feeding
        await gateway.until(lambda: done(gateway), bars)


def cancels(gateway: PlayedGateway) -> bool:
    """Whether a cancel is on its way."""
    return any(not plan.times for plan in gateway.server.plans)


def done(gateway: PlayedGateway) -> bool:
    """Whether nothing is held and nothing is open."""
    return not gateway.held and not gateway.live_orders()


def in_parts(booked: Sequence[Change]) -> Change | None:
    """The first change that left an order filled in part."""
    for change in booked:
        if change.what == "filled" and change.amount("filled") < change.amount(
            "quantity"
        ):
            return change
    return None


@check("DUT-52", occurs="an entry was filled in part and an exit was sent")
def exits_fit_what_was_filled(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        part = in_parts(run.changes)
        if part is None or run.name == "exit-":
            continue
        for asked in run.changes:
            if asked.what != "accepted" or asked.side == part.side:
                continue
            held = abs(run.held_before(asked.number))
            yield occurred(part.entry, asked.entry)
            if asked.amount("quantity") > held:
                yield finding(
                    f"Of {part.amount('quantity')} {part.side} only "
                    f"{part.amount('filled')} were filled at first ({run.name[:-1]}); "
                    f"{held} were held when the exit asked for "
                    f"{asked.amount('quantity')}.",
                    part.entry,
                    asked.entry,
                    cause="Is the exit sized by what the entry had asked for?",
                    key="exit-size",
                )
            break


def sign(transcript: Transcript) -> int:
    """1 for a strategy that enters by buying."""
    return 1 if footing(transcript)["side"] == "BUY" else -1


def entered_on_top(run: Run, part: Change) -> Change | None:
    """A new entry on top of what an order that was filled in part had left.

    None where a strategy adds to its positions in a run without faults too.
    """
    sides = [row[1] for row in without_faults(run.transcript)]
    if any(one == other for one, other in pairwise(sides)):
        return None
    for change in run.changes:
        later = change.number > part.number and change.order != part.order
        entry = change.what == "accepted" and change.side == part.side
        if later and entry and run.name != "exit-":
            held = run.held_before(change.number) * sign(run.transcript)
            return change if held > 0 else None
    return None


def rest_of(run: Run) -> str:
    """That the rest of an order is open to the last, in words."""
    rest = open_before(run, run.changes[-1].number + 1)
    return ", and its rest stayed open" if rest else ""


@check("DUT-53", occurs="an order was filled in part, and the market turned")
def nothing_is_left_without_its_exit(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        part = in_parts(run.changes)
        if part is None:
            continue
        last = run.changes[-1]
        yield occurred(part.entry, last.entry)
        again = entered_on_top(run, part)
        if again is not None:
            yield finding(
                f"An order was filled in part and ended ({run.name[:-1]}); what it had "
                f"left, {run.held_before(again.number)}, was still held when the "
                f"strategy entered anew with {again.amount('quantity')}.",
                part.entry,
                again.entry,
                cause="Is what was filled forgotten once the order has ended?",
                key="left-over",
            )
        elif run.held * sign(transcript) > 0:
            yield finding(
                f"An order was filled in part ({run.name[:-1]}){rest_of(run)}; "
                f"{run.held} were still held when the market had turned and turned "
                f"again.",
                part.entry,
                last.entry,
                cause="Does it wait for ever for the rest of its order?"
                if rest_of(run)
                else "Is what was filled forgotten once the order has ended?",
                key="left-over",
            )
