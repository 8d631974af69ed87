"""What a strategy does with an order that is filled in part."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Change, Run, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Fills
from conformance.protocol.words import OrderStatus
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True)

PART = Decimal("0.4")
CASES = (
    ("cancelled", Fills((PART,), OrderStatus.CANCELLED)),
    ("expired", Fills((PART,), OrderStatus.EXPIRED)),
    ("stays", Fills((PART,))),
    ("untold", Fills((PART,), OrderStatus.CANCELLED, told=False)),
    ("many", Fills((Decimal("0.05"),) * 20, together=True)),
)
"""How an entry fares, turn by turn."""

EXIT = Fills((PART,), OrderStatus.CANCELLED)


async def script(strategy: Encounter) -> None:
    """A turn for each case, and one whose exit is filled in part."""
    async with strategy.gateway() as gateway:
        for name, outcome in CASES:
            await turn(gateway, name, outcome)
        gateway.note("case", case="exit")
        gateway.expect(EXIT, gateway.closes)
        await turn(gateway, "exit", Fills())


async def turn(gateway: PlayedGateway, name: str, outcome: Fills) -> None:
    """One entry that fares like this, until the strategy has had time to leave it."""
    before = len(gateway.entries())
    gateway.note("case", case=name)
    gateway.expect(outcome, gateway.opens)
    if not await gateway.until(lambda: len(gateway.entries()) > before):
        return
    await gateway.until(lambda: bool(gateway.held))
    await gateway.until(lambda: not gateway.held and not gateway.live_orders())


def cases(run: Run) -> Iterator[tuple[str, list[Change]]]:
    """What was booked in each case."""
    marks = run.notes("case")
    for place, mark in enumerate(marks):
        end = marks[place + 1].number if place + 1 < len(marks) else 10**9
        booked = [c for c in run.changes if mark.number < c.number < end]
        yield str(mark.data["facts"]["case"]), booked


def in_parts(booked: list[Change]) -> Change | None:
    """The first change that left an order filled in part."""
    for change in booked:
        if change.what == "filled" and change.amount("filled") < change.amount(
            "quantity"
        ):
            return change
    return None


@check("DUT-52", occurs="an order was filled in part and an exit was sent")
def exits_fit_what_was_filled(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        for name, booked in cases(run):
            part = in_parts(booked)
            exits = [
                c
                for c in booked
                if part is not None
                and c.what == "accepted"
                and c.number > part.number
                and c.side != part.side
            ]
            if part is None or name == "exit":
                continue
            for asked in exits[:1]:
                held = abs(run.held_before(asked.number))
                yield occurred(part.entry, asked.entry)
                if asked.amount("quantity") > held:
                    yield finding(
                        f"Of {part.amount('quantity')} {part.side} only "
                        f"{part.amount('filled')} were filled ({name}), and {held} were "
                        f"held; the exit asked for {asked.amount('quantity')}.",
                        part.entry,
                        asked.entry,
                        cause="Is the exit sized by what the entry had asked for?",
                        key="exit-size",
                    )


@check("DUT-53", occurs="an order that was filled in part ended")
def nothing_is_left_without_its_exit(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        for name, booked in cases(run):
            part = in_parts(booked)
            if part is None:
                continue
            yield occurred(part.entry)
            last = booked[-1]
            held = last.amount("held")
            if held:
                yield finding(
                    f"After an order that was filled in part ({name}) {held} were still "
                    f"held when the market had turned and turned again.",
                    part.entry,
                    last.entry,
                    cause="Is what was filled forgotten once the order has ended?",
                    key="left-over",
                )
