"""What a machine tells of itself is read; what it does not tell reads unknown."""

import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.errors import BadOption
from conformance.peers.host import Asked, Machine, look_at_host
from conformance.peers.sntp import ERA, clock_offset

CONTAINER = "a" * 64


def commands(folder: Path, **told: str) -> dict[str, str]:
    """Programs that print these texts, and the environment that finds no others."""
    folder.mkdir(exist_ok=True)
    for name, text in told.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    return {"PATH": str(folder)}


def machine(tmp_path: Path, system: str, texts: dict[str, str], **told: str) -> Machine:
    root = tmp_path / "root"
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    root.mkdir(exist_ok=True)
    return Machine(root, system, commands(tmp_path / "bin", **told))


LAPTOP = {
    "proc/cpuinfo": "flags : fpu vme\n",
    "proc/uptime": "93784.5 1.0\n",
    "proc/acpi/button/lid/LID/state": "state:      open\n",
    "sys/class/dmi/id/chassis_type": "10\n",
    "sys/class/power_supply/BAT0/type": "Battery\n",
    "sys/class/power_supply/BAT0/capacity": "87\n",
    "sys/class/power_supply/mouse/type": "Battery\n",
    "sys/class/power_supply/mouse/scope": "Device\n",
    "sys/class/power_supply/AC/type": "Mains\n",
    "sys/power/state": "freeze mem disk\n",
}


def test_a_laptop_is_seen_as_one(tmp_path: Path) -> None:
    seen = look_at_host(
        Asked(folder=tmp_path),
        machine(
            tmp_path,
            "Linux",
            LAPTOP,
            systemd_detect_virt="echo none; exit 1",
            systemctl='printf "static\\nstatic\\nstatic\\nstatic\\n"',
            timedatectl="echo no",
        ),
    )
    assert seen["virtualisation"] == "none"
    assert seen["chassis"] == "laptop"
    assert seen["battery"] == "BAT0 87 %"
    assert seen["lid"] == "open"
    assert seen["sleep"] == "possible: freeze mem disk"
    assert seen["clock synchronised"] == "no"
    assert seen["uptime"] == "1 d 2 h 3 min"
    assert "GiB free" in seen["disk"]
    assert seen["service"] == "not told: --pid or --unit names it"


def test_a_server_is_seen_as_one(tmp_path: Path) -> None:
    texts = {
        "proc/cpuinfo": "flags : fpu hypervisor\n",
        "sys/class/dmi/id/product_name": "KVM\n",
        "sys/class/dmi/id/chassis_type": "23\n",
        "sys/class/power_supply/.keep": "",
        "sys/power/state": "",
    }
    chrony = 'echo "Leap status     : Normal"'
    seen = look_at_host(Asked(), machine(tmp_path, "Linux", texts, chronyc=chrony))
    assert seen["virtualisation"] == "KVM"
    assert (seen["chassis"], seen["battery"]) == ("server", "none")
    assert (seen["lid"], seen["sleep"]) == ("none", "impossible")
    assert seen["clock synchronised"] == "yes"


def test_sleep_that_was_masked_reads_so(tmp_path: Path) -> None:
    masked = 'printf "masked\\nmasked\\nmasked\\nmasked\\n"; exit 1'
    seen = look_at_host(Asked(), machine(tmp_path, "Linux", LAPTOP, systemctl=masked))
    assert seen["sleep"] == "masked"


@pytest.mark.parametrize(
    ("path", "told"), [(".dockerenv", "docker"), ("run/.containerenv", "podman")]
)
def test_a_container_is_seen_as_one(tmp_path: Path, path: str, told: str) -> None:
    seen = look_at_host(Asked(), machine(tmp_path, "Linux", {path: ""}))
    assert seen["virtualisation"] == told


@pytest.mark.parametrize("system", ["Linux", "Darwin", "SunOS"])
def test_a_machine_that_tells_nothing_reads_unknown(
    tmp_path: Path, system: str
) -> None:
    asked = Asked(os.getpid(), folder=tmp_path / "away")
    seen = look_at_host(asked, machine(tmp_path, system, {}))
    del seen["system"]
    told = {name for name, value in seen.items() if value != "unknown"}
    assert told <= {"service", "restart policy", "at boot"}
    assert seen["service"] == "none: started by an unknown process"


def test_a_command_that_hangs_reads_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.peers.host.SECONDS", 0.2)
    busy = "while :; do :; done"
    hangs = machine(tmp_path, "Linux", {}, timedatectl=busy)
    assert look_at_host(Asked(), hangs)["clock synchronised"] == "unknown"


MAC = {
    "sysctl": (
        'case "$2" in kern.hv_vmm_present) echo 0;; hw.model) echo MacBookPro18,1;; '
        'kern.boottime) echo "{ sec = 100, usec = 5 } Thu";; esac'
    ),
    "pmset": (
        'case "$2" in batt) echo " -InternalBattery-0 (id=1)	80%; charging";; '
        '*) echo " sleep                10 (by x)";; esac'
    ),
    "ioreg": """echo '"AppleClamshellState" = No'""",
    "systemsetup": 'echo "Network Time: On"',
}


def test_a_macbook_is_seen_as_one(tmp_path: Path) -> None:
    seen = look_at_host(Asked(), machine(tmp_path, "Darwin", {}, **MAC))
    assert (seen["virtualisation"], seen["chassis"]) == ("none", "laptop")
    assert (seen["battery"], seen["lid"]) == ("InternalBattery-0", "open")
    assert (seen["sleep"], seen["clock synchronised"]) == ("after 10 min", "yes")
    assert seen["uptime"].endswith(" min")


def test_a_job_of_launchd_is_read(tmp_path: Path) -> None:
    told = (
        'case "$2" in system/*) printf '
        "'state = running\\nproperties = keepalive | runatload\\n';; esac"
    )
    seen = look_at_host(
        Asked(unit="com.me.strategy"), machine(tmp_path, "Darwin", {}, launchctl=told)
    )
    assert seen["service"] == "com.me.strategy (launchd, system)"
    assert (seen["restart policy"], seen["at boot"]) == ("keepalive", "enabled")


class TestSupervision:
    """What starts the strategy, and starts it again."""

    def group(self, text: str) -> dict[str, str]:
        mine = f"proc/{os.getpid()}"
        return {
            f"{mine}/cgroup": f"0::{text}\n",
            f"{mine}/stat": f"{os.getpid()} (a b) c) S 77 1 1 0 -1",
            "proc/77/comm": "bash\n",
        }

    UNIT = (
        'case "$*" in *--user*) exit 0;; *) printf '
        "'Restart=always\\nActiveState=active\\nLoadState=loaded\\n"
        "UnitFileState=enabled\\nMainPID=1\\n';; esac"
    )

    def test_a_unit_is_found_by_its_process(self, tmp_path: Path) -> None:
        texts = self.group("/system.slice/strategy.service")
        seen = look_at_host(
            Asked(os.getpid()), machine(tmp_path, "Linux", texts, systemctl=self.UNIT)
        )
        assert seen["service"] == "strategy.service (systemd), active"
        assert (seen["restart policy"], seen["at boot"]) == ("always", "enabled")
        assert seen["terminal"] == "none"

    def test_a_unit_of_a_user_is_told_as_one(self, tmp_path: Path) -> None:
        told = (
            'case "$*" in *--user*) printf '
            "'Restart=no\\nActiveState=active\\nLoadState=loaded\\n'"
            ";; *) printf 'LoadState=not-found\\n';; esac"
        )
        seen = look_at_host(
            Asked(unit="mine.service"), machine(tmp_path, "Linux", {}, systemctl=told)
        )
        assert seen["service"] == "mine.service (systemd, of a user), active"
        assert seen["restart policy"] == "no"

    def test_a_unit_that_nobody_knows_is_told_as_that(self, tmp_path: Path) -> None:
        told = "printf 'LoadState=not-found\\n'"
        seen = look_at_host(
            Asked(unit="none.service"), machine(tmp_path, "Linux", {}, systemctl=told)
        )
        assert seen["service"] == "none.service is not known to systemd"
        assert seen["restart policy"] == "unknown"

    @pytest.mark.parametrize(
        ("path", "program"),
        [
            (f"/system.slice/docker-{CONTAINER}.scope", "docker"),
            (f"/machine.slice/libpod-{CONTAINER}.scope", "podman"),
        ],
    )
    def test_a_container_tells_its_restart_policy(
        self, tmp_path: Path, path: str, program: str
    ) -> None:
        says = {program: "echo unless-stopped"}
        seen = look_at_host(
            Asked(os.getpid()), machine(tmp_path, "Linux", self.group(path), **says)
        )
        assert seen["service"] == f"container {'a' * 12} ({program})"
        assert seen["restart policy"] == "unless-stopped"
        assert seen["at boot"] == "enabled"

    def test_a_pod_is_told_and_its_policy_not_known(self, tmp_path: Path) -> None:
        texts = self.group(f"/kubepods.slice/cri-containerd-{CONTAINER}.scope")
        seen = look_at_host(Asked(os.getpid()), machine(tmp_path, "Linux", texts))
        assert seen["service"].startswith("container aaaaaaaaaaaa (")
        assert seen["restart policy"] == "unknown"

    def test_a_container_seen_from_inside_is_told_as_that(self, tmp_path: Path) -> None:
        texts = {**self.group("/"), ".dockerenv": ""}
        seen = look_at_host(Asked(os.getpid()), machine(tmp_path, "Linux", texts))
        assert seen["service"] == "a container, seen from inside: its host knows more"
        assert seen["restart policy"] == "unknown"

    def test_a_program_in_a_shell_is_told_as_that(self, tmp_path: Path) -> None:
        texts = self.group("/user.slice/user@1000.service/app.scope")
        stat = f"proc/{os.getpid()}/stat"
        texts[stat] = texts[stat].replace(" 0 -1", " 34816 -1")
        seen = look_at_host(Asked(os.getpid()), machine(tmp_path, "Linux", texts))
        assert seen["service"] == "none: started by bash"
        assert (seen["restart policy"], seen["terminal"]) == ("no", "bound to one")


def test_this_very_machine_is_read_without_a_crash(tmp_path: Path) -> None:
    seen = look_at_host(Asked(os.getpid(), folder=tmp_path))
    assert all(seen.values())
    assert seen["system"].split()[0] in ("Linux", "Darwin")
    assert seen["uptime"] != "unknown"


def test_a_process_that_is_not_there_is_named() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for pid in (gone.pid, 0, -1):
        with pytest.raises(BadOption, match=f"--pid {pid}: no process"):
            look_at_host(Asked(pid))


@contextmanager
def time_server(answer: bytes | None, ahead: float = 0.0) -> Iterator[str]:
    """One answer over UDP; `ahead` seconds before this machine's clock."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            asked, whom = server.recvfrom(512)
            assert len(asked) == 48
            server.sendto(_time(ahead) if answer is None else answer, whom)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield "{}:{}".format(*server.getsockname())
        thread.join(5)


def _time(ahead: float) -> bytes:
    now = time.time() + ahead + ERA
    stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
    return b"\x24" + bytes(31) + stamp + stamp


def test_a_clock_that_is_off_shows_by_how_much() -> None:
    with time_server(None, 2.0) as server:
        told = clock_offset(server)
    assert told.endswith(" s")
    assert float(told.removesuffix(" s")) == pytest.approx(2.0, abs=0.5)


@pytest.mark.parametrize("answer", [b"", b"hello", b"\x23" + bytes(47)])
def test_what_is_no_time_server_is_named(answer: bytes) -> None:
    with (
        time_server(answer) as server,
        pytest.raises(BadOption, match="no time server"),
    ):
        clock_offset(server)


@pytest.mark.parametrize("server", ["", "host:port", ":123"])
def test_what_is_no_address_of_a_server_is_named(server: str) -> None:
    with pytest.raises(BadOption, match="--time-server"):
        clock_offset(server)
