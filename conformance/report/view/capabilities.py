"""What a Gateway can do, as lists and as a table: claimed, seen, contradicted."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.readiness.model import CapabilityStanding, Readiness

LISTS = (
    ("contradicted", "Contradicted"),
    ("supported", "Supported, as seen"),
    ("claimed only", "Claimed, not seen"),
    ("unsupported", "Unsupported, as seen"),
    ("not claimed", "Not claimed, not seen"),
)
"""What is contradicted stands first."""


@dataclass(frozen=True, slots=True)
class CapabilitiesShown:
    """Those of one provider: names by state, and what is behind each."""

    provider: str
    lists: tuple[tuple[str, str, tuple[str, ...]], ...]
    """State, heading, names."""
    rows: tuple[CapabilityStanding, ...]
    contradictions: tuple[str, ...]


def capabilities_shown(readiness: Readiness) -> tuple[CapabilitiesShown, ...]:
    """One for each provider, in the order of the report."""
    found = readiness.identity.capabilities
    return tuple(
        _shown(provider, tuple(c for c in found if c.provider == provider))
        for provider in dict.fromkeys(c.provider for c in found)
    )


def _shown(provider: str, rows: tuple[CapabilityStanding, ...]) -> CapabilitiesShown:
    return CapabilitiesShown(
        provider=provider,
        lists=tuple(_lists(rows)),
        rows=rows,
        contradictions=tuple(
            contradiction(row) for row in rows if row.state == "contradicted"
        ),
    )


def _lists(
    rows: tuple[CapabilityStanding, ...],
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for state, heading in LISTS:
        if names := tuple(row.name for row in rows if row.state == state):
            yield state, heading, names


def contradiction(row: CapabilityStanding) -> str:
    """What was claimed against what was seen, as a sentence."""
    claim = "is claimed" if row.claimed else "is not claimed"
    if row.claimed and row.violated and row.seen is not False:
        seen = f"what was decided about it is violated: {', '.join(row.violated)}"
    elif row.seen and row.seen_in is None:
        seen = f"it is there: {', '.join(row.met)}"
    elif row.seen:
        seen = "an order of it was accepted"
    elif row.seen_in is not None:
        seen = "an order of it was refused as unsupported"
    else:
        seen = f"another was seen: {', '.join(row.violated)}"
    return f"{row.kind} {row.name} {claim} ({row.provider}); {seen}"
