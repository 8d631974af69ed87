"""What a strategy does once the outcome of a submit is unknown."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Asked, Run, footing, runs
from conformance.peers.engine.conduct import Cut, How, Status, When
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.by_hand import refusal
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True)

AWAY = refusal(503, "PROVIDER_UNAVAILABLE", "the broker did not answer in time").text
CASES: dict[str, Cut | Status] = {
    "cut": Cut(When.ACCEPTED, How.RST),
    "half": Cut(When.ANSWERED, How.FIN),
    "told-503": Status(503, AWAY, booked=True),
    "told-504": Status(504, "upstream timed out", booked=True),
    "never-booked": Cut(When.BEFORE, How.RST),
}
"""How the answer to an order is lost; in all but the last it was booked."""

ENDING_SECONDS = 3.0
"""How long a strategy that ends on it may take to be gone."""

LOOKS = ("orders", "positions", "history", "trades", "account")


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
        gateway.on("POST", "/v1/orders", CASES[name])
        gateway.on("DELETE", "/v1/positions/.*", CASES[name])
        sent = len(gateway.submits)
        if not await gateway.until(lambda: len(gateway.submits) > sent):
            return
        await gateway.feed(3)
        if await gateway.has_ended(ENDING_SECONDS):
            # It may end on this: then whoever watches over it starts it again.
            gateway.rewind()
            await gateway.attached(gateway.stream.opened + 1)
        await gateway.feed(2 * max(gateway.footing.turn, 10))


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
        if later and not looked(run, lost_, later[0]) and not same(lost_, later[0]):
            yield finding(
                f"The outcome of {lost_.method} {lost_.path} was unknown "
                f"({run.name[:-1]}); the next that it asked for was "
                f"{later[0].told()}, and it had looked at nothing in between.",
                lost_,
                later[0].exchange,
                cause="Is an answer that never came taken for a refusal?",
                key="blind",
            )
        yield from doubled(run, lost_)


def looked(run: Run, lost_: Exchange, then: Asked) -> bool:
    """Whether it read what is open or held before it asked for more."""
    return any(
        e.method == "GET"
        and e.status == 200
        and lost_.request.number < e.request.number < then.number
        and any(name in e.segments for name in LOOKS[:4])
        for e in run.exchanges
    )


def same(lost_: Exchange, then: Asked) -> bool:
    """Whether it asked for the very same once more: that makes no second order."""
    sent = lost_.sent if isinstance(lost_.sent, dict) else {}
    name = sent.get("client_order_id")
    return name is not None and name == then.text("client_order_id")


def doubled(run: Run, lost_: Exchange) -> Iterator[Observation]:
    """Entries on top of what the lost one had bought."""
    enters = footing(run.transcript)["side"]
    for change in run.changes:
        if change.number < lost_.request.number or change.what != "accepted":
            continue
        held = run.held_before(change.number)
        if change.side == enters and held * (1 if enters == "BUY" else -1) > 0:
            yield finding(
                f"After an answer that was lost ({run.name[:-1]}) it held {held} and "
                f"asked for {change.side} {change.amount('quantity')} more.",
                lost_,
                change.entry,
                cause="Does it not know of the order that was booked?",
                key="doubled",
            )
            return
