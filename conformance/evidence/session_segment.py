"""One segment's file while it is written: only whole lines count."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from conformance.evidence.session_folder import Sink, closing_line, line_of, rfc3339


class Segment:
    """One file that is written now."""

    def __init__(
        self,
        path: Path,
        number: int,
        session: str,
        began: datetime,
        first: int,
        opened: Callable[[Path], Sink],
    ) -> None:
        self.began = began
        self.last = first - 1
        self.entries = 0
        self.size = 0
        self._digest = hashlib.sha256()
        self._file = opened(path)
        try:
            header = {"segment": number, "session": session}
            self._take(line_of({**header, "began": rfc3339(began), "first": first}))
        except OSError:
            # Its header is not whole: it is no segment, and its number is free.
            self._file.close()
            path.unlink(missing_ok=True)
            raise

    def write(self, data: bytes) -> None:
        """Appends whole lines; OSError where not all of them were taken."""
        self._take(data, counts=True)

    def _take(self, data: bytes, *, counts: bool = False) -> None:
        taken = 0
        try:
            while taken < len(data):
                taken += self._file.write(data[taken:] if taken else data)
        finally:
            whole = data[: data.rfind(b"\n", 0, taken) + 1]
            self._digest.update(whole)
            self.size += len(whole)
            lines = whole.count(b"\n") if counts else 0
            self.last += lines
            self.entries += lines

    def mend(self) -> None:
        self._file.cut(self.size)

    def sync(self) -> None:
        self._file.sync()

    def close(self, now: datetime) -> None:
        self._file.cut(self.size)
        closing = closing_line(now, self.entries, self._digest.hexdigest())
        while closing:
            closing = closing[self._file.write(closing) :]
        self._file.sync()
        self._file.close()
