"""What became of a table of bad requests: refused, accepted, or leaving a trace."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.orders import announcements, messages_of_type

ELSEWHERE = frozenset({401, 403, 429, 503})
"""Answers that say nothing of the request itself."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One case of a table: its name, the id and symbol it gave, what was answered."""

    name: str
    client_id: str
    symbol: str
    exchange: Exchange

    @property
    def status(self) -> int | None:
        """The status that judged the request; None where none did."""
        status = self.exchange.status
        return None if status in ELSEWHERE else status

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        return self.status is not None and 400 <= self.status < 500

    @property
    def story(self) -> str:
        """What was sent and what was answered, with values."""
        request, response = self.exchange.request.data, self.exchange.response
        sent = str(request["body"] or "no body")
        answer = "nothing" if response is None else f"{self.exchange.status} "
        if response is not None:
            answer += str(response.data["body"])[:120]
        return (
            f"{request['method']} {self.exchange.target[:120]} with {sent[:200]} "
            f"({self.name}) was answered with {answer}"
        )


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that was shown or announced of what was refused."""

    what: str
    where: Entry | Exchange


def tried(transcript: Transcript) -> Iterator[Tried]:
    """Every request that a note named "case" goes before, in order."""
    for facts, exchange in _noted(transcript, "case"):
        yield Tried(facts["case"], facts["client_id"], facts["symbol"], exchange)


def valid_ones(transcript: Transcript) -> Iterator[Exchange]:
    """Every request that a note named "valid" goes before."""
    return (exchange for _, exchange in _noted(transcript, "valid"))


def _noted(
    transcript: Transcript, name: str
) -> Iterator[tuple[Mapping[str, Json], Exchange]]:
    asked = {exchange.request.number: exchange for exchange in exchanges(transcript)}
    noted: Mapping[str, Json] | None = None
    for entry in transcript.entries:
        if entry.kind is Kind.NOTE:
            noted = entry.data["facts"] if entry.data.get("name") == name else None
        elif entry.kind is Kind.REQUEST and noted is not None:
            yield noted, asked[entry.number]
            noted = None


def listed_traces(transcript: Transcript) -> Iterator[Trace]:
    """Orders, trades and positions that lists show of refused requests.

    What a list showed before the first of them came of something else.
    """
    guilty, first = _guilty(transcript), _first_case(transcript)
    before: set[tuple[str, str]] = set()
    for exchange, noun, item in _listed(transcript):
        mark = (noun, str(item.get("id")))
        if exchange.request.number < first:
            before.add(mark)
        elif mark not in before and guilty.knows(item):
            yield Trace(f"GET {noun} shows {_brief(item)}", exchange)


def _first_case(transcript: Transcript) -> int:
    return next((case.exchange.request.number for case in tried(transcript)), 0)


def _listed(
    transcript: Transcript,
) -> Iterator[tuple[Exchange, str, Mapping[str, Json]]]:
    """Every item of every list, and the list's name."""
    for exchange in exchanges(transcript):
        if exchange.method != "GET" or exchange.status != 200:
            continue
        items = exchange.body if isinstance(exchange.body, list) else []
        for item in items:
            if isinstance(item, dict):
                yield exchange, exchange.path.rpartition("/v1/")[2], item


def announced_traces(transcript: Transcript) -> Iterator[Trace]:
    """Orders, trades and positions that the stream tells of refused requests."""
    guilty = _guilty(transcript)
    for said in announcements(transcript):
        if guilty.knows(said.order):
            yield Trace(f"{said.event} tells {_brief(said.order)}", said.entry)
    for kind in ("trade", "position"):
        for entry, message in messages_of_type(transcript, kind):
            item = message.get(kind)
            if isinstance(item, dict) and guilty.knows(item):
                yield Trace(f"{message.get('event')} tells {_brief(item)}", entry)


@dataclass(frozen=True, slots=True)
class _Guilty:
    """How an item is known to come from a refused request.

    It carries that request's client order id, or a symbol that every request of the
    table which gave it was refused for.
    """

    ids: frozenset[str]
    symbols: frozenset[str]

    def knows(self, item: Mapping[str, Json]) -> bool:
        if str(item.get("client_order_id")) in self.ids:
            return True
        return str(item.get("symbol")) in self.symbols


def _guilty(transcript: Transcript) -> _Guilty:
    cases = tuple(tried(transcript))
    refused = [case for case in cases if case.refused]
    others = [case for case in cases if not case.refused]
    return _Guilty(
        frozenset(c.client_id for c in refused) - {c.client_id for c in others},
        frozenset(c.symbol for c in refused) - {c.symbol for c in others},
    )


def _brief(item: Mapping[str, Json]) -> str:
    names = ("id", "symbol", "side", "quantity", "status", "client_order_id")
    return ", ".join(f"{name} {item[name]}" for name in names if item.get(name))
