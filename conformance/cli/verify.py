"""Says whether a report still speaks about what runs now."""

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance import __version__
from conformance.errors import SubjectUnreachable
from conformance.peers.fetching import fetch_text
from conformance.plugin import VALUES
from conformance.plugin.ending import today
from conformance.plugin.findings import printable
from conformance.readiness.stored import read_report, readiness_of, report_path
from conformance.readiness.verification import (
    Look,
    Present,
    State,
    gateway_words,
    looks,
)
from conformance.report.json_report import altered_evidence, unaltered
from conformance.settings import Settings, parse_settings
from conformance.spec.catalogue import catalogue_sha256
from conformance.spec.documents import document_sha256
from conformance.suite.strategy.casting import strategy_sha256

NAME = "verify"
HELP = "does a report still speak about what runs now?"
TAKEN = ("gateway-url", "gateway-key-file", "gateway-ca")
TAKEN_OF_STRATEGIES = ("strategy-cmd", "strategy-profile")
HOW_TO_LOOK = {
    "gateway": "give --gateway-url",
    "strategy": "give --strategy-cmd or --strategy-profile",
}


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    told = "a report's readiness.json, or the folder that it lies in"
    parser.add_argument("report", metavar="REPORT", type=Path, help=told)
    for name, metavar, meant in VALUES:
        if name in TAKEN:
            parser.add_argument(f"--{name}", metavar=metavar, help=meant)
        if name in TAKEN_OF_STRATEGIES:
            which = "the strategy's command now" if "cmd" in name else "its profile"
            parser.add_argument(f"--{name}", metavar=metavar, help=which)


def command(given: argparse.Namespace) -> int:
    """0 where all holds, 1 where something changed, 5 where not all was looked at."""
    told = read_report(given.report)
    path = report_path(given.report)
    readiness = readiness_of(told, str(path))
    found = tuple(looks(readiness, _present(given, told, path.parent)))
    for line in lines(found):
        print(printable(line))
    said = f"{readiness.readiness.verdict} for {readiness.readiness.stage}"
    states = {look.state for look in found}
    if State.CHANGED in states:
        print(f"it said {said}: it does not speak about this any more")
        return 1
    if State.UNSEEN in states:
        print(f"it says {said}: not everything that it is bound to was looked at")
        return 5
    print(f"it says {said}: it still speaks about what runs now")
    return 0


def lines(found: tuple[Look, ...]) -> Iterator[str]:
    """One line for each thing; beneath it what to play again."""
    for look in found:
        yield f"{look.state:13} {look.what}: {look.sentence}"
        if look.rerun:
            yield f"{'':13} {look.rerun}"


def _present(
    given: argparse.Namespace, told: Mapping[str, Any], folder: Path
) -> Present:
    bound = {
        "suite": __version__,
        "requirements": catalogue_sha256(),
        "contract": document_sha256(),
        **_subjects(given),
    }
    sealed = unaltered(told)
    beside = sealed is not None and (folder / "transcripts").is_dir()
    evidence = tuple(altered_evidence(told, folder)) if beside else None
    return Present(today(), bound, HOW_TO_LOOK, sealed, evidence)


def _subjects(given: argparse.Namespace) -> dict[str, str]:
    """What is known of the Gateway and the strategy that were named, each apart."""
    values = {**vars(given), "conformance_plan": True}
    found: dict[str, str] = {}
    apart = {k: v for k, v in values.items() if not k.startswith("strategy_")}
    settings = parse_settings(apart, os.environ)
    if settings.gateway_url:
        found["gateway"] = _gateway(settings)
    apart = {k: v for k, v in values.items() if not k.startswith("gateway_")}
    settings = parse_settings(apart, os.environ)
    if settings.judges_strategy:
        found["strategy"] = strategy_sha256(settings)
    return found


def _gateway(settings: Settings) -> str:
    """Version and git sha of /health."""
    url = f"{(settings.gateway_url or '').rstrip('/')}/health"
    text = fetch_text(url, settings.gateway_key, settings.gateway_ca)
    try:
        health = json.loads(text)
    except ValueError:
        health = None
    if not isinstance(health, dict):
        raise SubjectUnreachable(url, "its health is no JSON object")
    version, sha = health.get("version") or "", health.get("git_sha") or ""
    return gateway_words(str(version), str(sha))
