"""What a strategy does when its calls fail."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Run, profile, runs
from conformance.peers.engine.conduct import Status
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.by_hand import refusal
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.check import check

NEEDS = StrategyNeeds()

CASES: dict[str, Status] = {
    "400": refusal(400, "INVALID_REQUEST", "it is not understood"),
    "401": refusal(401, "UNAUTHORIZED", "the key is refused"),
    "403": refusal(403, "UNAUTHORIZED", "it is not allowed"),
    "404": refusal(404, "ORDER_NOT_FOUND", "there is no such thing"),
    "409": refusal(409, "ORDER_NOT_MODIFIABLE", "it has ended already"),
    "429": refusal(429, "RATE_LIMITED", "too many", retry_after_seconds=0.2),
    "500": refusal(500, "INTERNAL_ERROR", "it failed"),
    "501": refusal(501, "UNSUPPORTED_OPERATION", "this broker has no such thing"),
    "502": refusal(502, "PROVIDER_ERROR", "the broker failed"),
    "503": refusal(503, "PROVIDER_UNAVAILABLE", "the broker is away"),
    "html": Status(
        502, "<html><body>Bad Gateway</body></html>", {"content-type": "text/html"}
    ),
}
READ = ("account", "positions", "orders", "bars", "quotes", "trades", "capabilities")
KINDS = (
    ("POST", "/v1/orders"),
    ("PATCH", "/v1/orders/.*"),
    ("DELETE", "/v1/orders.*"),
    ("DELETE", "/v1/positions.*"),
    *(("GET", f"/v1/{what}.*") for what in READ),
)


ENDING_SECONDS = 3.0
"""How long a strategy that ends on an error may take to be gone."""


async def script(strategy: Encounter) -> None:
    """Each error once on every kind of call that it makes."""
    await strategy.side_by_side(*(failing(strategy, name) for name in CASES))


async def failing(strategy: Encounter, name: str) -> None:
    """Errors at first, and then none: does it trade in the end?"""
    async with strategy.gateway(run=f"{name}-", launch=False) as gateway:
        await gateway.attached()
        await gateway.rested()
        for method, path in KINDS:
            gateway.on(method, path, CASES[name])
        turns = 3 * max(gateway.footing.turn, 10) + gateway.footing.patience
        await gateway.until(lambda: bool(gateway.submits), turns)
        # What it calls before it enters and while it holds fails in a turn, once.
        await gateway.feed(max(gateway.footing.turn, 10))
        gateway.no_more()
        gateway.note("calm", "nothing fails any more")
        if strategy.profile.supervised and await gateway.has_ended(ENDING_SECONDS):
            gateway.rewind()
            await gateway.attached()
        traded = len(gateway.books.trades)
        await gateway.until_patiently(lambda: len(gateway.books.trades) > traded, turns)


@check("DUT-51", occurs="calls failed, and the market went on")
def it_survives_every_error(transcript: Transcript) -> Iterator[Observation]:
    supervised = bool(profile(transcript).get("supervised"))
    for run in runs(transcript):
        failed = [
            e for e in run.exchanges if e.response and e.response.data["deliberate"]
        ]
        if not failed or not run.bars:
            continue
        yield occurred(failed[-1], run.bars[-1])
        what = (
            f"{failed[-1].method} {failed[-1].path} was answered with {run.name[:-1]}"
        )
        if run.died is not None and not supervised:
            yield finding(
                f"It ended with status {run.died.data['status']} after {what}.",
                failed[-1],
                run.died,
                cause="Is that error one that nobody catches, and does nobody start it "
                "again (supervised = true in the profile)?",
                key="died",
            )
        elif (run.died is None or supervised) and not traded(run):
            yield finding(
                f"It traded no more after {what}, in {len(run.bars)} bars and "
                f"{run.bars[-1].at - failed[-1].request.at:.0f} s.",
                failed[-1],
                run.bars[-1],
                cause="Does it hang, or wait for something that never comes?",
                key="stuck",
            )


def traded(run: Run) -> bool:
    """Whether an order was filled once the errors were over."""
    calm = run.note("calm")
    return calm is None or any(
        c.what == "filled" and c.number > calm.number for c in run.changes
    )
