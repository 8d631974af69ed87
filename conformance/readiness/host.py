"""What speaks against the machine that a strategy runs on, and the file of that."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conformance.errors import BadFile
from conformance.readiness.backing import (
    HostFact,
)

SCHEMA = "host/1"
UNKNOWN = "unknown"
NOT_TOLD = "not told"
LEAST_GIB = 2.0
MOST_OFF = 0.5
"""Seconds: later than this, orders are stamped before what they answer to."""

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def judged(seen: Mapping[str, str]) -> tuple[HostFact, ...]:
    """Each fact with what speaks against it, in the order in which they were seen."""
    return tuple(
        HostFact(name, value, _concern(name, value, seen))
        for name, value in seen.items()
    )


def was_seen(fact: HostFact) -> bool:
    """Whether it tells anything of the machine: what nobody could look at does not."""
    return fact.value != UNKNOWN and not fact.value.startswith(NOT_TOLD)


def _concern(name: str, value: str, seen: Mapping[str, str]) -> str:
    rule = RULES.get(name)
    if rule is None:
        return ""
    if value == UNKNOWN:
        return "it could not be seen" if name in WANTED else ""
    return rule(value, seen)


def _virtualisation(value: str, _: Mapping[str, str]) -> str:
    return "ends with the session of its user on Windows" if value == "wsl" else ""


def _battery(value: str, _: Mapping[str, str]) -> str:
    return "" if value == "none" else "has a battery: a laptop can sleep"


def _chassis(value: str, _: Mapping[str, str]) -> str:
    return "is a laptop: it is carried about and shut" if value == "laptop" else ""


def _lid(value: str, _: Mapping[str, str]) -> str:
    return "" if value == "none" else "has a lid: shut, it may sleep"


def _sleep(value: str, seen: Mapping[str, str]) -> str:
    if value.startswith("after "):
        return f"sleeps {value} without use: then nothing trades and nothing stops"
    portable = seen.get("battery", "none") not in ("none", UNKNOWN)
    portable = portable or seen.get("chassis") in ("laptop", "desktop")
    portable = portable or seen.get("lid", "none") not in ("none", UNKNOWN)
    if value.startswith("possible") and portable:
        return "can be put to sleep: mask sleep.target"
    return ""


def _service(value: str, _: Mapping[str, str]) -> str:
    if value.startswith("none"):
        return "no service manager runs it: where it ends, nobody starts it again"
    if value.startswith(NOT_TOLD):
        return "nobody said which process it is"
    if "not known" in value:
        return "no such service is there"
    return (
        "" if "systemd" not in value or value.endswith(", active") else "is not active"
    )


def _restart(value: str, _: Mapping[str, str]) -> str:
    if value == "no":
        return "is not started again where it ends"
    if value in ("on-success", "on-watchdog"):
        return "is not started again where it crashes"
    return ""


def _at_boot(value: str, _: Mapping[str, str]) -> str:
    if value in ("disabled", "no", "masked", "static", "transient"):
        return "does not start with the machine"
    return ""


def _terminal(value: str, _: Mapping[str, str]) -> str:
    return "hangs on a terminal: it ends with it" if value == "bound to one" else ""


def _synchronised(value: str, _: Mapping[str, str]) -> str:
    return "the clock follows no time server" if value == "no" else ""


def _offset(value: str, _: Mapping[str, str]) -> str:
    off = _number(value)
    return f"the clock is more than {MOST_OFF:g} s off" if abs(off) > MOST_OFF else ""


def _disk(value: str, _: Mapping[str, str]) -> str:
    few = f"less than {LEAST_GIB:g} GiB are free: records end where the disk is full"
    return few if _number(value) < LEAST_GIB else ""


def _number(value: str) -> float:
    found = _NUMBER.search(value)
    return float(found[0]) if found else 0.0


Rule = Callable[[str, Mapping[str, str]], str]
RULES: Mapping[str, Rule] = {
    "virtualisation": _virtualisation,
    "battery": _battery,
    "chassis": _chassis,
    "lid": _lid,
    "sleep": _sleep,
    "service": _service,
    "restart policy": _restart,
    "at boot": _at_boot,
    "terminal": _terminal,
    "clock synchronised": _synchronised,
    "clock offset": _offset,
    "disk": _disk,
}
WANTED = frozenset({"service", "restart policy", "clock synchronised"})
"""What speaks against a server as long as it cannot be seen."""


def host_text(facts: tuple[HostFact, ...], taken: str) -> str:
    """The file that `conformance readiness --host` reads; `taken` is an instant."""
    told = {"schema": SCHEMA, "taken": taken, "facts": [asdict(f) for f in facts]}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def read_host(path: Path) -> tuple[HostFact, ...]:
    """The facts in such a file; raises BadFile where it is none.

    Concerns are found anew: what speaks against a server is for this version to say.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(str(path), 0, error.strerror or str(error)) from error
    except ValueError as error:
        raise BadFile(str(path), 0, f"no JSON: {error}") from error
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        reason = f"this is no file of `conformance host --json`: no schema {SCHEMA}"
        raise BadFile(str(path), 0, reason)
    return judged(dict(_pair(path, row) for row in _rows(path, told)))


def _rows(path: Path, told: Mapping[str, Any]) -> list[Any]:
    rows = told.get("facts")
    if not isinstance(rows, list) or not rows:
        raise BadFile(str(path), 0, "there are no facts in it")
    return rows


def _pair(path: Path, row: Any) -> tuple[str, str]:
    if not isinstance(row, dict):
        raise BadFile(str(path), 0, "a fact is no object")
    name, value = row.get("name"), row.get("value")
    if not isinstance(name, str) or not isinstance(value, str):
        raise BadFile(str(path), 0, "a fact has no name or no value")
    return name, value
