"""readiness.json: the interface that other programs read, and its seal."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from conformance.evidence.redaction import Redactor
from conformance.readiness.model import Readiness

NAME = "readiness.json"
SEAL = "integrity"
"""The field that holds the digests; the model knows nothing of it."""

NOTHING_SECRET = Redactor()


def json_text(
    readiness: Readiness,
    redactor: Redactor = NOTHING_SECRET,
    evidence: Mapping[str, str] | None = None,
) -> str:
    """The file's text, redacted and then sealed.

    `evidence` has the SHA-256 of each file of evidence by its path beside the report.
    """
    told = _as_written(redactor.value(facts(readiness)))
    told[SEAL] = {"transcripts": dict(sorted((evidence or {}).items()))}
    told[SEAL]["sha256"] = digest(told)
    return json.dumps(told, indent=1, ensure_ascii=False)


def facts(readiness: Readiness) -> dict[str, Any]:
    """The same as plain values."""
    return asdict(readiness)


def digest(told: Mapping[str, Any]) -> str:
    """The SHA-256 over a report's canonical text, without the digest itself."""
    seal = {k: v for k, v in told.get(SEAL, {}).items() if k != "sha256"}
    text = json.dumps(
        {**told, SEAL: seal}, sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def unaltered(told: Mapping[str, Any]) -> bool | None:
    """Whether a report is as it was written; None where it was never sealed."""
    seal = told.get(SEAL)
    if not isinstance(seal, Mapping) or not seal.get("sha256"):
        return None
    return bool(seal["sha256"] == digest(told))


def tampering(told: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Why nothing may be decided from a report, and from what lies beside it."""
    sealed = unaltered(told)
    if sealed is None:
        yield "its readiness.json has no seal"
    elif not sealed:
        yield "its readiness.json was altered after it was written"
    else:
        yield from altered_evidence(told, folder)


def listed_evidence(told: Mapping[str, Any]) -> Mapping[str, str]:
    """The digests that a report lists; nothing where it lists none."""
    seal = told.get(SEAL)
    listed = seal.get("transcripts") if isinstance(seal, Mapping) else None
    return listed if isinstance(listed, Mapping) else {}


def altered_evidence(told: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """What is wrong with the files that a report lists, and lie in a folder."""
    listed = listed_evidence(told)
    for name, known in listed.items():
        path = folder / name
        if not path.is_file():
            yield f"{name} is missing"
        elif file_sha256(path) != known:
            yield f"{name} was altered"
    for name in _names(folder):
        if name not in listed:
            yield f"{name} was added"


def evidence_in(folder: Path) -> dict[str, str]:
    """The SHA-256 of every transcript in a run's folder, by its path there."""
    return {name: file_sha256(folder / name) for name in _names(folder)}


def _names(folder: Path) -> list[str]:
    paths = sorted((folder / "transcripts").glob("*.jsonl"))
    return [f"transcripts/{path.name}" for path in paths]


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_written(told: Any) -> dict[str, Any]:
    """The values as a reader of the file gets them back."""
    text = json.dumps(told, ensure_ascii=False, default=_plain)
    # Half a surrogate pair cannot be written as UTF-8.
    read: dict[str, Any] = json.loads(text.encode("utf-8", "replace"))
    return read


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a report")
