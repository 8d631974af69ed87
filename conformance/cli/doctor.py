"""Asks the doctor alone: can this Gateway be judged, and may it be traded on?"""

import argparse
import os
import sys

from conformance.errors import ConformanceError
from conformance.evidence.redaction import Redactor
from conformance.plugin import NO_SUBJECT, VALUES
from conformance.plugin.findings import printable
from conformance.settings import parse_settings
from conformance.suite.performance import Performance

NAME = "doctor"
HELP = "look at a Gateway before a run: reachable, let in, platform, account, events"


def declare(parser: argparse.ArgumentParser) -> None:
    """The options that name a Gateway and what may be traded on it."""
    for name, metavar, told in VALUES:
        if name.startswith("gateway-"):
            parser.add_argument(f"--{name}", metavar=metavar, help=told)


def command(given: argparse.Namespace) -> int:
    """Prints every notice; 4 where the Gateway cannot be judged."""
    if not (given.gateway_url or given.gateway_cmd):
        print(f"conformance: {NO_SUBJECT}", file=sys.stderr)
        return 4
    values = {**vars(given), "conformance_plan": True}
    settings = parse_settings(values, os.environ)
    run = Performance(settings, os.environ)
    error: ConformanceError | None = None
    try:
        run.examine()
    except ConformanceError as found:
        error = found
    redactor = Redactor(settings.secrets)
    for notice in run.record().notices:
        fix = f" — {notice.fix}" if notice.fix else ""
        line = f"{notice.level:8} {notice.topic}: {notice.sentence}{fix}"
        print(printable(redactor.text(line)))
    if error is not None:
        told = printable(redactor.text(" ".join(str(error).split())))
        print(f"conformance: {told}", file=sys.stderr)
        return 4
    print("fit to be judged")
    return 0
