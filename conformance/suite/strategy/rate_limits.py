"""What a strategy does when it is told to wait."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.comparison import bar_to_enter
from conformance.judge.strategy.runs import Asked, profile, runs
from conformance.peers.engine.conduct import Status
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.by_hand import refusal
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.terms import Terms
from conformance.protocol import instants
from conformance.suite.check import check

NEEDS = StrategyNeeds()

WAIT = 1.5
"""Seconds that a strategy is told to wait."""

TIMES = 3
EARLY = 0.9
"""A wait that is a tenth too short is none of ours to judge."""

SHRINKS = 0.6
"""The second pause may be so much of the first and is still not rarer by chance."""

PLAY_SECONDS = 9.0

HEADER, STREAM = "header-", "stream-"
EVER = 1000
"""More orders than there is time for."""


def told_to_wait(*, header: bool) -> Status:
    """429, with the wait where this Gateway puts it, or in the usual header."""
    if header:
        plain = '{"code": "RATE_LIMITED", "message": "too many requests"}'
        return Status(429, plain, {"retry-after": str(round(WAIT + 0.5))})
    text = "too many requests"
    return refusal(429, "RATE_LIMITED", text, retry_after_seconds=WAIT)


async def script(strategy: Encounter) -> None:
    """Three times in a row, told in the body, and in the header; told on the stream."""
    streams = [told_beforehand(strategy)] if strategy.by_us else []
    await strategy.side_by_side(
        limited(strategy, "body-", header=False),
        limited(strategy, HEADER, header=True),
        *streams,
    )


async def limited(strategy: Encounter, name: str, *, header: bool) -> None:
    """The first orders are answered with 429; the market swings all the while."""
    terms = Terms(paced=False)
    async with strategy.gateway(terms, run=name) as gateway:
        answer = told_to_wait(header=header)
        gateway.on("POST", "/v1/orders", answer, times=TIMES)
        if not await gateway.until(lambda: bool(gateway.submits)):
            return
        loop_ends = gateway.seconds + PLAY_SECONDS
        while gateway.seconds < loop_ends and not gateway.held and not gateway.ended:
            await gateway.feed()


async def told_beforehand(strategy: Encounter) -> None:
    """The stream warns, and tells of the limit; orders are refused until it is over."""
    async with strategy.gateway(Terms(paced=False), run=STREAM) as gateway:
        await gateway.feed(max(gateway.footing.entry - 1, 1))
        tell_limit(gateway, "RATE_LIMIT_WARNING", 5)
        await gateway.digested()
        over = gateway.seconds + WAIT
        tell_limit(gateway, "RATE_LIMIT_HIT", 0)
        await gateway.digested()
        gateway.note("hit", seconds=over - gateway.seconds)
        gateway.on("POST", "/v1/orders", told_to_wait(header=False), times=EVER)
        while gateway.seconds < over and not gateway.ended:
            await gateway.feed()
        gateway.no_more()
        gateway.note("reset", "the limit is over")
        await gateway.feed(gateway.footing.patience)


def tell_limit(gateway: PlayedGateway, event: str, left: int) -> None:
    """A message about the limit, which is over when the wait is."""
    over = instants.text_of(datetime.now(UTC) + timedelta(seconds=WAIT))
    told = {"type": "rate_limit", "event": event, "requests_remaining": left}
    gateway.tell({**told, "reset_at": over})


def limited_orders(orders: tuple[Asked, ...]) -> list[Asked]:
    """Those that were answered with 429."""
    return [asked for asked in orders if asked.status == 429]


@check("DUT-50", occurs="a submit was answered with 429 and time went on")
def it_waits(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        limited_ = limited_orders(run.asked)
        last = run.bars[-1] if run.bars else None
        if not limited_ or last is None:
            continue
        asked_wait = round(WAIT + 0.5) if run.name == HEADER else WAIT
        if last.at - limited_[0].at > asked_wait:
            yield occurred(limited_[0].exchange, last)
        gaps: list[float] = []
        for one, other in pairwise(run.asked):
            if one.status != 429:
                continue
            gap = other.at - one.at
            gaps.append(gap)
            if gap < asked_wait * EARLY:
                yield finding(
                    f"It was told to wait {asked_wait:g} s ({run.name[:-1]}) and asked "
                    f"for {other.told()} {gap:.2f} s later.",
                    one.exchange,
                    other.exchange,
                    cause="Is the wait read where this Gateway puts it?",
                    key="early",
                )
                break
        if len(gaps) > 1 and gaps[-1] < gaps[0] * SHRINKS:
            told = ", ".join(f"{gap:.2f}" for gap in gaps)
            yield finding(
                f"Its attempts grew more frequent: {told} s between them.",
                limited_[0].exchange,
                limited_[-1].exchange,
                key="shrinks",
            )
        if run.died is not None and not profile(transcript).get("supervised"):
            yield finding(
                f"It ended with status {run.died.data['status']} when it was told to "
                f"wait.",
                limited_[-1].exchange,
                run.died,
                key="died",
            )


@check("DUT-58", occurs="a limit was told on the stream, and the market asked to enter")
def nothing_is_sent_before_the_reset(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        hit, reset = run.note("hit"), run.note("reset")
        if hit is None or reset is None:
            continue
        enters = bar_to_enter(run, hit.number)
        if enters is None or enters.number > reset.number:
            continue
        yield occurred(hit, enters)
        wait = float(hit.data["facts"]["seconds"])
        for asked in run.asked:
            if hit.number < asked.number and asked.at - hit.at < wait * EARLY:
                yield finding(
                    f"It was told RATE_LIMIT_HIT, to be over {wait:.1f} s later, and "
                    f"asked for {asked.told()} after {asked.at - hit.at:.2f} s.",
                    hit,
                    asked.exchange,
                    cause="Is reset_at read?",
                    key="before the reset",
                )
                break
