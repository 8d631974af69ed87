"""Decides how each statement stands: valid, or why it does not count."""

from collections.abc import Iterator
from datetime import date, timedelta

from conformance.readiness.attestations import Attestation
from conformance.readiness.backing import (
    AttestationStanding,
)
from conformance.readiness.contradictions import contradictions
from conformance.readiness.dossier import Dossier
from conformance.readiness.matching import Subjects
from conformance.readiness.values import NAME, TEXT, lacking
from conformance.spec.checklist import Statement, checklist
from conformance.spec.platforms import Mode, platform_of

VALID, MISSING, CONTRADICTED = "valid", "missing", "contradicted"
BROKEN = ("evidence changed", "evidence missing")


def statement_standings(
    dossier: Dossier, subjects: Subjects, today: date
) -> tuple[AttestationStanding, ...]:
    """Every statement of the checklist, in its order."""
    found = dossier.attestations
    return tuple(
        _missing(statement)
        if found is None or (given := found.of(statement.id)) is None
        else _given(statement, given, dossier, subjects, today)
        for statement in checklist().statements
    )


def expiry(given: Attestation) -> date:
    """The last day on which it speaks: its own, or the longest that is allowed."""
    days = checklist().statement(given.statement).longest_days
    return min(given.expires, given.dated + timedelta(days))


def _missing(statement: Statement) -> AttestationStanding:
    return AttestationStanding(
        item=statement.item,
        statement=statement.id,
        title=statement.title,
        text="",
        name="",
        date="",
        scope={},
        evidence="",
        evidence_sha256="",
        values={},
        expires="",
        state=MISSING,
        reason="nobody has stated it",
    )


def _given(
    statement: Statement,
    given: Attestation,
    dossier: Dossier,
    subjects: Subjects,
    today: date,
) -> AttestationStanding:
    reasons = _against(statement, given, dossier, subjects, today)
    state, reason = next(reasons, (VALID, ""))
    return AttestationStanding(
        item=statement.item,
        statement=statement.id,
        title=statement.title,
        text=given.text,
        name=given.name,
        date=given.dated.isoformat(),
        scope=dict(given.scope),
        evidence=given.evidence,
        evidence_sha256=given.evidence_sha256,
        values={
            name: "; ".join(value) if isinstance(value, tuple) else str(value)
            for name, value in given.values.items()
        },
        expires=expiry(given).isoformat(),
        state=state,
        reason=reason,
    )


def _against(
    statement: Statement,
    given: Attestation,
    dossier: Dossier,
    subjects: Subjects,
    today: date,
) -> Iterator[tuple[str, str]]:
    """Why it does not count, the gravest first."""
    told = contradictions(statement.id, given.values, dossier)
    if told:
        yield CONTRADICTED, "; ".join(told)
    if not given.seen_sha256:
        yield "evidence missing", f"{given.evidence} cannot be read"
    elif given.seen_sha256 != given.evidence_sha256:
        seen = given.seen_sha256
        yield "evidence changed", f"the SHA-256 of {given.evidence} is now {seen}"
    if given.dated > today:
        yield "not yet", f"its date, {given.dated}, lies in the future"
    if expiry(given) < today:
        yield "expired", _expired(statement, given)
    yield from _of_another(given, dossier, subjects)
    open_ = tuple(_lacking(statement, given, today))
    if open_:
        yield "incomplete", "; ".join(open_)


def _lacking(statement: Statement, given: Attestation, today: date) -> Iterator[str]:
    if given.text == TEXT:
        yield "its text is still the template's"
    if given.name == NAME:
        yield "nobody has put a name to it"
    yield from lacking(statement, given.values, today, checklist().rules)


def _expired(statement: Statement, given: Attestation) -> str:
    if expiry(given) == given.expires:
        return f"it expired on {given.expires}"
    return (
        f"it was made on {given.dated}, and such a statement speaks for "
        f"{statement.longest_days} days"
    )


def _of_another(
    given: Attestation, dossier: Dossier, subjects: Subjects
) -> Iterator[tuple[str, str]]:
    scope = given.scope
    strategy = scope["strategy_sha256"]
    if subjects.strategy and strategy != subjects.strategy:
        reason = f"it speaks of {strategy[:24]}, judged was {subjects.strategy[:24]}"
        yield "of another strategy", reason
    whole = dossier.attestations.scope if dossier.attestations else {}
    account = whole.get("account", scope["account"])
    if scope["account"] != account:
        reason = f"it speaks of {scope['account']}, the file of {account}"
        yield "of another account", reason
    brokers = _brokers(dossier)
    if brokers and scope["broker"].casefold() not in brokers:
        reason = f"it speaks of {scope['broker']}, traded was {', '.join(brokers)}"
        yield "of another broker", reason


def _brokers(dossier: Dossier) -> tuple[str, ...]:
    """Those behind the platforms that were traded on."""
    names = [p for s in dossier.of_kind("paper", "live") for p in s.platforms]
    names += [
        p for r in dossier.runs if r.about_gateway for p in r.record.subject.platforms
    ]
    known = (platform_of(name) for name in names)
    found = (p.broker for p in known if p is not None and p.mode is not Mode.SIMULATED)
    return tuple(dict.fromkeys(found))
