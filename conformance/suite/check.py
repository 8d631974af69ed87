"""How a check is written down: a requirement, its situation, a function."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TypeAlias

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation
from conformance.peers.scene import Needs, Scene, Script

Judgement: TypeAlias = Callable[[Transcript], Iterator[Observation]]


@dataclass(frozen=True, slots=True)
class Check:
    """Decides one requirement on one script's transcript.

    It yields an Occurrence for every place where its situation occurred and a Finding
    for every violation; one that yields nothing reads "not verified: did not occur".
    """

    requirement: str
    occurs: str
    function: Judgement
    script: str
    invariant: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__


_CHECKS = "__conformance_checks__"


def check(requirement: str, *, occurs: str) -> Callable[[Judgement], Judgement]:
    """Registers a function as the check of a requirement.

    `occurs` is the situation in words: "a second cancel was answered". A function may
    be registered for several requirements, if the same observation decides them all.
    """

    def register(function: Judgement) -> Judgement:
        registered = [*getattr(function, _CHECKS, ()), (requirement, occurs)]
        setattr(function, _CHECKS, tuple(registered))
        return function

    return register


@dataclass(frozen=True, slots=True)
class SuiteModule:
    """One script and its checks; `scene` is None for a module of invariants.

    `operation` is set where all checks are told as one: of what was generated for it.
    """

    name: str
    purpose: str
    scene: Scene | None
    checks: tuple[Check, ...]
    operation: str = ""


def read_module(module: ModuleType, prefix: str = "") -> SuiteModule:
    """The script and the checks that a suite module declares, under its name."""
    name = prefix + module.__name__.rpartition(".")[2].replace("_", "-")
    script: Script | None = getattr(module, "script", None)
    needs: Needs = getattr(module, "NEEDS", Needs())
    scene = Scene(name, script, needs) if script is not None else None
    checks = tuple(_checks_of(vars(module), name, invariant=scene is None))
    purpose = (module.__doc__ or "").strip().partition("\n")[0]
    return SuiteModule(name, purpose, scene, checks)


def _checks_of(
    names: Mapping[str, object], script: str, invariant: bool
) -> Iterator[Check]:
    for function in names.values():
        for requirement, occurs in getattr(function, _CHECKS, ()):
            yield Check(requirement, occurs, function, script, invariant)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Suite:
    """All modules of one kind of subject, and the checks by requirement."""

    modules: tuple[SuiteModule, ...]
    checks: tuple[Check, ...] = field(init=False)

    def __post_init__(self) -> None:
        found = tuple(check for module in self.modules for check in module.checks)
        object.__setattr__(self, "checks", found)
