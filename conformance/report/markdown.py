"""readiness.md: what fits into the summary of a CI step."""

from collections.abc import Iterator, Sequence

from conformance.evidence.transcript import Transcript
from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness
from conformance.report.causes import causes
from conformance.report.view.banner import banner, waiver_ends
from conformance.report.view.blockers import BlockerShown, blockers
from conformance.report.view.providers import matrix
from conformance.report.view.submits import SubmitShown, gravest_told

MOST = 5
"""Blockers that are told; the page has all."""

MOST_WAIVERS = 8
MOST_SAID = 160
"""Characters of a cell of a time line at the most."""


def markdown_text(readiness: Readiness, transcripts: Sequence[Transcript] = ()) -> str:
    """At most thirty lines, and beneath them of each venue the gravest lost submit."""
    return "\n".join((*_lines(readiness), *_submits(readiness, transcripts))) + "\n"


def _lines(readiness: Readiness) -> Iterator[str]:
    told = banner(readiness)
    drill = "DRILL: " if readiness.identity.drill else ""
    yield f"# {drill}{told.verdict} for {told.stage}"
    yield ""
    said = (f"{told.line}.", told.says, *told.warnings, *_hollow(readiness))
    yield cell(" ".join(said), 600)
    yield cell(f"{told.subject} · {told.mode} · seed {readiness.identity.seed}", 400)
    yield ""
    yield from _blockers(readiness)
    yield "| item | verdict |"
    yield "|---|---|"
    for item in readiness.items:
        yield f"| {item.number}. {cell(item.title)} | {item.verdict} |"
    yield ""
    yield f"- Requirements: {_counts(readiness)}{_providers(readiness)}"
    if readiness.stages:
        yield f"- Stages: {_stages(readiness)}"
    if readiness.metrics:
        yield f"- Metrics: {_metrics(readiness)}"


def _hollow(readiness: Readiness) -> Iterator[str]:
    """The signs of a hollow run, in the paragraph of the verdict."""
    if readiness.hollow:
        yield "Signs of a hollow run:"
        yield from (warning.sentence for warning in readiness.hollow)


def _blockers(readiness: Readiness) -> Iterator[str]:
    found = blockers(readiness)
    if not found:
        return
    yield "| what stands in the way | seen | what it may cost |"
    yield "|---|---|---|"
    labels = {
        c.requirement.id: ", ".join(c.labels)
        for c in causes(readiness.having(Verdict.VIOLATED))
    }
    for blocker in found[:MOST]:
        name = labels.get(blocker.what, blocker.what)
        yield f"| {cell(name)} | {cell(_seen(blocker))} | {cell(blocker.costs)} |"
    yield ""
    if len(found) > MOST:
        yield f"{len(found) - MOST} more are in readiness.html"
        yield ""


def _seen(blocker: BlockerShown) -> str:
    return blocker.observed or f"{blocker.sentence} {blocker.attempt}"


def _counts(readiness: Readiness) -> str:
    told = [f"{n} {word}" for word, n in readiness.counts.items() if n]
    return ", ".join((*told, *_waivers(readiness)))


def _waivers(readiness: Readiness) -> Iterator[str]:
    """How long each waiver holds yet; what ends first before the others."""
    pairs = [(r, r.waiver) for r in readiness.requirements if r.waiver is not None]
    pairs.sort(key=lambda pair: pair[1].expires)
    for row, waiver in pairs[:MOST_WAIVERS]:
        ends = waiver_ends(readiness, waiver.expires)
        said = "waived: " if row.waived else f"its waiver is {cell(waiver.state)}: "
        yield f"{cell(row.id)} ({'its waiver ' if _over(ends) else said}{ends})"
    if len(pairs) > MOST_WAIVERS:
        yield f"{len(pairs) - MOST_WAIVERS} more waivers are in readiness.html"


def _over(ends: str) -> bool:
    return ends.startswith("expired")


def _providers(readiness: Readiness) -> str:
    """Each played broker: how often it shows each word, and its worst finding."""
    return "".join(
        f" · {cell(b.provider)}: {', '.join(f'{n} {word}' for word, n in b.counts)}"
        + (f" (worst: {cell(b.worst)})" if b.worst else "")
        for b in matrix(readiness).brokers
    )


def _stages(readiness: Readiness) -> str:
    told = (f"{cell(s.name)} {s.verdict}" for s in readiness.stages or ())
    following = readiness.next_stage
    return " · ".join(told) + (f" (next: {cell(following)})" if following else "")


def _metrics(readiness: Readiness) -> str:
    rows = [m for m in readiness.metrics or () if m.sample][:8]
    if not rows:
        return "none was measured: no session was recorded"
    return " · ".join(
        f"{cell(m.title)}: {cell(m.value)} "
        f"(n = {m.sample}{', ' + cell(m.session) if m.session else ''})"
        for m in rows
    )


def _submits(readiness: Readiness, transcripts: Sequence[Transcript]) -> Iterator[str]:
    violated = causes(readiness.having(Verdict.VIOLATED))
    for submit in gravest_told(violated, transcripts):
        yield from _submit(submit)


def _submit(submit: SubmitShown) -> Iterator[str]:
    """A submit whose outcome was unknown, with the venue's books beside it."""
    yield from ("", f"## {cell(submit.title)}", "")
    yield f"| # | ms | {' | '.join(map(cell, submit.heads))} |"
    yield "|---|---|---|---|---|"
    for step in submit.steps:
        if step.gap:
            yield f"| … | {step.gap} entries left out | | | |"
        told = " | ".join(cell(text, MOST_SAID) for text in step.cells)
        yield f"| {step.number} | {step.milliseconds} | {told} |"
    yield ""
    yield cell(submit.ending)


def cell(text: str, most: int = 240) -> str:
    """The beginning of a text, so short that it stays in its cell."""
    return flat(" ".join(text.split())[:most])


def flat(text: str) -> str:
    """A text on one line that means nothing to Markdown."""
    told = " ".join(text.split())
    for sign in "\\`*_[]<>|":
        told = told.replace(sign, f"\\{sign}")
    return told
