"""What a run leaves behind, and the exit status that it asks for."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from conformance.errors import BadOption
from conformance.evidence.redaction import Redactor
from conformance.judge.record import RunRecord, SubjectFacts
from conformance.plugin.findings import printable
from conformance.readiness.assembly import NOTHING, assemble, decided
from conformance.readiness.dossier import Dossier, Run
from conformance.readiness.model import Readiness
from conformance.readiness.waivers import Waiver
from conformance.report.blocking import blocker_lines
from conformance.report.bundle import write_bundle
from conformance.report.terminal import summary_lines

ORDER = (3, 4, 2, 1, 5)
"""Of two exit statuses, the one that comes first here wins; 0 is none of them."""


def today() -> date:
    """The day by which waivers are judged."""
    return datetime.now(UTC).date()


def leave(
    record: RunRecord,
    directory: Path,
    *,
    waivers: tuple[Waiver, ...] = (),
    stage: str | None = None,
    secrets: tuple[str, ...] = (),
    beside: Dossier = NOTHING,
) -> tuple[int, tuple[str, ...]]:
    """Writes the report; the exit status and the summary's lines.

    `beside` is what the decision is made from beside this run, and what is declared.
    """
    if beside.decides:
        dossier = replace(beside, runs=(*beside.runs, Run(record)), waivers=waivers)
        command = record.command_line
        told, record = decided(dossier, today(), stage, command=command)
    else:
        told = assemble(record, waivers, today(), stage, declared=beside)
    return keep(told, record, directory, secrets)


def keep(
    readiness: Readiness,
    record: RunRecord,
    directory: Path,
    secrets: tuple[str, ...] = (),
) -> tuple[int, tuple[str, ...]]:
    """Writes a report that is made; the exit status and the summary's lines."""
    redactor = Redactor(secrets)
    *said, verdict = summary_lines(readiness)
    told = (*said, *blocker_lines(readiness), verdict)
    lines = tuple(printable(redactor.text(line)) for line in told)
    try:
        path = write_bundle(readiness, record, directory, secrets)
    except BadOption as error:
        return worse(4, readiness.exit_status), (*lines, str(error))
    return readiness.exit_status, (*lines, f"report: {path}")


def unbegun(
    error: str | None, values: Mapping[str, object], interrupted: bool = False
) -> RunRecord:
    """The record of a run that ended before anything could be judged."""
    kinds = (("gateway_url", "url"), ("gateway_cmd", "command"))
    kind, named = next(
        ((kind, values[name]) for name, kind in kinds if values.get(name)),
        ("strategy", values.get("strategy_cmd") or values.get("strategy_profile")),
    )
    shown = Redactor().text(str(named or ""))
    subject = SubjectFacts(kind, shown)
    if kind == "command" and (strategy := values.get("strategy_cmd")):
        subject = SubjectFacts("pair", shown, strategy=Redactor().text(str(strategy)))
    return RunRecord(
        subject=subject,
        seed=0,
        command_line=command_line(sys.argv),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        planned=(),
        outcomes=(),
        transcripts=(),
        interrupted=interrupted,
        error=error,
    )


def command_line(words: Sequence[str], secrets: tuple[str, ...] = ()) -> str:
    """A line that a shell reads as these words, and that starts this run again."""
    redactor = Redactor(secrets)
    program, *rest = map(redactor.text, words)
    path = Path(program)
    name = ["python", "-m", path.parent.name] if path.name == "__main__.py" else None
    return redactor.text(shlex.join([*(name or [path.name]), *rest]))


def worse(one: int, other: int) -> int:
    """The exit status of two that outranks; an unknown one of the user's stays."""
    unknown = next((s for s in (one, other) if s not in (0, *ORDER)), None)
    found = next((s for s in ORDER if s in (one, other)), 0)
    return found if unknown is None else unknown
