"""A transcript as a file of JSON Lines: header, numbered entries, footer."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from conformance.errors import BadFile
from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Ending, Header, Transcript

FORMAT = "trading-gateway-conformance/transcript/1"


def lines(transcript: Transcript, redactor: Redactor) -> Iterator[str]:
    """The file's lines, redacted, without their line ends."""
    header = transcript.header
    yield _line(redactor, format=FORMAT, **_header_facts(header))
    for entry in transcript.entries:
        yield _line(
            redactor,
            n=entry.number,
            at=round(entry.at, 6),
            party=entry.party.value,
            kind=entry.kind.value,
            data=dict(entry.data),
        )
    ending = transcript.ending
    yield _line(
        redactor,
        footer=True,
        entries=len(transcript.entries),
        complete=ending.complete,
        error=ending.error,
        seconds=ending.seconds,
        refused=ending.refused,
    )


def write_transcript(transcript: Transcript, path: Path, redactor: Redactor) -> None:
    """Writes the file, replacing one of that name."""
    text = "".join(line + "\n" for line in lines(transcript, redactor))
    # Half a character, where a subject told one, is written as JSON has it: \ud800.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as f:
        f.write(text)


def read_transcript(path: Path) -> Transcript:
    """The transcript in a file.

    Raises BadFile, with the line, where it is not one or is cut short.
    """
    try:
        # By its line ends alone: a subject's words may have other breaks in them.
        rows = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(str(path), 0, f"cannot be read: {error}") from error
    parsed = [_parse(path, number, row) for number, row in enumerate(rows, 1)]
    if not parsed or parsed[0].get("format") != FORMAT:
        raise BadFile(str(path), 1, "this is no transcript")
    if not parsed[-1].get("footer"):
        raise BadFile(str(path), len(rows), "the transcript has no footer: cut short")
    try:
        return _transcript(parsed)
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(str(path), 0, f"an entry is not whole: {error!r}") from error


def _transcript(parsed: list[dict[str, Json]]) -> Transcript:
    first, *rows, last = parsed
    if last["entries"] != len(rows):
        raise ValueError(f"{last['entries']} entries announced, {len(rows)} found")
    entries = tuple(
        Entry(
            row["n"],
            float(row["at"]),
            Party(row["party"]),
            Kind(row["kind"]),
            row["data"],
        )
        for row in rows
    )
    header = Header(
        first["script"],
        first["instance"],
        first["provider"],
        first["prefix"],
        tuple(first["symbols"]),
        first["seed"],
        first["started"],
        first["environment"],
        first["take"],
    )
    return Transcript(
        header,
        entries,
        Ending(
            last["complete"],
            last["error"],
            float(last["seconds"]),
            bool(last.get("refused")),
        ),
    )


def _header_facts(header: Header) -> dict[str, Json]:
    return {
        "script": header.script,
        "instance": header.instance,
        "provider": header.provider,
        "prefix": header.prefix,
        "symbols": list(header.symbols),
        "seed": header.seed,
        "started": header.started,
        "environment": dict(header.environment),
        "take": header.take,
    }


def _line(redactor: Redactor, **facts: Json) -> str:
    return redactor.text(json.dumps(facts, ensure_ascii=False, default=_plain))


def _plain(value: object) -> Json:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no place in a transcript")


def _parse(path: Path, number: int, row: str) -> dict[str, Json]:
    try:
        value = json.loads(row)
    except ValueError as error:
        raise BadFile(str(path), number, f"no JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadFile(str(path), number, "no JSON object")
    return value
