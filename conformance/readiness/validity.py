"""Decides until when a report speaks, and of what."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from conformance import __version__
from conformance.readiness.backing import (
    Validity,
)
from conformance.readiness.case import Case
from conformance.readiness.dossier import day_of
from conformance.spec.catalogue import catalogue_sha256
from conformance.spec.checklist import checklist
from conformance.spec.documents import document_sha256


def validity(case: Case) -> Validity:
    """The earliest of what expires: statements, waivers, and the oldest evidence."""
    until, why = min(_ends(case), default=(None, ""))
    return Validity(until.isoformat() if until else "", _bound(case), why)


def _ends(case: Case) -> Iterator[tuple[date, str]]:
    for row in case.statements:
        if row.state == "valid":
            yield date.fromisoformat(row.expires), f"the statement {row.statement}"
    for requirement in case.requirements:
        waiver = requirement.waiver
        if waiver is not None and waiver.state == "valid":
            yield date.fromisoformat(waiver.expires), f"the waiver of {requirement.id}"
    days = timedelta(checklist().rules.evidence_days)
    for run in case.dossier.runs:
        day = day_of(run.record.started)
        if day is not None:
            yield day + days, f"the run {run.folder or 'of that day'}".strip()
    for session in case.dossier.sessions:
        day = day_of(session.ended)
        if day is not None and session.kind != "backtest":
            yield day + days, f"the session {session.name}"


def _bound(case: Case) -> dict[str, str]:
    return {
        "suite": __version__,
        "requirements": catalogue_sha256(),
        "contract": document_sha256(),
        "gateway": case.subjects.gateway_told,
        "strategy": case.subjects.strategy,
        "configuration": _configuration(case.dossier.configuration),
    }


def _configuration(files: dict[str, str]) -> str:
    """One digest over those of the user's files; the same where none was given."""
    told = "".join(f"{name} {digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(told.encode()).hexdigest()
