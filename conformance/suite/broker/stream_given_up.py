"""A broker that grants no stream any more is given up when it was set, and told so."""

from collections.abc import Iterator

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.losses import Loss, losses, measured, told, turned_away
from conformance.peers.engine.conduct import How
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.check import check
from conformance.suite.loss_operation import health_tells_of_the_loss
from conformance.suite.stream_steps import SOON, begin, heard, measure

__all__ = (
    "NEEDS",
    "a_failure_is_counted",
    "giving_up_is_told",
    "health_tells_of_the_loss",
    "script",
)

GIVEN_UP = 1
"""Seconds after which the Gateway is told to give lost streams up."""

FEW = 2
"""Attempts that may have been on their way when it was told: one a stream."""

FAILURES = "gateway_broker_reconnect_failures_total"

NEEDS = Needs(
    abilities=frozenset({Ability.STREAM}),
    seconds=60,
    environment={**SOON, "RECONNECT_MAX_DURATION_SECS": str(GIVEN_UP)},
)


async def script(strategy: Played) -> None:
    """The streams are lost, and every further one is answered with 503."""
    begun = await begin(strategy)
    since = len(begun.stream.heard)
    await strategy.venue.lose_streams(How.RST, refused=503)
    patience = GIVEN_UP + strategy.pace.patience
    await heard(strategy, begun.stream, "BROKER_CONNECTION_FAILED", since, patience)
    # A further attempt would come on its own.
    many = strategy.venue.server.attempts + FEW + 1
    await strategy.venue.attempted(many, strategy.pace.patience / 2)
    await strategy.get("/health")
    await measure(strategy, "after")


def _failures(transcript: Transcript, loss: Loss) -> list[Entry]:
    event = "BROKER_CONNECTION_FAILED"
    return [e for e, _ in told(transcript, event, loss.lost.number, loss.before)]


@check("NET-11", occurs="the broker's streams were lost and granted no more")
def giving_up_is_told(transcript: Transcript) -> Iterator[Observation]:
    for loss in losses(transcript):
        failed, tries = _failures(transcript, loss), turned_away(transcript, loss)
        yield occurred(loss.lost, *tries[:1], *failed)
        if not failed:
            waited = transcript.entries[-1].at - loss.lost.at
            yield finding(
                f"RECONNECT_MAX_DURATION_SECS is {GIVEN_UP}; the broker's streams were "
                f"lost for {waited:.1f} s and {len(tries)} attempts were refused. That "
                "the connection is given up was not told.",
                loss.lost,
            )
            continue
        after = failed[0].at - loss.lost.at
        if after < GIVEN_UP / 2:
            yield finding(
                f"RECONNECT_MAX_DURATION_SECS is {GIVEN_UP}; the broker was given up "
                f"{after:.1f} s after its streams were lost.",
                loss.lost,
                failed[0],
            )
        later = [e for e in tries if e.number > failed[0].number]
        if len(later) > FEW:
            yield finding(
                f"BROKER_CONNECTION_FAILED was told; the Gateway then asked for the "
                f"broker's streams {len(later)} times more.",
                failed[0],
                *later[:4],
            )


@check("OPE-29", occurs="the broker was told given up between two looks at the metrics")
def a_failure_is_counted(transcript: Transcript) -> Iterator[Observation]:
    seen = measured(transcript)
    for loss in losses(transcript):
        if not _failures(transcript, loss):
            raise NotVerified("the broker was not told given up")
        if not {"before", "after"} <= set(seen):
            continue
        (first, before), (last, after) = seen["before"], seen["after"]
        yield occurred(first, loss.lost, last)
        grown = after.total(FAILURES) - before.total(FAILURES)
        if grown < 1:
            yield finding(
                f"BROKER_CONNECTION_FAILED was told; {FAILURES} grew by {grown}.",
                first,
                loss.lost,
                last,
            )
