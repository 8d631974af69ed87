"""What stops a run or a script, told apart by whose fault it is.

A subject that is wrong is a *finding*, a value; it is never raised. What is raised:

- `RunError`: we could not judge (the subject is away, silent, dead). Before the first
  script it ends the run with exit status 4, later the verdict is "not verified".
- `UsageError`: the user's options or files; exit status 4.
- `SuiteFault`: we sent or computed something illegal; exit status 3, please report.
"""

from dataclasses import dataclass


class ConformanceError(Exception):
    """The root of everything this package raises."""


class RunError(ConformanceError):
    """We could not judge."""


@dataclass(eq=False)
class SubjectUnreachable(RunError):
    """Nothing answers at the subject's address."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"no Gateway can be reached at {self.url}: {self.reason}"


@dataclass(eq=False)
class SubjectSilent(RunError):
    """What was waited for did not come within its time."""

    awaited: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.awaited} did not come within {self.seconds:g} s"


@dataclass(eq=False)
class SubjectExited(RunError):
    """The subject's process ended by itself."""

    command: str
    status: int | None
    log_tail: str

    def __str__(self) -> str:
        said = self.log_tail.strip().splitlines()
        last = f": {said[-1]}" if said else ""
        return f"the command {self.command!r} exited with status {self.status}{last}"


@dataclass(eq=False)
class ProviderMissing(RunError):
    """The Gateway was built without the provider that a script needs."""

    provider: str

    def __str__(self) -> str:
        return f"this build has no {self.provider} provider"


@dataclass(eq=False)
class NotAGateway(RunError):
    """Something answers, but it does not speak the Gateway's protocol."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"what answers at {self.url} is no Gateway: {self.reason}"


@dataclass(eq=False)
class SubjectUnfit(RunError):
    """The doctor found what would make every verdict meaningless."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(eq=False)
class StepFailed(RunError):
    """A script's step was refused, so the rest of the script makes no sense."""

    step: str
    observed: str
    answered: bool = True
    """Whether there was an answer: a subject that fell silent refused nothing."""

    def __str__(self) -> str:
        return f"{self.step} was answered with {self.observed}"


class UsageError(ConformanceError):
    """The user's options or files cannot be used."""


@dataclass(eq=False)
class BadOption(UsageError):
    """One option has a value that cannot be used."""

    option: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.option} {self.value}".rstrip() + f": {self.reason}"


@dataclass(eq=False)
class BadFile(UsageError):
    """One file of the user's cannot be used; `line` counts from 1, 0 if unknown."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.reason}"


@dataclass(eq=False)
class SafetyRefusal(UsageError):
    """We send nothing that could trade, because real money may be at stake."""

    reason: str

    def __str__(self) -> str:
        return f"refused for safety: {self.reason}"


@dataclass(eq=False)
class SuiteFault(ConformanceError):
    """We were wrong: please report it."""

    what: str

    def __str__(self) -> str:
        return f"fault of the suite: {self.what}; please report it"
