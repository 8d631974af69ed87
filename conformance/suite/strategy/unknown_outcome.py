"""What a strategy does once the outcome of a submit is unknown."""

from collections.abc import Iterator

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, message_of
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.pending import (
    closing_before,
    entries_before,
    entries_in_a_row,
    goes_both_ways,
)
from conformance.judge.strategy.runs import Asked, Change, Run, footing, runs
from conformance.peers.engine.conduct import Cut, How, Status, When
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.by_hand import refusal
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True, seconds=90)

AWAY = refusal(503, "PROVIDER_UNAVAILABLE", "the broker did not answer in time").text
CASES: dict[str, Cut | Status] = {
    "cut": Cut(When.ACCEPTED, How.RST),
    "silent": Cut(When.ACCEPTED, How.SILENCE),
    "half": Cut(When.ANSWERED, How.FIN),
    "told-503": Status(503, AWAY, booked=True),
    "told-504": Status(504, "upstream timed out", booked=True),
    "never-booked": Cut(When.BEFORE, How.RST),
}
"""How the answer to an order is lost; in all but the last it was booked."""

ENDING_SECONDS = 3.0
"""How long a strategy that ends on it may take to be gone."""

LOOKS = frozenset({"orders", "positions", "history", "trades"})


async def script(strategy: Encounter) -> None:
    """The answer of the entry is lost in each way, and that of the exit."""
    entries = (lost(strategy, name, entry=True) for name in CASES)
    exits = (lost(strategy, name, entry=False) for name in ("cut", "told-503"))
    await strategy.side_by_side(*entries, *exits)


async def lost(strategy: Encounter, name: str, *, entry: bool) -> None:
    """One answer is lost; then the market goes on for two turns."""
    run = f"{'entry' if entry else 'exit'}-{name}-"
    async with strategy.gateway(run=run) as gateway:
        if not entry and not await gateway.until(lambda: bool(gateway.held)):
            return

        def meant(body: Json) -> bool:
            """Whether an order is on the side whose answer is to be lost."""
            side = body.get("side") if isinstance(body, dict) else None
            return (str(side).upper() == gateway.footing.side) == entry

        gateway.on("POST", "/v1/orders", CASES[name], where=meant)
        if not entry:
            gateway.on("DELETE", "/v1/positions.*", CASES[name])
        if not await gateway.until(lambda: was_lost(gateway)):
            return
        gateway.no_more()
        await gateway.feed(3)
        if await gateway.has_ended(ENDING_SECONDS):
            # It may end on this: then whoever watches over it starts it again.
            gateway.rewind()
            await gateway.attached()
        await gateway.feed(2 * max(gateway.footing.turn, 10))


def was_lost(gateway: PlayedGateway) -> bool:
    """Whether one answer was."""
    return any(not plan.times for plan in gateway.server.plans)


def unanswered(run: Run) -> Exchange | None:
    """The order or close whose outcome was not told."""
    for exchange in run.exchanges:
        trades = exchange.method == "POST" or exchange.segments[1:2] == ("positions",)
        told = exchange.status is not None and exchange.status < 500
        if exchange.method in ("POST", "DELETE") and trades and not told:
            return exchange
    return None


@check("DUT-47", occurs="the outcome of an order was unknown, and the strategy went on")
def it_finds_out_first(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        lost_ = unanswered(run)
        if lost_ is None:
            continue
        later = [a for a in run.asked if a.number > lost_.request.number]
        bars = [b for b in run.bars if b.number > lost_.request.number]
        if bars:
            yield occurred(lost_, bars[-1])
        if later and blind(run, lost_, later[0]):
            yield finding(
                f"The outcome of {lost_.method} {lost_.path} was unknown "
                f"({run.name[:-1]}); the next that it asked for{again(run, lost_)} was "
                f"{later[0].told()}, and it had looked at nothing in between.",
                lost_,
                later[0].exchange,
                cause=why(run, lost_),
                key="blind",
            )
        yield from doubled(run, lost_)


def blind(run: Run, lost_: Exchange, then: Asked) -> bool:
    """Whether it asked for more and nothing had told it what became of the lost one."""
    known = looked(run, lost_, then) or heard(run, lost_, then)
    return not known and not same(lost_, then)


def looked(run: Run, lost_: Exchange, then: Asked) -> bool:
    """Whether it read what is open or held before it asked for more."""
    return any(
        e.method == "GET"
        and e.status == 200
        and lost_.request.number < e.request.number < then.number
        and not LOOKS.isdisjoint(e.segments)
        for e in run.exchanges
    )


def heard(run: Run, lost_: Exchange, then: Asked) -> bool:
    """Whether the stream told it of that order; who was started again heard nothing."""
    starts = [e.number for e in run.process("started") if e.number < then.number]
    since = max(lost_.request.number, *starts)
    return any(
        since < entry.number < then.number and is_about(message_of(entry), lost_.sent)
        for entry in run.told("order")
    )


def is_about(message: Json, sent: Json) -> bool:
    """Whether a message on the stream is about what was sent."""
    order = message.get("order") if isinstance(message, dict) else None
    if not isinstance(order, dict) or not isinstance(sent, dict):
        return False
    name = sent.get("client_order_id")
    if name is not None:
        return bool(order.get("client_order_id") == name)
    return str(order.get("side")).upper() == str(sent.get("side")).upper()


def same(lost_: Exchange, then: Asked) -> bool:
    """Whether it asked for the very same once more: that makes no second order."""
    sent = lost_.sent if isinstance(lost_.sent, dict) else {}
    name = sent.get("client_order_id")
    return name is not None and name == then.text("client_order_id")


def doubled(run: Run, lost_: Exchange) -> Iterator[Observation]:
    """An entry on top of what the lost one bought, or an exit beside the lost one."""
    for change in run.changes:
        later = change.number > lost_.request.number and change.what == "accepted"
        if not later or is_first(lost_, change) or change.parent is not None:
            continue
        much = too_much(run, change)
        if much is not None:
            yield finding(
                f"After an answer that was lost ({run.name[:-1]}){again(run, lost_)} "
                f"it {much} and asked for {change.side} "
                f"{change.amount('quantity')} more.",
                lost_,
                change.entry,
                cause="Does it not know of the order that was booked?",
                key="doubled",
            )
            return


def is_first(lost_: Exchange, change: Change) -> bool:
    """Whether this is the lost order itself: booked before its answer was lost."""
    end = lost_.numbers[-1]
    return lost_.request.number < change.number < end


def too_much(run: Run, change: Change) -> str | None:
    """What it had already when it asked for more, in words; None where that fits."""
    held = run.held_before(change.number)
    if change.side == footing(run.transcript)["side"]:
        before = entries_before(run, change.number)
        most = entries_in_a_row(run.transcript)
        return f"held {held}, of {before} entries," if before >= most else None
    closing = closing_before(run, change)
    fits = change.amount("quantity") + closing <= abs(held)
    if fits or goes_both_ways(run.transcript):
        return None
    return f"held {held}, and was closing {closing} of it,"


def ended(run: Run, lost_: Exchange) -> bool:
    """Whether it ended on the lost answer."""
    return any(e.number > lost_.request.number for e in run.process("started"))


def again(run: Run, lost_: Exchange) -> str:
    """That it had been started anew, in words."""
    return ", ended on it and started again," if ended(run, lost_) else ""


def why(run: Run, lost_: Exchange) -> str:
    """What the likely cause is, as a question."""
    if ended(run, lost_):
        return "Does it read nothing of its orders and positions when it starts?"
    return "Is an answer that never came taken for a refusal?"
