"""From the entries that show a finding to the lines that a person types to see it."""

from collections.abc import Sequence

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Transcript
from conformance.readiness.shell import curl

MOST = 6
"""Requests of one line at the most: the last ones before the finding."""


class Reproducer:
    """Finds the requests and stream messages that a finding cites."""

    def __init__(self, transcripts: Sequence[Transcript]) -> None:
        self._by_name = {transcript.name: transcript for transcript in transcripts}

    def line(self, name: str, entries: tuple[int, ...]) -> str:
        """Shell lines, one a request; empty where the finding cites none."""
        transcript = self._by_name.get(name)
        if transcript is None:
            return ""
        cited = [
            transcript.entries[n - 1] for n in entries if n <= len(transcript.entries)
        ]
        wanted = _with_requests(transcript, cited)
        lines = [line for entry in wanted[-MOST:] if (line := shell_line(entry))]
        return "\n".join(dict.fromkeys(lines))


def _with_requests(transcript: Transcript, cited: Sequence[Entry]) -> list[Entry]:
    """The cited entries, each answer with the request that it answers."""
    exchanges = {
        entry.data["exchange"]
        for entry in cited
        if entry.kind in (Kind.REQUEST, Kind.RESPONSE, Kind.NO_RESPONSE)
    }
    numbers = {entry.number for entry in cited if _is_said_by_us(entry)}
    return [
        entry
        for entry in transcript.entries
        if entry.number in numbers
        or (entry.kind is Kind.REQUEST and entry.data["exchange"] in exchanges)
    ]


def _is_said_by_us(entry: Entry) -> bool:
    return entry.kind is Kind.MESSAGE and entry.party is Party.STRATEGY


def shell_line(entry: Entry) -> str:
    """One request as a curl line, one message as a comment."""
    if entry.kind is Kind.REQUEST:
        return curl(entry)
    if entry.kind is Kind.MESSAGE:
        return f"# on the stream: {entry.data.get('text', '(binary)')}"
    return ""
