"""What was not proven, and the command that would prove it."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness
from conformance.spec.catalogue import Requirement, load_catalogue

STRATEGY = "pytest --strategy-cmd COMMAND --strategy-profile FILE"
SESSION = (
    "conformance record --gateway-url URL --listen HOST:PORT --out DIR\n"
    "conformance readiness --run DIR --session DIR --attestations FILE"
)
GATEWAY = "pytest --gateway-url URL"
BELOW = "pytest --gateway-cmd COMMAND"
FUZZ = "pytest --gateway-cmd COMMAND --gateway-fuzz"


@dataclass(frozen=True, slots=True)
class Unproven:
    """Requirements that are open for one reason, and what would decide them."""

    reason: str
    command: str
    requirements: tuple[str, ...]


def unproven(readiness: Readiness) -> tuple[Unproven, ...]:
    """What is not verified, by reason; the reason of most stands first."""
    known = {r.id: r for r in load_catalogue()}
    groups: dict[tuple[str, str], list[str]] = {}
    for each in readiness.having(Verdict.NOT_VERIFIED):
        command = _command(each.id, known)
        groups.setdefault((each.reason, command), []).append(each.id)
    ordered = sorted(groups.items(), key=lambda pair: -len(pair[1]))
    return tuple(
        Unproven(reason, _narrowed(command, ids), tuple(ids))
        for (reason, command), ids in ordered
    )


def _command(requirement: str, known: Mapping[str, Requirement]) -> str:
    found = known.get(requirement)
    if found is None:
        return GATEWAY
    needs = {"strategy": STRATEGY, "session": SESSION, "fuzz": FUZZ}
    needs |= {"engine": BELOW, "venue": BELOW}
    return needs.get(found.needs, GATEWAY)


def _narrowed(command: str, requirements: list[str]) -> str:
    """One requirement alone can be asked for by its name."""
    if len(requirements) > 1 or command == SESSION:
        return command
    return f"{command} --conformance-requirement {requirements[0]}"
