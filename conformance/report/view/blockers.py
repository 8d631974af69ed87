"""Each blocker with what it may cost, what was seen, and what to try first."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.judge.verdict import Verdict
from conformance.readiness.model import Blocker, Readiness, RequirementStanding
from conformance.report.causes import Cause, causes
from conformance.report.view.evidence import transcript_name

PLACES = {
    "drill": "identity",
    "run": "identity",
    "gateway": "identity",
    "strategy": "identity",
    "session": "sessions",
    "comparison": "comparisons",
    "attestation": "attestations",
    "attestations": "attestations",
    "stage": "stages",
}
"""Where on the page a blocker leads that is no requirement, by its first word."""


@dataclass(frozen=True, slots=True)
class BlockerShown:
    """One blocker as the page tells it."""

    what: str
    place: str
    """The id of the place on the page that it leads to; empty for none."""
    sentence: str
    costs: str
    observed: str
    """Empty where it is no violated requirement."""
    suspicion: str
    transcript: str
    entries: tuple[int, ...]
    attempt: str
    reproduce: str
    also: tuple[str, ...]
    """Other requirements that the same cause breaks."""


def blockers(readiness: Readiness) -> tuple[BlockerShown, ...]:
    """The blockers in their order; requirements of one cause are told once."""
    told = causes(readiness.having(Verdict.VIOLATED))
    by_id = {r.id: r for r in readiness.requirements}
    cause_of = {r.id: c for c in told for r in c.standings}
    found, seen = [], set[str]()
    for blocker in readiness.readiness.blockers:
        if blocker.what in seen and blocker.what in by_id:
            continue
        cause = cause_of.get(blocker.what)
        seen |= set(cause.requirements if cause else (blocker.what,))
        found.append(_shown(blocker, by_id, cause, readiness))
    return tuple(found)


def _shown(
    blocker: Blocker,
    by_id: Mapping[str, RequirementStanding],
    cause: Cause | None,
    readiness: Readiness,
) -> BlockerShown:
    standing = by_id.get(blocker.what)
    if standing is None:
        return BlockerShown(
            blocker.what,
            _place(blocker.what, readiness),
            blocker.sentence,
            blocker.consequence,
            *("", "", "", ()),
            blocker.how_to_prove,
            "",
            (),
        )
    finding = standing.findings[0] if standing.findings else None
    others = cause.requirements if cause else ()
    return BlockerShown(
        what=standing.id,
        place=standing.id,
        sentence=standing.sentence,
        costs=blocker.consequence,
        observed=finding.sentence if finding else standing.reason,
        suspicion=(finding.cause or "") if finding else "",
        transcript=transcript_name(finding.transcript) if finding else "",
        entries=finding.entries if finding else (),
        attempt=blocker.how_to_prove,
        reproduce=finding.reproduce if finding else "",
        also=tuple(i for i in others if i != standing.id),
    )


def _place(what: str, readiness: Readiness) -> str:
    word, _, rest = what.partition(" ")
    if word == "item" and any(str(i.number) == rest for i in readiness.items):
        return f"item-{rest}"
    if what.endswith(" requirements"):
        return "unverified"
    return PLACES.get(word, "")
