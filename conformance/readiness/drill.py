"""Decides whether nothing but a simulation was judged: a drill never reads READY."""

from conformance import __version__
from conformance.judge.record import RunRecord, SubjectFacts
from conformance.readiness.dossier import Dossier, Run
from conformance.spec.platforms import Mode, platform_of


def is_drill(dossier: Dossier) -> bool:
    """Whether it is a drill.

    Our own Gateway, a mock and a sample session always are. A Gateway that the suite
    started itself has nothing but simulations beneath it: it counts where a session
    shows the same build on a broker's platform.
    """
    if any(s.sample or s.reference or s.kind == "mock" for s in dossier.sessions):
        return True
    traded = bool(dossier.of_kind("paper", "live"))
    return any(_simulates(run, traded) for run in dossier.runs)


def _simulates(run: Run, traded: bool) -> bool:
    subject = run.record.subject
    if "embedded" in (subject.kind, subject.address) or _is_ours(subject):
        return True
    if subject.kind == "strategy":
        # It is the strategy itself that is judged, whatever is played around it.
        return False
    if subject.kind == "pair":
        return subject.address == "embedded"
    if subject.kind == "command" and traded:
        return False
    return _without_a_broker(run.record)


def _is_ours(subject: SubjectFacts) -> bool:
    """Our own Gateway, whoever started it, tells our version and no build."""
    return subject.version == __version__ and subject.git_sha == "unknown"


def _without_a_broker(record: RunRecord) -> bool:
    if not record.subject.platforms:
        # A run that ended before anything was judged has not seen what is there.
        return record.error is None
    known = [platform_of(name) for name in record.subject.platforms]
    return any(p is not None and p.mode is Mode.SIMULATED for p in known)
