"""Which submits with an unknown outcome are drawn, and at which finding each.

One picture for each submit, where most of it is cited; other findings lead to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.lost_submits import LostSubmit, lost_submits
from conformance.report.causes import Cause
from conformance.report.lanes import LANES, below
from conformance.report.timeline import Span, Timeline, timeline
from conformance.report.view.evidence import transcript_name
from conformance.report.view.steps import Step, ending, kept, sent, steps

MOST_DRAWN = 24
"""Submits that are drawn at the most, the gravest first; the rest is cited alone."""

JUST_BEFORE = 1e-7
"""Seconds by which a span ends before the next begins."""


@dataclass(frozen=True, slots=True)
class SubmitShown:
    """One submit: its picture, its steps, and what exists of it at the venue."""

    place: str
    title: str
    transcript: str
    venue: str
    """As a sentence names it."""
    heads: tuple[str, str, str]
    """What the three columns of the steps tell."""
    steps: tuple[Step, ...]
    ending: str
    orders: int
    sent: int
    picture: Timeline
    open: bool = False
    """Whether it is the gravest of its venue: the others are folded."""


@dataclass(frozen=True, slots=True)
class Told:
    """One submit at one cause: drawn there, or drawn elsewhere."""

    submit: SubmitShown
    drawn: bool


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A finding of a cause that is about a submit."""

    cause: int
    transcript: Transcript
    submit: LostSubmit
    cited: frozenset[int]

    @property
    def key(self) -> tuple[str, str]:
        return self.transcript.name, self.submit.client_id

    @property
    def grave(self) -> tuple[int, int]:
        return len(self.submit.orders), len(self.submit.sent)

    @property
    def weight(self) -> tuple[int, int]:
        """How much of the submit is cited: what was sent to the venue counts first."""
        calls = {call.asked.number for call in self.submit.sent}
        return len(calls & self.cited), len(self.cited)


def submits_told(
    causes: Sequence[Cause], transcripts: Iterable[Transcript]
) -> tuple[tuple[Told, ...], ...]:
    """For each cause the submits that it is about, each drawn at one cause alone."""
    by_name = {t.name: t for t in transcripts}
    seen = [s for n, cause in enumerate(causes) for s in _sightings(n, cause, by_name)]
    by_key: dict[tuple[str, str], list[_Sighting]] = {}
    for each in seen:
        by_key.setdefault(each.key, []).append(each)
    # What is graver stands first; a sort keeps the order of the rest.
    gravest = sorted(by_key.values(), key=lambda mine: mine[0].grave, reverse=True)
    shown = tuple(_opened(_shown(mine) for mine in gravest[:MOST_DRAWN]))
    homes = {
        (mine[0].key, max(mine, key=lambda s: s.weight).cause): one
        for mine, one in zip(gravest, shown, strict=False)
    }
    drawn = {key: one for (key, _), one in homes.items()}
    return tuple(
        tuple(
            Told(drawn[s.key], (s.key, n) in homes)
            for s in seen
            if s.cause == n and s.key in drawn
        )
        for n in range(len(causes))
    )


def gravest_told(
    causes: Sequence[Cause], transcripts: Iterable[Transcript]
) -> tuple[SubmitShown, ...]:
    """Of each venue the gravest submit, for a report with little room."""
    told = submits_told(causes, transcripts)
    return tuple(t.submit for mine in told for t in mine if t.drawn and t.submit.open)


def _sightings(
    number: int, cause: Cause, by_name: dict[str, Transcript]
) -> Iterator[_Sighting]:
    """What is told of a cause: its first finding, and the first on each other venue."""
    providers = set[str]()
    keys = set[tuple[str, str]]()
    for _, finding in ((cause.requirement, cause.finding), *cause.beneath):
        transcript = by_name.get(transcript_name(finding.transcript))
        if transcript is None or finding.provider in providers:
            continue
        found = _about(transcript, finding.entries)
        if found is not None and (transcript.name, found[0].client_id) not in keys:
            providers.add(finding.provider)
            keys.add((transcript.name, found[0].client_id))
            yield _Sighting(number, transcript, *found)


def _about(
    transcript: Transcript, entries: Iterable[int]
) -> tuple[LostSubmit, frozenset[int]] | None:
    """The submit of which most is cited, if a finding is about any."""
    found = [(s, _cited(s, entries)) for s in lost_submits(transcript)]
    best = max(found, key=lambda pair: len(pair[1]), default=None)
    return best if best is not None and best[1] else None


def _cited(submit: LostSubmit, entries: Iterable[int]) -> frozenset[int]:
    told = {e.number for e in submit.entries if e.kind is not Kind.NOTE}
    return frozenset(told & set(entries))


def _opened(shown: Iterable[SubmitShown]) -> Iterator[SubmitShown]:
    """The first of each venue open: the gravest come first."""
    venues = set[str]()
    for each in shown:
        yield replace(each, open=each.venue not in venues)
        venues.add(each.venue)


def _shown(mine: Sequence[_Sighting]) -> SubmitShown:
    transcript, submit = mine[0].transcript, mine[0].submit
    cited = set[int]().union(*(s.cited for s in mine))
    name = below(transcript)
    name = f"the {name}" if name in LANES else name
    picture = timeline(transcript, kept(submit), cited, tuple(_spans(submit, name)))
    return SubmitShown(
        place=f"submit-{transcript.name}-{submit.client_id}",
        title=f"Order {submit.client_id} at {name}, {sent(submit)}: {submit.case}",
        transcript=transcript.name,
        venue=name,
        heads=(*LANES[:2], f"{name}'s books"),
        steps=steps(submit, cited),
        ending=ending(submit, name),
        orders=len(submit.orders),
        sent=len(submit.sent),
        picture=picture,
    )


def _spans(submit: LostSubmit, venue: str) -> Iterator[Span]:
    """How many orders the venue has of it, and from when to when."""
    first = {c.order: c.entry.at for c in reversed(submit.changes)}
    taken = [first[order] for order in submit.orders]
    for count, began in enumerate(taken, 1):
        more = taken[count] - JUST_BEFORE if count < len(taken) else float("inf")
        kind, orders = ("one", "order") if count == 1 else ("several", "orders")
        yield Span(began, more, kind, f"{venue} has {count} {orders} of it")
