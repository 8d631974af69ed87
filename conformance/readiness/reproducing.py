"""Decides how a finding is seen again: by its requests, or by a strategy's script."""

import shlex

from conformance.judge.record import RunRecord
from conformance.readiness.combining import with_own_names
from conformance.readiness.dossier import Dossier
from conformance.readiness.reproduction import Reproducer
from conformance.readiness.standing import Reproduce


def reproducing(dossier: Dossier) -> Reproduce:
    """From a transcript's name and entries to the line that shows them again.

    What a session recorded is shown by nothing: sent again, it would trade.
    """
    records = sorted((r.record for r in dossier.runs), key=lambda r: r.started)
    lines: dict[str, Reproduce] = {}
    for record in with_own_names(records):
        line = _line(record, dossier.profile.source)
        lines.update((transcript.name, line) for transcript in record.transcripts)

    def told(name: str, entries: tuple[int, ...]) -> str:
        return lines[name](name, entries) if name in lines else ""

    return told


def _line(record: RunRecord, profile: str) -> Reproduce:
    facts = record.subject
    if facts.judged == "gateway":
        return Reproducer(record.transcripts).line
    scripts = {t.name: t.header.script for t in record.transcripts}
    asked = f"--strategy-cmd {shlex.quote(facts.strategy or facts.address)}"
    if profile:
        asked += f" --strategy-profile {shlex.quote(profile)}"
    if facts.kind == "pair":
        asked += f" --gateway-cmd {shlex.quote(facts.address)}"

    def line(name: str, _: tuple[int, ...]) -> str:
        script = scripts.get(name, name)
        return f"pytest {asked} gateway-conformance/{script}"

    return line
