"""What speaks against a server is said; what a server has is not held against it."""

import json
from pathlib import Path

import pytest

from conformance.errors import BadFile
from conformance.readiness.backing import (
    HostFact,
)
from conformance.readiness.host import host_text, judged, read_host

SERVER = {
    "system": "Linux 6.1 x86_64",
    "virtualisation": "kvm",
    "chassis": "server",
    "battery": "none",
    "lid": "none",
    "sleep": "possible: freeze mem disk",
    "clock synchronised": "yes",
    "uptime": "12 d 3 h 4 min",
    "clock offset": "-0.0012 s",
    "disk": "12.5 GiB of 40.0 GiB free",
    "service": "strategy.service (systemd), active",
    "restart policy": "always",
    "at boot": "enabled",
    "terminal": "none",
}


def concerns(**told: str) -> dict[str, str]:
    seen = {**SERVER, **{k.replace("_", " "): v for k, v in told.items()}}
    return {f.name: f.concern for f in judged(seen) if f.concern}


def test_nothing_speaks_against_a_server() -> None:
    assert concerns() == {}
    assert [f.name for f in judged(SERVER)] == list(SERVER)


@pytest.mark.parametrize(
    ("told", "concern"),
    [
        ({"virtualisation": "wsl"}, "on Windows"),
        ({"battery": "BAT0 87 %"}, "has a battery: a laptop can sleep"),
        ({"chassis": "laptop"}, "is a laptop"),
        ({"lid": "open"}, "has a lid"),
        ({"sleep": "after 10 min"}, "sleeps after 10 min without use"),
        ({"clock_synchronised": "no"}, "follows no time server"),
        ({"clock_synchronised": "unknown"}, "could not be seen"),
        ({"clock_offset": "-1.2500 s"}, "more than 0.5 s off"),
        ({"disk": "0.3 GiB of 40.0 GiB free"}, "less than 2 GiB"),
        ({"service": "none: started by bash"}, "no service manager runs it"),
        ({"service": "not told: --pid or --unit names it"}, "nobody said which"),
        ({"service": "x.service is not known to systemd"}, "no such service"),
        ({"service": "x.service (systemd), failed"}, "is not active"),
        ({"service": "x.service (systemd), inactive"}, "is not active"),
        ({"service": "unknown"}, "could not be seen"),
        ({"restart_policy": "no"}, "not started again where it ends"),
        ({"restart_policy": "on-success"}, "where it crashes"),
        ({"at_boot": "disabled"}, "does not start with the machine"),
        ({"terminal": "bound to one"}, "hangs on a terminal"),
    ],
)
def test_what_speaks_against_it_is_said(told: dict[str, str], concern: str) -> None:
    (name,) = told
    assert concern in concerns(**told)[name.replace("_", " ")]


@pytest.mark.parametrize("name", ["battery", "lid", "sleep", "uptime", "clock offset"])
def test_what_nobody_could_see_is_not_held_against_it(name: str) -> None:
    assert name not in concerns(**{name: "unknown"})


@pytest.mark.parametrize(
    "told", [{"battery": "BAT0 9 %"}, {"chassis": "desktop"}, {"lid": "closed"}]
)
def test_sleep_counts_where_somebody_may_shut_it(told: dict[str, str]) -> None:
    assert "mask sleep.target" in concerns(**told)["sleep"]
    assert "sleep" not in concerns(**told, sleep="masked")


def test_the_file_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "host.json"
    facts = judged({**SERVER, "battery": "BAT0 9 %"})
    path.write_text(host_text(facts, "2026-01-02T03:04:05+00:00"), encoding="utf-8")
    assert json.loads(path.read_text())["taken"] == "2026-01-02T03:04:05+00:00"
    assert read_host(path) == facts


def test_a_concern_that_was_taken_out_by_hand_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "host.json"
    path.write_text(host_text((HostFact("battery", "BAT0", ""),), ""))
    assert read_host(path)[0].concern


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "No such file"),
        ("{", "no JSON"),
        ("[]", "no file of `conformance host --json`"),
        ('{"schema": "host/2"}', "no schema host/1"),
        ('{"schema": "host/1"}', "no facts"),
        ('{"schema": "host/1", "facts": [1]}', "a fact is no object"),
        ('{"schema": "host/1", "facts": [{"name": "a"}]}', "no name or no value"),
    ],
)
def test_what_is_no_such_file_is_named(
    tmp_path: Path, text: str | None, line: str
) -> None:
    path = tmp_path / "host.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadFile, match=line):
        read_host(path)
