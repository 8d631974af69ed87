"""readiness.md: what fits into the summary of a CI step."""

from collections.abc import Iterator

from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness
from conformance.report.causes import causes

MOST = 10


def markdown_text(readiness: Readiness) -> str:
    """At most some thirty lines: decision, counts, violations, items."""
    return "\n".join(_lines(readiness)) + "\n"


def _lines(readiness: Readiness) -> Iterator[str]:
    decision, identity = readiness.readiness, readiness.identity
    drill = " (drill)" if identity.drill else ""
    yield f"# {decision.verdict} for {decision.stage}{drill}"
    yield ""
    yield f"{_subject(readiness)}, seed {identity.seed}"
    if readiness.run.error:
        yield f"\nThe run ended early: {cell(readiness.run.error)}"
    yield ""
    yield ", ".join(f"{n} {word}" for word, n in readiness.counts.items() if n)
    found = causes(readiness.having(Verdict.VIOLATED))
    if found:
        yield "\n| violated | finding |\n|---|---|"
        for cause in found[:MOST]:
            ids = ", ".join(cause.labels)
            yield f"| {cell(ids)} | {cell(cause.finding.sentence)} |"
        if len(found) > MOST:
            yield f"\n{len(found) - MOST} more causes are in readiness.html"
    yield "\n| item | verdict |\n|---|---|"
    for item in readiness.items:
        yield f"| {item.number}. {item.title} | {item.verdict} |"


def _subject(readiness: Readiness) -> str:
    identity = readiness.identity
    gateway = identity.gateway
    platforms = ", ".join(gateway.platforms) or "no platform"
    told = f"Gateway {gateway.version or '?'} ({platforms})"
    if identity.strategy is None:
        return told
    strategy = f"Strategy {cell(identity.strategy.command)}"
    return f"{strategy} on {told}" if gateway.kind == "pair" else strategy


def cell(text: str) -> str:
    """A text that stays in its cell and means nothing to Markdown."""
    flat = " ".join(text.split())[:240]
    for sign in "\\`*_[]<>|":
        flat = flat.replace(sign, f"\\{sign}")
    return flat
