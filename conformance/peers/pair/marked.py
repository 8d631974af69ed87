"""Writes down for one run of a transcript: every entry says which."""

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.recorder import Recorder


class Marked(Recorder):
    """A recorder behind which another keeps; `run` is in all that it adds."""

    def __init__(self, whole: Recorder, run: str) -> None:
        self._whole, self._run = whole, run
        self.header = whole.header

    @property
    def now(self) -> float:
        return self._whole.now

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._whole.entries

    @property
    def entries_count(self) -> int:
        return self._whole.entries_count

    def add(self, party: Party, kind: Kind, **data: Json) -> Entry:
        return self._whole.add(party, kind, **{"run": self._run, **data})
