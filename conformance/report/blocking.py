"""What the terminal says of a stage that was asked for: what stands in its way."""

from collections.abc import Iterator

from conformance.readiness.model import Readiness

MOST = 12
"""Blockers that are told; the gravest come first, the rest is in the report."""


def blocker_lines(readiness: Readiness) -> Iterator[str]:
    """Each blocker with what it can cost and how it is proven; nothing unasked."""
    decision = readiness.readiness
    if not decision.asked:
        return
    for blocker in decision.blockers[:MOST]:
        yield f"BLOCKER {blocker.what}: {blocker.sentence}"
        if blocker.consequence:
            yield f"    It can cost: {blocker.consequence}"
        yield f"    To prove: {blocker.how_to_prove}"
    if len(decision.blockers) > MOST:
        yield f"and {len(decision.blockers) - MOST} more blockers: see the report"
