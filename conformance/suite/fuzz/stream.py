"""Whatever one client says on the stream, the Gateway lives and the others go on."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.errors import StepFailed
from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import message_of
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding, Observation, finding, occurred
from conformance.judge.fuzzing import DEBUG
from conformance.judge.noted import notes
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check
from conformance.suite.fuzz.condensed import condensed
from conformance.suite.fuzz.deaths import is_gone, tell_death
from conformance.suite.fuzz.frames import FRAMES, Bytes
from conformance.suite.fuzz.mutations import Mutation, sample

NEEDS = Needs(fuzz=True, seconds=180)

FIXED = 12
"""Spoilt messages of each type that are sent in any case."""

BETWEEN_MARKERS = 8
"""Cases after which it is shown again that all others go on."""

MOST_DEATHS = 3
DYING_SECONDS = 0.3
OBSERVER = "observer"
MISSED = (("heard", "an order's announcement"), ("ponged", "a pong"))
Case = Mutation | Bytes


@dataclass
class Clients:
    """The client that says nonsense, and the one that must not notice."""

    strategy: Played
    observer: PlayedStream
    speaker: PlayedStream | None = None
    opened: int = 0
    deaths: int = 0
    since: list[Case] = field(default_factory=list)
    """What was said since the Gateway was last seen to live."""

    async def say(self, case: Case) -> None:
        """Says one thing; on a connection of its own, where it is bytes."""
        self.since.append(case)
        speaker = await self._speaker(alone=isinstance(case, Bytes))
        if speaker is None:
            return
        self.strategy.note("said", case.name, case=case.name, stream=speaker.name)
        if isinstance(case, Mutation):
            await speaker.send(case.text, deliberate=True)
        else:
            speaker.write(case.data)

    async def _speaker(self, *, alone: bool) -> PlayedStream | None:
        if self.speaker is None or self.speaker.closed or alone:
            self.opened += 1
            found = await self.strategy.try_stream(f"speaker-{self.opened}")
            self.speaker = found if isinstance(found, PlayedStream) else None
        return self.speaker

    async def mark(self) -> None:
        """Shows that REST, the observer and its pings go on; else looks for why."""
        strategy = self.strategy
        try:
            order = await strategy.resting()
            heard = await strategy.announced(self.observer, order.id, "ORDER_CREATED")
            await strategy.cancel(order.id)
        except StepFailed:
            heard = None
        ponged = not self.observer.closed and await self.observer.ping(
            b"observer", strategy.pace.patience
        )
        if (heard is None or not ponged) and await is_gone(
            self.strategy, DYING_SECONDS
        ):
            await self._blame()
            return
        cases = [case.name for case in self.since]
        facts = {"heard": heard is not None, "ponged": ponged, "cases": cases}
        strategy.note("marker", f"after {', '.join(cases)}", **facts)
        self.since.clear()

    async def _blame(self) -> None:
        """Says what was said last again, one at a time, to a fresh Gateway each."""
        suspects, self.since = self.since, []
        self.deaths += 1
        tell_death(self.strategy)
        culprit = None
        if not self.strategy.subject.shared:
            for case in reversed(suspects):
                await self._fresh()
                await self.say(case)
                self.since = []
                if await is_gone(self.strategy, DYING_SECONDS):
                    culprit = case.name
                    break
            await self._fresh()
        names = [case.name for case in suspects]
        facts = {"culprit": culprit, "suspects": names}
        self.strategy.note("stream-culprit", culprit or "unknown", **facts)
        if self.strategy.subject.shared:
            self.deaths = MOST_DEATHS

    async def _fresh(self) -> None:
        await self.strategy.instance.kill()
        await self.strategy.start()
        self.speaker = None
        self.observer = await self.strategy.stream(f"{OBSERVER}-{self.opened}")


async def script(strategy: Played) -> None:
    """Says every kind of nonsense, and shows in between that all others go on."""
    clients = Clients(strategy, await strategy.stream(OBSERVER))
    await clients.mark()
    cases = _cases(strategy)
    for place, case in enumerate(cases, 1):
        await clients.say(case)
        if place % BETWEEN_MARKERS == 0 or place == len(cases):
            await clients.mark()
        if clients.deaths >= MOST_DEATHS:
            return


def _cases(strategy: Played) -> list[Case]:
    """Each client's message, spoilt; then frames, each on its own connection."""
    ack: dict[str, Json] = {
        "type": "event_ack",
        "correlation_id": f"{strategy.prefix}-ack",
        "events_processed": ["evt-of-no-engine"],
        "timestamp": 1,
    }
    count = FIXED + strategy.examples
    said: list[Case] = []
    for message in (ack, {"type": "pong"}):
        said += sample(message, count, strategy.random)
    return [*said, *FRAMES]


@check("FUZ-12", occurs="nonsense was said, and an order was announced after it")
@condensed
def nonsense_ends_nothing(transcript: Transcript) -> Iterator[Observation]:
    for entry in transcript.of_kind(Kind.NOTE):
        facts = entry.data.get("facts") or {}
        if entry.data.get("name") == "marker" and facts["cases"] and facts["heard"]:
            yield occurred(entry)
        if entry.data.get("name") == "stream-culprit":
            yield _casualty(entry, facts)
    yield from _observers_that_ended(transcript)


def _casualty(entry: Entry, facts: Json) -> Finding:
    cause = "Is there an input that its reader does not foresee?"
    if facts["culprit"]:
        told = (
            f"After {facts['culprit']} was said on the stream the Gateway was there no "
            "more; so it was when only this was said to a fresh one."
        )
    else:
        said = ", ".join(facts["suspects"])
        told = (
            f"The Gateway was there no more after one of {said} was said on the "
            "stream; none of them alone showed it."
        )
    return finding(told, entry, cause=cause, key=f"ended-by-{facts['culprit']}")


def _observers_that_ended(transcript: Transcript) -> Iterator[Finding]:
    died = [e.number for e in transcript.of_kind(Kind.PROCESS)]
    for entry in transcript.of_kind(Kind.CLOSED):
        observer = str(entry.data["stream"]).startswith(OBSERVER)
        near = any(abs(entry.number - number) < 6 for number in died)
        if observer and entry.data["by"] != "us" and not near:
            said = [e for e in _said(transcript) if e.number < entry.number][-1:]
            what = said[0].data["text"] if said else "nothing"
            yield finding(
                f"The stream of a client that said nothing was ended "
                f"({entry.data['code']}) after another had said {what}.",
                *said,
                entry,
                cause="Do all clients end with the one that is at fault?",
                key="observer-ended",
            )


def _said(transcript: Transcript) -> Iterator[Entry]:
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "said":
            yield entry


@check("FUZ-40", occurs="nonsense was said, and another client was looked at")
@condensed
def others_hear_everything_in_time(transcript: Transcript) -> Iterator[Observation]:
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") != "marker":
            continue
        facts = entry.data["facts"]
        if facts["cases"]:
            yield occurred(entry)
        for missed, what in MISSED:
            if not facts[missed]:
                yield finding(
                    f"After {', '.join(facts['cases']) or 'nothing'} was said on one "
                    f"stream, {what} did not come on another in time.",
                    entry,
                    cause="Does one client's message hold up all others?",
                    key=f"others-{missed}",
                )


@check("FUZ-41", occurs="nonsense was said, and another client was looked at")
@condensed
def others_hear_nothing_of_it(transcript: Transcript) -> Iterator[Observation]:
    if any(facts["cases"] for facts in notes(transcript, "marker")):
        yield occurred(*list(_said(transcript))[-1:])
    for entry in transcript.messages():
        told = message_of(entry)
        kind = told.get("type") if isinstance(told, dict) else None
        if str(entry.data["stream"]).startswith(OBSERVER) and kind in {"error", None}:
            yield finding(
                "A client that said nothing amiss was told "
                f"{str(entry.data.get('text'))[:160]}.",
                entry,
                cause="Is an error told to every client?",
                key="told-to-others",
            )


@check("FUZ-42", occurs="nonsense was said, and the stream was heard after it")
@condensed
def an_error_tells_no_debug_text(transcript: Transcript) -> Iterator[Observation]:
    if any(facts["cases"] for facts in notes(transcript, "marker")):
        yield occurred(*list(_said(transcript))[-1:])
    told = [(e, str(e.data.get("text", ""))) for e in transcript.messages()]
    told += [(e, str(e.data["reason"])) for e in transcript.of_kind(Kind.CLOSED)]
    for entry, text in told:
        found = DEBUG.search(text) if _is_an_error(entry) else None
        if found is not None:
            yield finding(
                f"A client that said nonsense was told {found[0][:60]!r} in "
                f"{text[:160]}.",
                entry,
                cause="Is an internal error passed on as it is?",
                key="debug",
            )


def _is_an_error(entry: Entry) -> bool:
    if entry.kind is Kind.CLOSED:
        return True
    told = message_of(entry)
    return not isinstance(told, dict) or told.get("type") == "error"
