"""Everything that a run leaves behind, in a folder of its own."""

import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from conformance.errors import BadOption
from conformance.evidence.journal import write_transcript
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Transcript
from conformance.judge.record import RunRecord
from conformance.readiness.model import Readiness
from conformance.report.badge import badge_text
from conformance.report.html import html_text
from conformance.report.json_report import NAME, evidence_in, json_text
from conformance.report.junit import junit_text
from conformance.report.markdown import markdown_text


def write_bundle(
    readiness: Readiness,
    record: RunRecord,
    directory: Path,
    secrets: tuple[str, ...] = (),
) -> Path:
    """Writes the reports and the transcripts; the path of readiness.html.

    Every byte passes one redactor. Raises BadOption where nothing can be written.
    """
    redactor = Redactor(secrets)
    try:
        folder = _new_folder(directory, _name(record))
        (folder / "transcripts").mkdir()
        for transcript in record.transcripts:
            path = folder / "transcripts" / f"{transcript.name}.jsonl"
            write_transcript(transcript, path, redactor)
        for name, text in report_texts(readiness, record.transcripts).items():
            _write(folder / name, redactor.text(text))
        # Written last, for it lists what lies beside it.
        _write(folder / NAME, json_text(readiness, redactor, evidence_in(folder)))
        _lead(directory, folder)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadOption("--conformance-report-dir", str(directory), why) from error
    return folder / "readiness.html"


def _new_folder(directory: Path, name: str) -> Path:
    """A folder that nobody has yet: two runs may start in the same millisecond."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        folder = directory / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            folder.mkdir()
            break
    return folder


def report_texts(
    readiness: Readiness, transcripts: Sequence[Transcript] = ()
) -> dict[str, str]:
    """Every form but the sealed JSON, by its file's name; nothing is redacted yet."""
    return {
        "readiness.md": markdown_text(readiness, transcripts),
        "junit.xml": junit_text(readiness),
        "readiness.html": html_text(readiness, transcripts),
        "badge.json": badge_text(readiness),
    }


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")


def _name(record: RunRecord) -> str:
    compact = re.sub(r"[^0-9T]", "", record.started.partition("+")[0])
    return f"{compact}-{record.seed}"


def _lead(directory: Path, folder: Path) -> None:
    """Makes DIR/latest lead to the newest run; a file where links cannot be."""
    latest = directory / "latest"
    with suppress(FileNotFoundError):
        latest.unlink()
    try:
        latest.symlink_to(folder.name, target_is_directory=True)
    except OSError:
        _write(latest, folder.name + "\n")
