"""Gathers what a decision is made from beside a run: what was kept, and was stated."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from conformance.errors import BadFile
from conformance.evidence.transcript import Transcript
from conformance.judge.session.model import Comparison, SessionFacts
from conformance.readiness.attestations import read_attestations
from conformance.readiness.backing import (
    HostFact,
)
from conformance.readiness.dossier import Dossier, Run
from conformance.readiness.stored import read_report, report_path
from conformance.readiness.waivers import read_waivers
from conformance.report.json_report import tampering
from conformance.settings import Settings
from conformance.spec.profile import Profile
from conformance.suite.stored_runs import stored_run

Judged = tuple[tuple[SessionFacts, ...], tuple[Transcript, ...], tuple[Comparison, ...]]


def gathered(
    *,
    runs: Sequence[Path] = (),
    sessions: Sequence[Path] = (),
    attestations: Path | None = None,
    waivers: Path | None = None,
    profile: Profile | None = None,
    host: tuple[HostFact, ...] = (),
) -> Dossier:
    """Everything that is kept in these folders and files, judged again.

    Raises BadFile where one of them cannot be used.
    """
    declared = Profile() if profile is None else profile
    facts, records, comparisons = _sessions(sessions, declared)
    files = {
        "profile": Path(declared.source) if declared.source else None,
        "waivers": waivers,
        "attestations": attestations,
    }
    return Dossier(
        runs=tuple(map(_run, _each(runs, "run"))),
        sessions=facts,
        of_sessions=records,
        comparisons=comparisons,
        attestations=read_attestations(attestations) if attestations else None,
        host=host,
        waivers=read_waivers(waivers) if waivers else (),
        profile=declared,
        configuration=_digests(files),
    )


def beside(settings: Settings) -> Dossier:
    """What the user named beside the run that is about to begin."""
    return gathered(
        runs=settings.earlier_runs,
        sessions=settings.sessions,
        attestations=settings.attestations,
        waivers=settings.waivers,
        profile=settings.profile,
    )


def _each(folders: Sequence[Path], what: str) -> Sequence[Path]:
    """The folders; one that is named twice would count twice."""
    seen: set[Path] = set()
    for folder in folders:
        if folder.resolve() in seen:
            raise BadFile(str(folder), 0, f"this {what} is named twice")
        seen.add(folder.resolve())
    return folders


def _run(folder: Path) -> Run:
    found = stored_run(folder)
    _refuse_altered(folder)
    return Run(
        found.record,
        found.folder,
        found.digest,
        found.contract_sha256,
        found.requirement_set,
    )


def _refuse_altered(folder: Path) -> None:
    """What a run says of itself, that it was whole say, is read from its report."""
    if not report_path(folder).is_file():
        # Transcripts alone say nothing of the kind, and are told as not whole.
        return
    why = next(tampering(read_report(folder), folder), None)
    if why is not None:
        raise BadFile(str(folder), 0, f"{why}: make the run again")


def _sessions(folders: Sequence[Path], profile: Profile) -> Judged:
    if not folders:
        return (), (), ()
    # What judges sessions costs half a second to import: only who has one pays it.
    from conformance.suite.session import judged_together  # noqa: PLC0415

    found: Judged = judged_together(_each(folders, "session"), profile)
    names = [session.name for session in found[0]]
    for name in names:
        if names.count(name) > 1:
            folder = found[0][names.index(name)].folder
            raise BadFile(folder, 0, f"two sessions are called {name}: rename one")
    return found


def _digests(files: Mapping[str, Path | None]) -> dict[str, str]:
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
        if path is not None
    }
