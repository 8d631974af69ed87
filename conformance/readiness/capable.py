"""What a Gateway can do: what it claims beside what was seen, contradictions marked."""

from collections.abc import Iterator, Mapping, Sequence

from conformance.judge.capabilities import (
    KNOWN,
    MODE,
    Capabilities,
    Claim,
    Key,
    capabilities,
)
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Verdict
from conformance.readiness.model import (
    CapabilityStanding,
    Place,
    RequirementStanding,
)
from conformance.spec.catalogue import requirement

POSITION_MODE = "OPE-33"
"""The requirement that decides whether the position mode is the one claimed."""

Decided = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""By feature or mode: the ids that are met and those that are violated."""


def capability_standings(
    record: RunRecord, requirements: Sequence[RequirementStanding]
) -> tuple[CapabilityStanding, ...]:
    """Every capability that is claimed or was seen, by provider."""
    found = capabilities(record.transcripts)
    claims = {**_of_the_doctor(record), **found.claims}
    providers = dict.fromkeys([*claims, *(provider for provider, _, _ in found.seen)])
    return tuple(
        standing
        for provider in providers
        for standing in _of(provider, claims.get(provider), found, requirements)
    )


def _of_the_doctor(record: RunRecord) -> dict[str, Claim]:
    """The claim that is known of the subject, where no transcript has it."""
    facts = record.subject
    if not isinstance(facts.capabilities, Mapping):
        return {}
    return {", ".join(facts.platforms) or "unknown": Claim(facts.capabilities)}


def _of(
    provider: str,
    claim: Claim | None,
    found: Capabilities,
    requirements: Sequence[RequirementStanding],
) -> Iterator[CapabilityStanding]:
    decided = _decided(provider, requirements)
    for kind, known in KNOWN.items():
        claimed = None if claim is None else claim.names(kind)
        listed = dict.fromkeys((*(claimed or ()), *known))
        for name in listed:
            has = None if claimed is None else name in claimed
            key = (provider, kind, name)
            standing = _standing(key, has, claim, found, decided)
            if standing.claimed is not None or standing.seen is not None:
                yield standing


def _standing(
    key: Key,
    claimed: bool | None,
    claim: Claim | None,
    found: Capabilities,
    decided: Decided,
) -> CapabilityStanding:
    provider, kind, name = key
    # A trailing stop is an order type and a feature.
    about = kind if kind == MODE else name.lower()
    met, violated = decided.get(about, ((), ()))
    sighting = found.seen.get(key)
    seen = sighting.accepted if sighting else (True if met else None)
    if kind == MODE and violated:
        seen = False
    return CapabilityStanding(
        kind=kind,
        name=name,
        provider=provider,
        claimed=claimed,
        seen=seen,
        # What is accepted, and does nothing of what it is for, is not there.
        state=_state(claimed, bool(met) if seen and violated else seen),
        claimed_in=Place(claim.transcript, claim.entries) if claim else None,
        seen_in=Place(sighting.transcript, sighting.entries) if sighting else None,
        met=met,
        violated=violated,
    )


def _state(claimed: bool | None, seen: bool | None) -> str:
    if None not in (claimed, seen) and claimed is not seen:
        return "contradicted"
    if seen is not None:
        return "supported" if seen else "unsupported"
    return "claimed only" if claimed else "not claimed"


def _decided(provider: str, requirements: Sequence[RequirementStanding]) -> Decided:
    """What requirements say of each feature, and of the position mode."""
    met: dict[str, list[str]] = {}
    violated: dict[str, list[str]] = {}
    for row in requirements:
        about = MODE if row.id == POSITION_MODE else requirement(row.id).capability
        verdict = row.providers.get(provider)
        if about and verdict == Verdict.MET:
            met.setdefault(about, []).append(row.id)
        elif about and verdict == Verdict.VIOLATED:
            violated.setdefault(about, []).append(row.id)
    return {
        name: (tuple(met.get(name, ())), tuple(violated.get(name, ())))
        for name in {*met, *violated}
    }
