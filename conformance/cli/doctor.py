"""Asks the doctor alone: can this Gateway, or this strategy, be judged?"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator

from conformance.errors import ConformanceError
from conformance.evidence.entry import Kind, Party
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Transcript
from conformance.plugin import NO_SUBJECT, SUBJECTS, VALUES
from conformance.plugin.findings import printable
from conformance.report.telling import told
from conformance.settings import parse_settings
from conformance.suite.performance import Performance

NAME = "doctor"
HELP = "look at a Gateway or a strategy before a run: can it be judged?"
SHOWN = 60
"""Lines of a strategy's first conversation."""

WIDTH = 150


def declare(parser: argparse.ArgumentParser) -> None:
    """The options that name a subject, and what may be traded on it."""
    for name, metavar, meant in VALUES:
        if name.startswith(("gateway-", "strategy-")):
            parser.add_argument(f"--{name}", metavar=metavar, help=meant)


def command(given: argparse.Namespace) -> int:
    """Prints every notice; 4 where the subject cannot be judged."""
    if not any(getattr(given, name) for name in SUBJECTS):
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
    if settings.judges_strategy:
        for line in conversation(run.record().transcripts):
            print(printable(redactor.text(line)))
    if error is not None:
        why = printable(redactor.text(" ".join(str(error).split())))
        print(f"conformance: {why}", file=sys.stderr)
        return 4
    print("fit to be judged")
    return 0


def conversation(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """The first minute of what a strategy said and was told."""
    for transcript in transcripts:
        entries = [e for e in transcript.entries if e.kind is not Kind.NOTE]
        for entry in entries[:SHOWN]:
            way = "->" if entry.party is Party.STRATEGY else "<-"
            text = " ".join(told(entry).split())[:WIDTH]
            yield f"{entry.at:8.3f} {way} {entry.kind!s:9} {text}"
