"""A Gateway that is told to stop leaves a file that names the exits it had pending."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.orders import accepted, asked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(own=True, seconds=25)

CONTAINERS = ("docker", "podman", "nerdctl")
MOST = 20_000
"""Characters of the file that a transcript keeps."""


async def script(strategy: Played) -> None:
    """Two brackets rest, one is cancelled; ends the Gateway, reads its state file."""
    last = await strategy.price()
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    await strategy.resting(**far)
    cancelled = await strategy.resting(**far)
    await strategy.cancel(cancelled.id)
    path = strategy.instance.environment.get("EXIT_STATE_FILE")
    await strategy.terminate()
    if path is not None:
        text = _text(Path(path))
        strategy.note(
            "state-file",
            "the state file was not there" if text is None else "the state file",
            content=None if text is None else text[:MOST],
            contained=_in_a_container(strategy.subject.shown),
        )


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _in_a_container(command: str) -> bool:
    """Whether the Gateway's files are probably not ours to see."""
    return any(Path(word).name in CONTAINERS for word in shlex.split(command)[:2])


def _notes(transcript: Transcript) -> Iterator[Entry]:
    for entry in transcript.entries:
        if entry.data.get("name") == "state-file":
            yield entry


def _ended(transcript: Transcript) -> bool:
    return any(
        e.kind is Kind.PROCESS and e.data.get("event") == "exited"
        for e in transcript.entries
    )


def _written(transcript: Transcript) -> Iterator[tuple[Entry, str | None]]:
    """The state file as it was after the Gateway's end; None where there was none."""
    for note in _notes(transcript) if _ended(transcript) else ():
        if note.data["facts"]["contained"]:
            raise NotVerified("the Gateway runs in a container: its files are not seen")
        yield note, note.data["facts"]["content"]


def _cancelled(transcript: Transcript) -> frozenset[str]:
    cancels = asked(transcript, "DELETE", "v1", "orders", None)
    return frozenset(c.segments[-1] for c in cancels if c.status == 200)


@check("EXI-29", occurs="a Gateway with a pending bracket ended when it was told to")
def pending_exits_are_written_down(transcript: Transcript) -> Iterator[Observation]:
    for note, content in _written(transcript):
        for order in accepted(transcript):
            if order.id in _cancelled(transcript):
                continue
            yield occurred(order.exchange, note)
            if str(order.id) not in (content or ""):
                there = "is not there" if content is None else "does not name it"
                yield finding(
                    f"The order {order.id} rested with a stop loss and a take profit "
                    f"when the Gateway was told to stop; its state file {there}.",
                    order.exchange,
                    note,
                )


@check("EXI-35", occurs="a Gateway with a cancelled bracket wrote its state file")
def exits_of_the_cancelled_are_forgotten(
    transcript: Transcript,
) -> Iterator[Observation]:
    for note, content in _written(transcript):
        if content is None:
            continue
        for order_id in sorted(_cancelled(transcript)):
            yield occurred(note)
            if order_id in content:
                yield finding(
                    f"The order {order_id} was cancelled unfilled; the state file "
                    "still names its exits.",
                    note,
                    cause="Are the exits of an entry kept when it is cancelled?",
                )
