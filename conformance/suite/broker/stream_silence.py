"""A broker's streams that fall silent are noticed, and taken up again."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.losses import losses, opened, told
from conformance.peers.engine.conduct import How
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.check import check
from conformance.suite.stream_steps import SOON, begin, go_on

QUICKLY = {**SOON, "REFERENCE_SILENCE_SECONDS": "3"}

NEEDS = Needs(
    abilities=frozenset({Ability.STREAM}), slow=True, seconds=90, environment=QUICKLY
)


async def script(strategy: Played) -> None:
    """Nothing comes on any stream any more, and nothing says so."""
    begun = await begin(strategy)
    since = len(begun.stream.heard)
    await strategy.venue.lose_streams(How.SILENCE)
    patience = strategy.pace.patience * strategy.venue.silence
    await go_on(strategy, begun, since, patience)


@check("NET-13", occurs="the broker's streams fell silent")
def a_silence_is_noticed(transcript: Transcript) -> Iterator[Observation]:
    for loss in losses(transcript):
        if loss.how != How.SILENCE:
            continue
        yield occurred(loss.lost)
        said = told(transcript, "BROKER_DISCONNECTED", loss.lost.number, loss.before)
        if not said and not opened(transcript, loss):
            waited = transcript.entries[-1].at - loss.lost.at
            yield finding(
                "The broker's streams fell silent, its heartbeats too; for "
                f"{waited:.1f} s the strategy was told nothing of it, and no stream "
                "was opened in their place.",
                loss.lost,
            )
