"""The path that made a strategy trade, kept in a file for its next run."""

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path as File

from conformance.venue.paths import SHAPES, Path


def kept_path(file: File) -> Path | None:
    """The path in a file; None where there is none that can be used."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        path = Path(
            str(found["shape"]),
            Decimal(found["percent"]),
            int(found["period"]),
            skipped=int(found["skipped"]),
        )
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
        return None
    return path if path.shape in SHAPES and path.period > 0 else None


def keep_path(path: Path, file: File) -> None:
    """Writes a built-in path down; one that was given stays where it was given."""
    if path.closes or path.rows:
        return
    told = {
        "shape": path.shape,
        "percent": str(path.percent),
        "period": path.period,
        "skipped": path.skipped,
    }
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(told) + "\n", encoding="utf-8")
