"""A frame that breaks the protocol is told with the code that was made for it."""

from collections.abc import Iterator

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

FRAMES = {
    "reserved-bits": (b"\xf1\x80\x00\x00\x00\x00", frozenset({1002})),
    "no-text": (b"\x81\x82\x00\x00\x00\x00\xff\xfe", frozenset({1007})),
}
"""The bytes of each frame, and the close codes that RFC 6455 names for it."""

NEEDS = Needs()


async def script(strategy: Played) -> None:
    """Sends each broken frame on a stream of its own, and waits for the end."""
    observer = await strategy.stream("observer")
    for name, (data, _) in FRAMES.items():
        stream = await strategy.stream(name)
        stream.write(data)
        await stream.ended(strategy.pace.quiet)
    await strategy.bought(observer, "1")


@check("STR-56", occurs="a frame that breaks the protocol was sent")
def a_broken_frame_is_told(transcript: Transcript) -> Iterator[Observation]:
    closed = {str(e.data["stream"]): e for e in transcript.of_kind(Kind.CLOSED)}
    if not list(announcements(transcript, "observer")):
        return
    for name, (_, codes) in FRAMES.items():
        entry = closed.get(name)
        if entry is None:
            continue
        yield occurred(entry)
        if entry.data.get("code") not in codes:
            yield finding(
                f"The frame {name} was answered with the close code "
                f"{entry.data.get('code') or 'none'}, not {min(codes)}.",
                entry,
            )
