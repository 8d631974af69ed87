"""What a strategy writes down: its orders, its fills, its alarms and its result."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.strategy.runs import Run, profile, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True, seconds=60)

ALARM_SECONDS = 5.0
"""RTS 6, Article 16(5): an alert within five seconds (catalogue.md)."""

TURN, DEAR, ALARM = "turn-", "dear-", "alarm-"
FAULTS = ("BROKER_CONNECTION_FAILED", "POSITION_UNPROTECTED")


async def script(strategy: Encounter) -> None:
    """Turns with fees beyond the usual ones, and faults that ask for an alarm."""
    await strategy.side_by_side(
        charged(strategy), dear(strategy), *(alarm(strategy, fault) for fault in FAULTS)
    )


async def charged(strategy: Encounter) -> None:
    """In and out; between the two a financing charge is booked and told."""
    async with strategy.gateway(run=TURN) as gateway:
        before = gateway.books.balance
        if await gateway.until(lambda: bool(gateway.held)):
            gateway.charge(Decimal("12.34"))
            await gateway.digested()
            await left(strategy, gateway, before)


async def dear(strategy: Encounter) -> None:
    """In and out, where commissions are three times as high as elsewhere."""
    async with strategy.gateway(run=DEAR) as gateway:
        gateway.books.commission_rate *= 3
        before = gateway.books.balance
        if await gateway.until(lambda: bool(gateway.held)):
            await left(strategy, gateway, before)


async def left(strategy: Encounter, gateway: PlayedGateway, before: Decimal) -> None:
    """Out of its position, and what became of the account and was written down."""
    await gateway.until(lambda: not gateway.held)
    await gateway.feed(3)
    written = gateway.written(strategy.profile.records)
    change = str(gateway.books.balance - before)
    gateway.note("written", change=change, records=written)


async def alarm(strategy: Encounter, fault: str) -> None:
    """One fault, while it holds a position."""
    async with strategy.gateway(Terms(paced=False), run=f"{ALARM}{fault}-") as gateway:
        if not await gateway.until(lambda: bool(gateway.held)):
            return
        await gateway.digested()
        size = gateway.alert_size()
        gateway.note("fault", fault=fault)
        printed = len(gateway.printed)
        gateway.tell(message_of(fault, gateway))
        seen = alarmed(strategy, gateway, size, printed)
        await gateway.wait_often(seen, ALARM_SECONDS)
        gateway.note("listened", grew=gateway.alert_size() > size)


def message_of(fault: str, gateway: PlayedGateway) -> dict[str, Any]:
    """How a fault is told."""
    if fault.startswith("BROKER"):
        reason = "the broker cannot be reached"
        return {
            "type": "connection",
            "event": fault,
            "broker": "played",
            "error": reason,
        }
    told = f"the position in {gateway.market.symbol} has no stop loss"
    return {"type": "error", "code": fault, "message": told}


def alarmed(
    strategy: Encounter, gateway: PlayedGateway, size: int, printed: int
) -> Callable[[], bool]:
    """Whether an alarm shows, on the declared channel."""
    declared = strategy.profile.alert
    pattern = declared.output if declared is not None else ""

    def seen() -> bool:
        lines = gateway.printed[printed:]
        told = bool(pattern) and any(re.search(pattern, line) for line in lines)
        return told or gateway.alert_size() > size

    return seen


@check("DUT-78", occurs="orders were filled")
def orders_and_fills_are_written_down(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        mark = run.note("written")
        filled = [c for c in run.changes if c.what == "filled"]
        if mark is None or not filled:
            continue
        lines = [str(e.data["text"]) for e in run.printed]
        text = "\n".join(lines) + str(mark.data["facts"].get("records") or "")
        yield occurred(*(c.entry for c in filled[:2]), mark)
        for change in filled:
            client = change.entry.data.get("client_order_id")
            names = [n for n in (change.order, client) if n]
            if not any(str(name) in text for name in names):
                yield finding(
                    f"Order {change.order} is in nothing that it printed or wrote.",
                    change.entry,
                    mark,
                    cause="Is its log elsewhere (records.file in the profile)?",
                    key="order",
                )
                return
            trade = str(change.entry.data.get("trade"))
            if trade not in text and str(change.amount("fill")) not in text:
                yield finding(
                    f"The fill {trade} of {change.amount('fill')} is in nothing that "
                    f"it printed or wrote.",
                    change.entry,
                    mark,
                    cause="Are fills acted upon and not written down?",
                    key="fill",
                )
                return


@check("DUT-81", occurs="a fault was told that asks for an alarm")
def an_alarm_is_raised(transcript: Transcript) -> Iterator[Observation]:
    declared = profile(transcript).get("alert")
    if not declared:
        raise NotVerified("declare alert in the profile: a file, or what it prints")
    pattern = str(declared.get("output") or "")
    for run in runs(transcript):
        fault, end = run.note("fault"), run.note("listened")
        if fault is None or end is None:
            continue
        yield occurred(fault, end)
        lines = [e for e in run.printed if fault.number < e.number]
        printed = [e for e in lines if pattern and re.search(pattern, _text(e))]
        if not printed and not end.data["facts"]["grew"]:
            yield finding(
                f"It was told {fault.data['facts']['fault']}, and no alarm showed "
                f"within {ALARM_SECONDS:g} s.",
                fault,
                end,
                cause="Is this fault one that nobody is called for?",
                key=str(fault.data["facts"]["fault"]),
            )


@check("DUT-82", occurs="it told its own result after a turn")
def its_result_is_the_accounts(transcript: Transcript) -> Iterator[Observation]:
    pattern = (profile(transcript).get("records") or {}).get("result")
    if not pattern:
        raise NotVerified("declare records.result in the profile: a pattern")
    for run in runs(transcript):
        mark = run.note("written")
        if mark is None:
            continue
        told = last_result(run, str(pattern))
        if told is None:
            continue
        line, value = told
        change = Decimal(str(mark.data["facts"]["change"]))
        yield occurred(line, mark)
        if abs(value - change) > max(abs(change) / 1000, Decimal("0.02")):
            yield finding(
                f"It tells a result of {value}; the account changed by {change}"
                f"{', with commissions three times as high' * (run.name == DEAR)}.",
                line,
                mark,
                cause="Are commissions and financing in it?",
                key=f"result {run.name}",
            )


def last_result(run: Run, pattern: str) -> tuple[Entry, Decimal] | None:
    """The last line that tells its result, and the number in it."""
    for line in reversed(run.printed):
        found = re.search(pattern, _text(line))
        if found is not None:
            try:
                return line, Decimal(found[1] if found.groups() else found[0])
            except InvalidOperation:
                return None
    return None


def _text(entry: Entry) -> str:
    return str(entry.data["text"])
