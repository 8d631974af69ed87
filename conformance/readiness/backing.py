"""What a decision rests on, as it is shown: statements, host, runs, validity."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttestationStanding:
    """A statement of a named person: shown apart, never as measured."""

    item: int
    statement: str
    """Its id in checklist.toml."""
    title: str
    text: str
    name: str
    date: str
    scope: dict[str, str]
    """strategy_sha256, account, broker: what it speaks of."""
    evidence: str
    evidence_sha256: str
    values: dict[str, str]
    """Figures that a rule reads: a drawdown limit in percent, say."""
    expires: str
    state: str
    """"valid", or why it does not count: "expired", "missing", "not yet", "incomplete",
    "evidence changed", "evidence missing", "of another strategy", "of another account",
    "of another broker", "contradicted"."""
    reason: str


@dataclass(frozen=True, slots=True)
class HostFact:
    """One fact of the machine that runs the strategy, beside the attestation."""

    name: str
    value: str
    concern: str
    """Why it speaks against a server; empty where it does not."""


@dataclass(frozen=True, slots=True)
class RunShown:
    """One run that the decision was made from."""

    folder: str
    subject: str
    """"gateway", "strategy" or "pair"."""
    address: str
    started: str
    complete: bool
    digest: str
    set_aside: str = ""
    """Why nothing of it was used: "made for another strategy"; empty where it was."""


@dataclass(frozen=True, slots=True)
class Validity:
    """Until when, and of what, a report speaks."""

    until: str
    """The last day (UTC)."""
    bound: dict[str, str]
    """Name to hash or version: strategy, gateway, contract, suite, configuration."""
    why: str = ""
    """What it is that ends then: a statement, a waiver, or the oldest evidence."""


@dataclass(frozen=True, slots=True)
class HollowWarning:
    """A sign that a run took place and yet showed little."""

    sign: str
    """"nothing traced", "answers refused", "market closed", "no order", "no fill" or
    "not verified"."""
    where: str
    """The folder of the run or the name of the session; empty for the only run."""
    sentence: str
    fix: str
