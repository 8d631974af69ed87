"""From the entries that show a finding to the lines that a person types to see it."""

from collections.abc import Iterator, Mapping, Sequence

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Header, Transcript
from conformance.readiness.origins import Origin, named_in, origins
from conformance.readiness.shell import curl
from conformance.spec.platforms import PLAYED

MOST = 6
"""Requests of one finding at the most: the last ones before it."""

ENGINE = "tektii"
"""The provider whose upstream is played."""

ID = """grep -o '"id": *"[^"]*' | head -n 1 | cut -d'"' -f4"""
"""What takes the first id out of an answer."""


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
        wanted = _with_requests(transcript, cited)[-MOST:]
        lines = _Lines({each.id: each for each in origins(transcript)}, wanted)
        typed = dict.fromkeys(line for e in wanted for line in lines.of(e))
        return "\n".join((*typed, *_beneath(transcript.header)))


def _beneath(header: Header) -> Iterator[str]:
    """What no line can do: play the Engine or the broker as the script did."""
    if header.provider == ENGINE:
        fuzz = " --gateway-fuzz" if header.script.startswith("fuzz-") else ""
        yield (
            f"# over the Engine that this script plays: gateway-conformance/"
            f"{header.script}{fuzz} --conformance-seed {header.seed}"
        )
    if header.provider in PLAYED:
        yield (
            f"# over the {header.provider} that this script plays: gateway-conformance/"
            f"{header.script} --gateway-provider {header.provider} --conformance-seed "
            f"{header.seed}; by hand: conformance venue {header.provider}"
        )


class _Lines:
    """The lines of several requests; an id that one was told is a variable of all."""

    def __init__(self, known: Mapping[str, Origin], wanted: Sequence[Entry]) -> None:
        asked = [entry for entry in wanted if entry.kind is Kind.REQUEST]
        named = dict.fromkeys(part for e in asked for part in named_in(e))
        self._needed = [known[part] for part in named if part in known]
        self._names: dict[str, str] = {}

    def of(self, entry: Entry) -> Iterator[str]:
        """One entry's line, after those that make what it names."""
        if entry.kind is not Kind.REQUEST:
            yield from [line] if (line := shell_line(entry)) else []
            return
        parts = {*named_in(entry)}
        for origin in self._needed:
            if origin.id in parts and origin.id not in self._names:
                yield from (_quietly(each) for each in origin.before)
                yield from ["sleep 1"] if origin.before else []
                yield self._told(origin)
        mine = [each for each in self._needed if each.told is entry]
        if mine and mine[0].id not in self._names:
            yield self._told(mine[0])
        else:
            yield curl(entry, self._names)

    def _told(self, origin: Origin) -> str:
        taken = sum(n.startswith(origin.variable) for n in self._names.values())
        name = f"{origin.variable}_{taken + 1}" if taken else origin.variable
        self._names[origin.id] = name
        return f"{name}=$({curl(origin.told, loud=False)} | {ID})"


def _quietly(entry: Entry) -> str:
    return f"{curl(entry, loud=False)} > /dev/null"


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
