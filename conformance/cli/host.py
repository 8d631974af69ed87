"""Tells what speaks for and against the machine that the strategy runs on."""

import argparse
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from conformance.peers.host import Asked, look_at_host
from conformance.plugin.findings import printable
from conformance.readiness.backing import (
    HostFact,
)
from conformance.readiness.host import host_text, judged, was_seen

NAME = "host"
HELP = "look at the machine that the strategy runs on: is it a server?"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--pid", type=int, metavar="N", help="the strategy's process")
    which.add_argument(
        "--unit", metavar="NAME", help="the strategy's unit of systemd, or launchd job"
    )
    parser.add_argument(
        "--time-server", metavar="HOST", help="ask it how far the clock is off"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(os.curdir),
        metavar="DIR",
        help="where the strategy writes: is there room on its disk? (.)",
    )
    parser.add_argument(
        "--json", action="store_true", help="as a file for `conformance readiness`"
    )


def command(given: argparse.Namespace) -> int:
    """Always 0: what speaks against it is told, and for the attestation to weigh."""
    asked = Asked(given.pid, given.unit, given.time_server, given.folder)
    facts = judged(look_at_host(asked))
    if given.json:
        print(host_text(facts, datetime.now(UTC).isoformat(timespec="seconds")), end="")
        return 0
    for line in lines(facts):
        print(printable(line))
    return 0


def lines(facts: Iterable[HostFact]) -> Iterable[str]:
    """One line a fact, and how many of them speak against a server, or are open."""
    rows = tuple(facts)
    for fact in rows:
        sign = "!" if fact.concern else " "
        concern = f" — {fact.concern}" if fact.concern else ""
        yield f"{sign} {fact.name:18} {fact.value}{concern}"
    concerning = tuple(fact for fact in rows if fact.concern)
    against = sum(map(was_seen, concerning))
    open_ = len(concerning) - against
    more = f", {open_} could not be seen and should be" if open_ else ""
    yield f"{against} of {len(rows)} facts speak against a server{more}"
