"""A key that a broker refuses on its streams ends the attempts, and that is told."""

from collections import Counter
from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.losses import losses, stream_of, told, turned_away
from conformance.peers.engine.conduct import How
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.check import check
from conformance.suite.loss_operation import health_tells_of_the_loss
from conformance.suite.stream_steps import SOON, begin, heard

__all__ = ("NEEDS", "a_refused_key_is_final", "health_tells_of_the_loss", "script")

NEEDS = Needs(abilities=frozenset({Ability.STREAM}), seconds=60, environment=SOON)

UNAUTHORIZED = 401


async def script(strategy: Played) -> None:
    """The streams are lost, and every further one is answered with 401."""
    begun = await begin(strategy)
    since = len(begun.stream.heard)
    await strategy.venue.lose_streams(How.RST, refused=UNAUTHORIZED)
    if not await strategy.venue.attempted():
        return
    await heard(strategy, begun.stream, "BROKER_CONNECTION_FAILED", since)
    # A further attempt would come on its own.
    many = strategy.venue.server.attempts + 1
    await strategy.venue.attempted(many, strategy.pace.patience / 2)
    await strategy.get("/health")


@check("NET-17", occurs="the broker answered an attempt at a stream with 401")
def a_refused_key_is_final(transcript: Transcript) -> Iterator[Observation]:
    for loss in losses(transcript):
        refused = [
            entry
            for entry in turned_away(transcript, loss)
            if entry.data["facts"]["status"] == UNAUTHORIZED
        ]
        if not refused:
            continue
        yield occurred(*refused)
        failed = told(
            transcript, "BROKER_CONNECTION_FAILED", loss.lost.number, loss.before
        )
        if not failed:
            waited = transcript.entries[-1].at - refused[0].at
            yield finding(
                "The broker refused the key on its streams with 401; for "
                f"{waited:.1f} s it was not told that the connection failed.",
                loss.lost,
                refused[0],
            )
        for stream, many in Counter(map(stream_of, refused)).items():
            if many > 1:
                yield finding(
                    f"The broker refused the key on its stream ({stream}) with 401; "
                    f"the Gateway asked with it {many} times.",
                    *[entry for entry in refused if stream_of(entry) == stream][:4],
                )
