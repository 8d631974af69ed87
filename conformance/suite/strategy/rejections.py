"""What a strategy does when its orders are refused or rejected."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.strategy.pending import goes_both_ways, open_before
from conformance.judge.strategy.runs import (
    Asked,
    Run,
    footing,
    runs,
    without_faults,
)
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.by_hand import refusal
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Rejected
from conformance.suite.check import check

NEEDS = StrategyNeeds()

CODES = (
    "INSUFFICIENT_MARGIN",
    "INSUFFICIENT_BALANCE",
    "INVALID_QUANTITY",
    "INVALID_PRICE",
    "SYMBOL_NOT_TRADEABLE",
    "MARKET_CLOSED",
    "REDUCE_ONLY_VIOLATED",
    "POST_ONLY_VIOLATED",
    "RATE_LIMITED",
    "UNKNOWN",
)
"""openapi.json RejectReason."""

LATER = Rejected("MARKET_CLOSED")
AT_ONCE = Rejected("INSUFFICIENT_BALANCE", at_once=True)

AGAIN_SECONDS = 1.0
"""The same order that soon after its rejection, with no bar between, is at once."""

ALIKE = Decimal("0.01")
"""By how much of it the quantity of the same order may differ."""

MANY = 5
"""Rejections in a row."""


async def script(strategy: Encounter) -> None:
    """Every refusal, both rejections, and five refusals in a row."""
    await strategy.side_by_side(
        refused(strategy),
        rejected(strategy, "at-once", AT_ONCE),
        rejected(strategy, "later", LATER),
        in_a_row(strategy),
    )


async def refused(strategy: Encounter) -> None:
    """The first entry is refused for one reason, the next for another, and so on."""
    async with strategy.gateway(run="refused-") as gateway:
        for code in CODES:
            no = refusal(422, "ORDER_REJECTED", f"rejected: {code}", reject_code=code)
            if not await once(gateway, no):
                return
        await gateway.until(lambda: bool(gateway.held))
        await gateway.until(lambda: not gateway.held)


async def once(gateway: PlayedGateway, no: object) -> bool:
    """One refused entry, and the rest of that turn."""
    sent = len(gateway.entries())
    gateway.on("POST", "/v1/orders", no)  # type: ignore[arg-type]
    if not await gateway.until(lambda: len(gateway.entries()) > sent):
        return False
    await gateway.feed(3)
    return True


async def rejected(strategy: Encounter, name: str, outcome: Rejected) -> None:
    """An entry is taken and then rejected; the market goes on for two turns."""
    async with strategy.gateway(run=f"{name}-") as gateway:
        gateway.expect(outcome, gateway.opens)
        if await gateway.until(lambda: bool(gateway.entries())):
            await gateway.feed(2 * max(gateway.footing.turn, 10))


async def in_a_row(strategy: Encounter) -> None:
    """The first five orders are refused, for the same reason."""
    async with strategy.gateway(run="in-a-row-") as gateway:
        code = "INSUFFICIENT_MARGIN"
        no = refusal(422, "ORDER_REJECTED", "no margin", reject_code=code)
        gateway.on("POST", "/v1/orders", no, times=MANY)
        bars = (MANY + 2) * max(gateway.footing.turn, 10)
        await gateway.until(lambda: bool(gateway.held), bars)
        await gateway.until(lambda: not gateway.held)


def noes(run: Run) -> Iterator[tuple[Asked, int]]:
    """The orders that were refused or rejected, with the entry that says so."""
    rejected_ = {c.order: c.number for c in run.changes if c.what == "rejected"}
    for asked in run.asked:
        if asked.status == 422 and asked.exchange.response is not None:
            yield asked, asked.exchange.response.number
        elif asked.order_id in rejected_:
            yield asked, rejected_[str(asked.order_id)]


@check("DUT-48", occurs="an order was refused or rejected, and the market went on")
def it_goes_on_and_presumes_nothing(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    silent: Run | None = None
    for run in runs(transcript):
        no = list(noes(run))
        if not no:
            continue
        first = no[0][1]
        if run.asked[-1].number < first and len(without_faults(transcript)) > 2:
            silent = run
        yield occurred(no[0][0].exchange, *(b for b in run.bars[-1:]))
        if run.died is not None:
            yield finding(
                f"It ended with status {run.died.data['status']} after "
                f"{no[-1][0].told()} was refused: {reason(no[-1][0].exchange)}.",
                no[-1][0].exchange,
                run.died,
                cause="Is a refusal an exception that nobody catches?",
                key="died",
            )
            continue
        for asked in run.asked:
            empty = not run.held_before(asked.number)
            presumed = asked.number > first and asked.side != enters and empty
            if goes_both_ways(transcript):
                break
            if presumed and not open_before(run, asked.number):
                yield finding(
                    f"It asked for {asked.told()} and held nothing: its entry had been "
                    f"refused.",
                    no[0][0].exchange,
                    asked.exchange,
                    cause="Is an order taken for filled once it was sent?",
                    key="presumed",
                )
                break
    if silent is not None:
        raise NotVerified(
            f"it asked for nothing more in {len(silent.bars)} bars once an order was "
            f"rejected ({silent.name[:-1]}), where it would have traded: whether it "
            f"waits or has stopped does not show"
        )


def reason(exchange: Exchange) -> str:
    """What a refusal said."""
    body = exchange.body if isinstance(exchange.body, dict) else {}
    return str(body.get("message", "rejected on the stream"))


@check("DUT-49", occurs="an order was refused or rejected, and the market went on")
def nothing_is_sent_again_at_once(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        for asked, told in noes(run):
            later = [b for b in run.bars if b.number > told]
            if not later:
                continue
            yield occurred(asked.exchange, later[0])
            again = next((a for a in run.asked if a.number > told), None)
            between = again is not None and any(b.number < again.number for b in later)
            if again is not None and not between and at_once(asked, again):
                yield finding(
                    f"{asked.told()} was refused ({reason(asked.exchange)}), and the "
                    f"same was sent again {again.at - asked.at:.2f} s later, before "
                    f"the next bar.",
                    asked.exchange,
                    again.exchange,
                    cause="Is there no pause after a refusal?",
                    key="at-once",
                )
                break


def at_once(asked: Asked, again: Asked) -> bool:
    """Whether the same was sent again before anything could have changed."""
    one, other = asked.quantity, again.quantity
    if asked.placed[1:4] != again.placed[1:4] or one is None or other is None:
        return False
    return abs(one - other) <= ALIKE * one and again.at - asked.at < AGAIN_SECONDS
