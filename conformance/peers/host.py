"""Looks at the machine that a strategy runs on; what it cannot see reads "unknown"."""

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from conformance.errors import BadOption
from conformance.peers.sntp import clock_offset
from conformance.peers.supervision import Supervision, of_launchd, of_systemd

UNKNOWN = "unknown"
NONE = "none"
SECONDS = 5.0
"""How long one command may take."""

TARGETS = ("sleep.target", "suspend.target", "hibernate.target", "hybrid-sleep.target")
CONTAINERS = frozenset({"docker", "podman", "lxc", "systemd-nspawn", "container-other"})
PORTABLE = frozenset({8, 9, 10, 14, 30, 31, 32})
"""The chassis types of the firmware (SMBIOS) that are carried about."""

SERVERS = frozenset({17, 23, 25, 28, 29})
DESKTOPS = frozenset({3, 4, 5, 6, 7, 13, 15, 16, 24, 35, 36})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which process or unit the strategy is, and whom to ask for the time."""

    pid: int | None = None
    unit: str | None = None
    time_server: str | None = None
    folder: Path = Path()
    """Where the strategy writes."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where facts are read from: the files below a root, and commands."""

    root: Path = Path("/")
    system: str = field(default_factory=platform.system)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def text(self, path: str) -> str:
        """A file's text; empty where it cannot be read."""
        with suppress(OSError):
            return (self.root / path).read_bytes().decode("utf-8", "replace").strip()
        return ""

    def names(self, path: str) -> list[str]:
        """What is in a folder; nothing where it cannot be read."""
        with suppress(OSError):
            return sorted(entry.name for entry in (self.root / path).iterdir())
        return []

    def says(self, *words: str) -> str:
        """What a command prints, whatever its status; empty where it is not there."""
        program = shutil.which(words[0], path=self.environment.get("PATH"))
        if program is None:
            return ""
        with suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(
                [program, *words[1:]],
                capture_output=True,
                timeout=SECONDS,
                stdin=subprocess.DEVNULL,
                env={**self.environment, "LC_ALL": "C"},
                check=False,
            )
            return done.stdout.decode("utf-8", "replace").strip()
        return ""


def look_at_host(asked: Asked, machine: Machine | None = None) -> dict[str, str]:
    """Every fact by its name.

    Raises BadOption where the process or the time server that was named is not there.
    """
    seen = machine or Machine()
    if asked.pid is not None and not _lives(asked.pid):
        raise BadOption("--pid", str(asked.pid), "no process has this number")
    mac = seen.system == "Darwin"
    look: Mapping[str, Callable[[Machine], str]] = _MAC if mac else _LINUX
    supervise = of_launchd if mac else of_systemd
    found = {name: find(seen) or UNKNOWN for name, find in look.items()}
    inside = found["virtualisation"] in CONTAINERS
    return {
        "system": " ".join((seen.system, platform.release(), platform.machine())),
        **found,
        "clock offset": clock_offset(asked.time_server) or UNKNOWN,
        "disk": _disk(asked.folder) or UNKNOWN,
        **_supervision(supervise(seen.text, seen.says, asked.pid, asked.unit, inside)),
    }


def _supervision(found: Supervision) -> dict[str, str]:
    return {
        "service": found.service or UNKNOWN,
        "restart policy": found.restart or UNKNOWN,
        "at boot": found.at_boot or UNKNOWN,
        "terminal": found.terminal or UNKNOWN,
    }


def _lives(pid: int) -> bool:
    if pid < 1:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


# --- Linux ---


def _virtualisation(seen: Machine) -> str:
    told = seen.says("systemd-detect-virt")
    if told:
        return told
    if (seen.root / ".dockerenv").exists():
        return "docker"
    if (seen.root / "run/.containerenv").exists():
        return "podman"
    cpu = seen.text("proc/cpuinfo")
    product = seen.text("sys/class/dmi/id/product_name")
    if " hypervisor" in cpu:
        return product or "a hypervisor"
    return NONE if cpu else ""


def _chassis(seen: Machine) -> str:
    told = seen.text("sys/class/dmi/id/chassis_type")
    if not told.isdecimal():
        return ""
    kinds = (("laptop", PORTABLE), ("server", SERVERS), ("desktop", DESKTOPS))
    return next((name for name, them in kinds if int(told) in them), "")


def _battery(seen: Machine) -> str:
    folder = "sys/class/power_supply"
    if not (seen.root / folder).is_dir():
        return ""
    found = [
        f"{name} {seen.text(f'{folder}/{name}/capacity') or '?'} %"
        for name in seen.names(folder)
        if seen.text(f"{folder}/{name}/type") == "Battery"
        # A mouse has one too.
        and seen.text(f"{folder}/{name}/scope") != "Device"
    ]
    return ", ".join(found) or NONE


def _lid(seen: Machine) -> str:
    folder = "proc/acpi/button/lid"
    states = [seen.text(f"{folder}/{name}/state") for name in seen.names(folder)]
    if states:
        return states[0].partition(":")[2].strip() or "present"
    return NONE if seen.text("proc/cpuinfo") else ""


def _sleep(seen: Machine) -> str:
    states = seen.says("systemctl", "is-enabled", *TARGETS).split()
    if states and all(state == "masked" for state in states):
        return "masked"
    path = seen.root / "sys/power/state"
    if not path.is_file():
        return ""
    kinds = seen.text("sys/power/state").split()
    return f"possible: {' '.join(kinds)}" if kinds else "impossible"


def _synchronised(seen: Machine) -> str:
    told = seen.says("timedatectl", "show", "-p", "NTPSynchronized", "--value")
    if told in ("yes", "no"):
        return told
    for line in seen.says("chronyc", "tracking").splitlines():
        if line.startswith("Leap status"):
            return "no" if "Not synchronised" in line else "yes"
    return ""


def _uptime(seen: Machine) -> str:
    first = seen.text("proc/uptime").partition(" ")[0]
    try:
        return _span(float(first))
    except ValueError:
        return ""


# --- macOS ---


def _mac_virtualisation(seen: Machine) -> str:
    told = seen.says("sysctl", "-n", "kern.hv_vmm_present")
    return {"0": NONE, "1": "a hypervisor"}.get(told, "")


def _mac_chassis(seen: Machine) -> str:
    model = seen.says("sysctl", "-n", "hw.model")
    if not model:
        return ""
    return "laptop" if "Book" in model else "desktop"


def _mac_battery(seen: Machine) -> str:
    told = seen.says("pmset", "-g", "batt")
    if not told:
        return ""
    rows = [row.split() for row in told.splitlines() if "InternalBattery" in row]
    return ", ".join(row[0].lstrip("-") for row in rows) or NONE


def _mac_lid(seen: Machine) -> str:
    told = seen.says("ioreg", "-r", "-k", "AppleClamshellState", "-d", "4")
    if not told:
        return NONE if seen.says("sysctl", "-n", "hw.model") else ""
    return "closed" if '"AppleClamshellState" = Yes' in told else "open"


def _mac_sleep(seen: Machine) -> str:
    for row in seen.says("pmset", "-g").splitlines():
        words = row.split()
        if len(words) > 1 and words[0] == "sleep" and words[1].isdecimal():
            return "off" if words[1] == "0" else f"after {words[1]} min"
    return ""


def _mac_synchronised(seen: Machine) -> str:
    told = seen.says("systemsetup", "-getusingnetworktime")
    return {"On": "yes", "Off": "no"}.get(told.rpartition(": ")[2], "")


def _mac_uptime(seen: Machine) -> str:
    told = seen.says("sysctl", "-n", "kern.boottime").replace(",", " ").split()
    with suppress(ValueError, IndexError):
        return _span(time.time() - int(told[told.index("sec") + 2]))
    return ""


_LINUX = {
    "virtualisation": _virtualisation,
    "chassis": _chassis,
    "battery": _battery,
    "lid": _lid,
    "sleep": _sleep,
    "clock synchronised": _synchronised,
    "uptime": _uptime,
}
_MAC = {
    "virtualisation": _mac_virtualisation,
    "chassis": _mac_chassis,
    "battery": _mac_battery,
    "lid": _mac_lid,
    "sleep": _mac_sleep,
    "clock synchronised": _mac_synchronised,
    "uptime": _mac_uptime,
}


def _span(seconds: float) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 1440} d {minutes // 60 % 24} h {minutes % 60} min"


def _disk(folder: Path) -> str:
    with suppress(OSError):
        usage = shutil.disk_usage(folder)
        free, total = (n / 1024**3 for n in (usage.free, usage.total))
        return f"{free:.1f} GiB of {total:.1f} GiB free"
    return ""
