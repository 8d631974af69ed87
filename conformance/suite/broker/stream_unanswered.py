"""An attempt at a broker's stream that is never answered is not the last one."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.losses import losses, opened, stream_of, turned_away
from conformance.peers.engine.conduct import How
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker.stream_silence import QUICKLY
from conformance.suite.check import check
from conformance.suite.stream_steps import begin, go_on

NEEDS = Needs(
    abilities=frozenset({Ability.STREAM}), slow=True, seconds=90, environment=QUICKLY
)


async def script(strategy: Played) -> None:
    """The first attempts after a loss meet a broker that does not even refuse them."""
    begun = await begin(strategy)
    since = len(begun.stream.heard)
    await strategy.venue.lose_streams(How.RST, unanswered=True)
    if not await strategy.venue.attempted():
        return
    strategy.venue.grant_streams()
    patience = strategy.pace.patience * strategy.venue.silence
    await go_on(strategy, begun, since, patience)


@check("NET-13", occurs="an attempt at the broker's stream was never answered")
def the_next_attempt_is_made(transcript: Transcript) -> Iterator[Observation]:
    for loss in losses(transcript):
        found = {stream_of(entry) for entry in opened(transcript, loss)}
        for attempt in turned_away(transcript, loss):
            if attempt.data["facts"]["status"] is not None:
                continue
            yield occurred(attempt)
            if stream_of(attempt) not in found:
                waited = transcript.entries[-1].at - attempt.at
                yield finding(
                    f"An attempt at the broker's stream ({stream_of(attempt)}) was "
                    f"never answered; no other was made for {waited:.1f} s.",
                    loss.lost,
                    attempt,
                )
