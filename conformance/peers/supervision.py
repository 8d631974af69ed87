"""Finds out what starts a strategy, and starts it again where it has ended."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

Reads = Callable[[str], str]
"""From a path below the root to the file's text; empty where there is none."""

Says = Callable[..., str]
"""From a command's words to what it prints; empty where it is not there."""

NOT_TOLD = "not told: --pid or --unit names it"
INSIDE = "a container, seen from inside: its host knows more"
CONTAINER = re.compile(r"(docker|libpod|crio|cri-containerd|kubepods).*?([0-9a-f]{64})")
SHOWN = "Restart,ActiveState,LoadState,UnitFileState,MainPID"


@dataclass(frozen=True, slots=True)
class Supervision:
    """What starts it, what happens where it ends, and whether it starts at boot.

    `terminal` is where it is bound to one. All are empty where nobody knows.
    """

    service: str = ""
    restart: str = ""
    at_boot: str = ""
    terminal: str = ""


def of_systemd(
    reads: Reads, says: Says, pid: int | None, unit: str | None, inside: bool
) -> Supervision:
    """On Linux: a unit of systemd, a container, or whatever is its parent.

    `inside` says that we are in a container: its policy is seen from outside only.
    """
    if pid is None and unit is None:
        return Supervision(NOT_TOLD, NOT_TOLD, NOT_TOLD, NOT_TOLD)
    terminal = _terminal(reads, pid)
    groups = reads(f"proc/{pid}/cgroup") if pid is not None else ""
    container = CONTAINER.search(groups)
    named = unit or _unit_of(groups)
    if container and unit is None:
        found = _container(says, container[1], container[2])
    elif named:
        found = _unit(says, named)
    elif inside:
        found = Supervision(INSIDE)
    else:
        found = Supervision(f"none: started by {_parent(reads, pid)}", "no", "no")
    return Supervision(found.service, found.restart, found.at_boot, terminal)


def _terminal(reads: Reads, pid: int | None) -> str:
    if pid is None:
        return ""
    # The name, in brackets, may hold blanks and brackets of its own.
    after = reads(f"proc/{pid}/stat").rpartition(")")[2].split()
    if len(after) < 5 or not after[4].lstrip("-").isdecimal():
        return ""
    return "none" if after[4] == "0" else "bound to one"


def _unit_of(groups: str) -> str:
    """The innermost service of a control group's path; a login's scope is none."""
    parts = [p for row in groups.splitlines() for p in row.split("/")]
    services = [p for p in parts if p.endswith(".service")]
    return next((s for s in reversed(services) if not s.startswith("user@")), "")


def _unit(says: Says, name: str) -> Supervision:
    facts: dict[str, str] = {}
    for mine in ((), ("--user",)):
        rows = says("systemctl", *mine, "show", "-p", SHOWN, "--", name).splitlines()
        facts = dict(row.split("=", 1) for row in rows if "=" in row)
        if facts.get("LoadState") == "loaded":
            who = "systemd, of a user" if mine else "systemd"
            told = f"{name} ({who}), {facts.get('ActiveState', '')}"
            restart, boot = facts.get("Restart", ""), facts.get("UnitFileState", "")
            return Supervision(told, restart, boot)
    if facts:
        return Supervision(f"{name} is not known to systemd", "", "")
    return Supervision(f"{name} (systemd)", "", "")


def _container(says: Says, kind: str, name: str) -> Supervision:
    program = {"docker": "docker", "libpod": "podman"}.get(kind)
    told = f"container {name[:12]} ({program or kind})"
    if program is None:
        return Supervision(told)
    policy = says(
        program, "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", name
    )
    boot = {"always": "enabled", "unless-stopped": "enabled", "no": "no"}
    return Supervision(told, policy, boot.get(policy, ""))


def _parent(reads: Reads, pid: int | None) -> str:
    after = reads(f"proc/{pid}/stat").rpartition(")")[2].split()
    parent = after[1] if len(after) > 1 else ""
    return reads(f"proc/{parent}/comm") or "an unknown process"


def of_launchd(
    _: Reads, says: Says, pid: int | None, unit: str | None, inside: bool
) -> Supervision:
    """On macOS: a job of launchd; of a process alone only its parent is seen."""
    if pid is None and unit is None:
        return Supervision(NOT_TOLD, NOT_TOLD, NOT_TOLD, NOT_TOLD)
    terminal = ""
    if pid is not None:
        tty = says("ps", "-o", "tty=", "-p", str(pid))
        terminal = "none" if tty.startswith("?") else "bound to one" if tty else ""
    found = _job(says, unit) if unit else _mac_parent(says, pid)
    return Supervision(found.service, found.restart, found.at_boot, terminal)


def _job(says: Says, label: str) -> Supervision:
    for domain in ("system", f"gui/{os.getuid()}", f"user/{os.getuid()}"):
        told = says("launchctl", "print", f"{domain}/{label}")
        if "state = " in told:
            row = next((r for r in told.splitlines() if "properties =" in r), "")
            restart = "keepalive" if "keepalive" in row else "no"
            boot = "enabled" if "runatload" in row or restart != "no" else "no"
            return Supervision(f"{label} (launchd, {domain})", restart, boot)
    return Supervision(f"{label} is not known to launchd")


def _mac_parent(says: Says, pid: int | None) -> Supervision:
    parent = says("ps", "-o", "ppid=", "-p", str(pid)).strip()
    if parent == "1":
        return Supervision("launchd")
    name = says("ps", "-o", "comm=", "-p", parent) if parent else ""
    return Supervision(f"none: started by {name or 'an unknown process'}", "no", "no")
