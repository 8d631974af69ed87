"""The shortest command that would prove what is missing."""

import shlex
from collections.abc import Collection, Sequence

from conformance.judge.session.model import Comparison
from conformance.readiness.case import Case
from conformance.spec.catalogue import Requirement
from conformance.spec.platforms import PLAYED

ATTEST = (
    "conformance attest --template > attestations.toml; fill it in; "
    "conformance attest attestations.toml"
)
LISTEN = "127.0.0.1:9080"


def for_gateway(case: Case) -> str:
    """Judges the Gateway."""
    for run in reversed(case.dossier.runs):
        subject = run.record.subject
        if subject.kind == "url":
            return f"pytest --gateway-url {shlex.quote(subject.address)}"
        by_command = subject.kind in ("command", "pair")
        if by_command and subject.address != "embedded":
            return f"pytest --gateway-cmd {shlex.quote(subject.address)}"
    return "pytest --gateway-url URL"


def for_strategy(case: Case) -> str:
    """Judges the strategy."""
    return f"pytest {_strategy(case)}"


def _strategy(case: Case) -> str:
    """The options that name the strategy."""
    command = case.dossier.profile.command
    for run in case.dossier.runs:
        if run.about_strategy:
            facts = run.record.subject
            command = facts.strategy or facts.address
    words = f"--strategy-cmd {shlex.quote(command) if command else 'COMMAND'}"
    source = case.dossier.profile.source
    return f"{words} --strategy-profile {shlex.quote(source)}" if source else words


def for_session(case: Case) -> str:
    """Records a session."""
    address = next(
        (
            run.record.subject.address
            for run in case.dossier.runs
            if run.record.subject.kind == "url"
        ),
        "URL",
    )
    return (
        f"conformance record --gateway-url {shlex.quote(address)} --listen {LISTEN} "
        f"--out DIR {_strategy(case)}, with the strategy connected to http://{LISTEN}"
    )


def for_requirement(
    requirement: Requirement, case: Case, providers: Collection[str] = ()
) -> str:
    """Decides one requirement again, on these brokers where they alone showed it."""
    if requirement.needs == "session":
        return for_session(case)
    asked = f"--conformance-requirement {requirement.id}"
    if requirement.needs == "strategy":
        return f"{for_strategy(case)} {asked}"
    if providers and {*providers} <= {*PLAYED}:
        return f"{_on_brokers(case, sorted(providers))} {asked}"
    return f"{for_gateway(case)} {asked}"


def _on_brokers(case: Case, providers: Sequence[str]) -> str:
    """Judges the Gateway on played brokers: that needs its command."""
    commands = (
        run.record.subject.address
        for run in case.dossier.runs
        if run.record.subject.kind == "command"
    )
    command = shlex.quote(next(commands, "COMMAND"))
    asked = "".join(f" --gateway-provider {name}" for name in providers)
    return f"pytest --gateway-cmd {command}{asked}"


def for_comparison(comparison: Comparison, case: Case) -> str:
    """Compares two sessions, row by row."""
    folders = {session.name: session.folder for session in case.dossier.sessions}
    names = (comparison.one, comparison.other)
    one, other = (shlex.quote(folders.get(name) or name) for name in names)
    return f"conformance compare {one} {other}"
