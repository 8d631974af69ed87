"""One Markdown page a requirement, and an index: what it says, and what decides it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.readiness.model import KillProof
from conformance.report.markdown import flat
from conformance.report.view.proofs import SESSION
from conformance.spec.catalogue import Level, Requirement, families
from conformance.spec.checklist import checklist

INDEX = "index.md"
NO_PROOF = KillProof((), 0)
NEEDS = {
    "any": "a Gateway",
    "mock": "a Gateway with the mock provider",
    "engine": "a played Engine",
    "venue": "a played broker",
    "strategy": "a strategy",
    "session": "a recorded session (`conformance record`, `conformance readiness`)",
    "fuzz": "fuzzing",
}
SUBJECTS = {
    "gateway": "--gateway-cmd COMMAND",
    "strategy": "--strategy-cmd COMMAND",
    "pair": "--gateway-cmd COMMAND --strategy-cmd COMMAND",
}


@dataclass(frozen=True, slots=True)
class Decider:
    """One check, its situation, and the script that plays it, if one does."""

    check: str
    occurs: str
    script: str
    purpose: str
    subject: str
    """"gateway", "strategy", "pair" or "session"."""
    invariant: bool = False
    options: tuple[str, ...] = ()
    """What the script is not played without."""
    declared: tuple[str, ...] = ()
    """Fields of the strategy's profile that it needs."""


def pages(
    chosen: Sequence[Requirement],
    deciders: Mapping[str, Sequence[Decider]],
    proofs: Mapping[str, KillProof],
    costs: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """File names and texts, the index first.

    `costs` says by id what it may cost where a requirement is not met.
    """
    yield INDEX, _text(_index(chosen))
    for entry in chosen:
        mine, proof = deciders.get(entry.id, ()), proofs.get(entry.id, NO_PROOF)
        lines = _page(entry, mine, proof, costs.get(entry.id, ""))
        yield f"{entry.id}.md", _text(lines)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _index(chosen: Sequence[Requirement]) -> Iterator[str]:
    yield "# Requirements"
    for family in families():
        mine = [r for r in chosen if r.family == family.name]
        if not mine:
            continue
        yield from ("", f"## {flat(family.title)}", "")
        yield from ("| id | level | requirement |", "|---|---|---|")
        for entry in mine:
            excluded = " (excluded)" if entry.excluded else ""
            yield (
                f"| [{entry.id}]({entry.id}.md) | {entry.level} "
                f"| {flat(entry.sentence)}{excluded} |"
            )


def _page(
    entry: Requirement, deciders: Sequence[Decider], proof: KillProof, cost: str
) -> Iterator[str]:
    yield from (f"# {entry.id}", "", f"> {flat(entry.sentence)}", "")
    yield from ("| | |", "|---|---|")
    for name, value in _facts(entry):
        yield f"| {name} | {flat(value)} |"
    yield from ("", "## Why", "", *_why(entry, cost))
    yield from ("", "## What decides it", "", *_what(entry, deciders))
    if proof.mutants:
        yield from ("", "## What shows that it can fail", "", *_proof(proof))
    if deciders:
        yield from ("", "## Run just this", "", *_run(entry, deciders))
    yield from ("", f"[All requirements]({INDEX})")


def _facts(entry: Requirement) -> Iterator[tuple[str, str]]:
    titles = {item.number: item.title for item in checklist().items}
    family = next(f.title for f in families() if f.name == entry.family)
    yield "level", str(entry.level)
    yield "family", family
    yield "source", entry.source
    for number in entry.items:
        yield "item", f"{number}. {titles[number]}"
    for mode in entry.failure_modes:
        yield "failure mode", mode.replace("-", " ").capitalize()
    if entry.capability:
        yield (
            "capability",
            f"{entry.capability}: not applicable where it is not claimed",
        )
    if entry.safety:
        yield "safety", "it cannot be waived"


def _why(entry: Requirement, cost: str) -> Iterator[str]:
    if cost:
        yield from (cost, "")
    if entry.source.startswith("axiom"):
        yield "One of the few sentences of our own: an axiom that no document need say."
    if entry.level is Level.MUST:
        yield "A MUST: a subject that breaks it is not ready."
    else:
        yield "A SHOULD: where it is broken the report warns, and nothing is blocked."


def _what(entry: Requirement, deciders: Sequence[Decider]) -> Iterator[str]:
    if entry.excluded:
        yield f"Nothing: it is excluded. {flat(entry.excluded)}"
        return
    if not deciders:
        yield f"No script of this version plays it: it needs {NEEDS[entry.needs]}."
        return
    yield from (
        "| script | what it plays | check | it reads met only if |",
        "|---|---|---|---|",
    )
    for row in deciders:
        script = "every transcript" if row.invariant else f"`{row.script}`"
        if row.subject == "session":
            script = "a recorded session"
        check = row.check.replace("_", " ")
        yield f"| {script} | {flat(row.purpose)} | {check} | {flat(row.occurs)} |"


def _proof(proof: KillProof) -> Iterator[str]:
    yield f"{proof.killed} of {len(proof.mutants)} subjects with one fault are caught:"
    yield ""
    for name in proof.mutants:
        yield f"- `{name}`"


def _run(entry: Requirement, deciders: Sequence[Decider]) -> Iterator[str]:
    yield "```sh"
    for subject in dict.fromkeys(row.subject for row in deciders):
        if subject == "session":
            yield SESSION
            continue
        mine = [row for row in deciders if row.subject == subject]
        words = ["pytest", SUBJECTS[subject], "--conformance-only"]
        words += dict.fromkeys(o for row in mine for o in row.options)
        yield " ".join([*words, "--conformance-requirement", entry.id])
    yield "```"
    declared = dict.fromkeys(name for row in deciders for name in row.declared)
    if declared:
        names = ", ".join(f"`{name}`" for name in declared)
        yield ""
        yield f"The profile (`--strategy-profile FILE`) must declare {names}."
