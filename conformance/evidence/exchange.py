"""Pairs each request of a transcript with its answer, and parses bodies exactly."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.transcript import Transcript, remembered


class NotJson(ValueError):
    """The text is no JSON."""


def parse(text: str) -> Json:
    """The JSON value of a text, every number with a point a Decimal.

    Raises NotJson, also for a text nested too deep to parse.
    """
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def parsed(text: Json) -> Json | None:
    """The same; None for what is no text, or no JSON."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return parse(text)
    except NotJson:
        return None


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; `response` is None where none came.

    What is read from it is parsed once.
    """

    request: Entry
    response: Entry | None
    lost: Entry | None = None

    @property
    def method(self) -> str:
        return str(self.request.data["method"])

    @property
    def target(self) -> str:
        """The raw path and query, as sent."""
        return str(self.request.data["target"])

    @property
    def path(self) -> str:
        """The raw path, not percent-decoded."""
        return urlsplit(self.target).path

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The path's parts, percent-decoded."""
        return tuple(unquote(part) for part in self.path.split("/")[1:])

    @cached_property
    def query(self) -> tuple[tuple[str, str], ...]:
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        return tuple(pairs)

    @property
    def status(self) -> int | None:
        return None if self.response is None else int(self.response.data["status"])

    @cached_property
    def sent(self) -> Json | None:
        """The request's JSON, or None where it had none that parses."""
        return _json_of(self.request)

    @cached_property
    def body(self) -> Json | None:
        """The answer's JSON, or None where it had none that parses."""
        return None if self.response is None else _json_of(self.response)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The entries that show this exchange."""
        parts = (self.request, self.response, self.lost)
        return tuple(part.number for part in parts if part is not None)

    def waits(self, number: int) -> bool:
        """Whether an entry came after the request and before it was over."""
        return self.request.number < number < self.numbers[-1]


@remembered
def exchanges(transcript: Transcript) -> Iterator[Exchange]:
    """Every request of the transcript with its answer, in the order of asking."""
    answers = {
        entry.data["exchange"]: entry
        for entry in transcript.of_kind(Kind.RESPONSE, Kind.NO_RESPONSE)
    }
    for request in transcript.of_kind(Kind.REQUEST):
        answer = answers.get(request.data["exchange"])
        if answer is None or answer.kind is Kind.NO_RESPONSE:
            yield Exchange(request, None, answer)
        else:
            yield Exchange(request, answer)


def message_of(entry: Entry) -> Json | None:
    """The JSON of a stream message, or None where it is binary or broken."""
    return parsed(entry.data.get("text"))


def _json_of(entry: Entry) -> Json | None:
    return parsed(entry.data.get("body"))
