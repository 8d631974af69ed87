"""A client that is connected is pinged, and one that answers stays connected."""

from collections.abc import Iterator

from conformance.evidence.entry import Kind, Party
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements, messages_of_type
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

PINGS = 2
NEEDS = Needs(slow=True, seconds=150)


async def script(strategy: Played) -> None:
    """Listens for as long as two heartbeats may take, and answers each."""
    stream = await strategy.stream()
    for _ in range(PINGS):
        heard = len(stream.heard)
        ping = await strategy.wait(
            stream, "a ping", lambda h: h.type == "ping", strategy.pace.heartbeat, heard
        )
        if ping is not None:
            await stream.send({"type": "pong"})
    strategy.note("listened", f"{PINGS} heartbeats long")
    await strategy.bought(stream, "1")


@check("STR-20", occurs="a client listened for as long as two heartbeats may take")
def a_client_is_pinged(transcript: Transcript) -> Iterator[Observation]:
    pings = [entry for entry, _ in messages_of_type(transcript, "ping")]
    if not list(announcements(transcript)):
        return
    yield occurred(transcript.entries[-1])
    if len(pings) < PINGS:
        yield finding(
            f"In {transcript.ending.seconds:.0f} s a client was sent {len(pings)} "
            "ping messages.",
            transcript.entries[-1],
            cause="Is the heartbeat never sent?",
        )


@check("STR-21", occurs="a client answered its pings")
def who_answers_stays(transcript: Transcript) -> Iterator[Observation]:
    pongs = list(transcript.messages(party=Party.STRATEGY))
    closed = [e for e in transcript.of_kind(Kind.CLOSED) if e.party is Party.GATEWAY]
    if not pongs:
        return
    yield occurred(*pongs)
    if closed:
        yield finding(
            f"A client that answered {len(pongs)} pings was closed with the code "
            f"{closed[0].data.get('code')}.",
            *pongs,
            *closed,
        )
