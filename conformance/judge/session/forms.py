"""Whether what crossed the wire has the form that the descriptions ask for.

Message by message as it comes: what is wrong is kept once for each place and kind.
"""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from conformance.evidence.entry import Entry, Json
from conformance.spec.contract import SchemaFault, contract

WORDS = ("side", "order_type", "time_in_force", "trailing_type", "margin_mode")
MOST = 200
"""Kinds of faults that are kept; there are fewer, but for a subject that is hostile."""


class Forms:
    """What was seen, by kind; `faults` holds a sentence and the first entry of each."""

    def __init__(self) -> None:
        self.seen = 0
        self.faulty = 0
        self.faults: dict[str, int] = {}
        self._kinds: set[tuple[object, ...]] = set()

    def message(self, entry: Entry, from_server: bool) -> tuple[Json, bool]:
        """A stream message: its JSON, and whether none of its kind was seen yet."""
        text = entry.data.get("text")
        self.seen += 1
        try:
            message = json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):
            message = None
        faults = contract().faults_of_message(message, from_server=from_server)
        who = "the Gateway" if from_server else "the strategy"
        self._told(f"{who} said", message, text, faults, entry.number)
        return message, self._new(who, *_shape(message), *map(_mark, faults))

    def _told(
        self,
        who: str,
        message: Json,
        text: Json,
        faults: tuple[SchemaFault, ...],
        entry: int,
    ) -> None:
        if not faults:
            return
        kind = message.get("type") if isinstance(message, dict) else str(text)[:40]
        self._keep(f"{who} a {kind}", faults, entry)

    def answer(self, request: Entry, response: Entry) -> bool:
        """An answer; whether none of its kind was seen yet."""
        asked, told = request.data, response.data
        path = urlsplit(str(asked["target"])).path
        operation = contract().operation_for(str(asked["method"]), path)
        if operation is None:
            return self._new("answer", "undeclared", told.get("status"))
        self.seen += 1
        status, media = int(told["status"]), _media(told)
        faults = contract().response_faults(
            str(asked["method"]), path, status, media, str(told.get("body") or "")
        )
        if faults and not told.get("cut"):
            what = f"{operation.key} was answered with {status}"
            self._keep(what, faults, response.number)
        return self._new(operation.key, status, *map(_mark, faults))

    def request(self, request: Entry) -> bool:
        """A request of the strategy; whether none of its kind was seen yet."""
        data = request.data
        self.seen += 1
        faults = contract().request_faults(
            str(data["method"]), str(data["target"]), _media(data), _spelled(data)
        )
        if faults:
            self._keep(f"the strategy sent {data['method']}", faults, request.number)
        return self._new("asked", data["method"], *map(_mark, faults))

    def _keep(self, what: str, faults: tuple[SchemaFault, ...], entry: int) -> None:
        self.faulty += 1
        for fault in faults:
            place = fault.pointer_masked or "its top"
            told = f"{what}; at {place}: {fault.message}"
            if len(self.faults) < MOST:
                self.faults.setdefault(told, entry)

    def _new(self, *kind: object) -> bool:
        if kind in self._kinds or len(self._kinds) > 50 * MOST:
            return False
        self._kinds.add(kind)
        return True


def _mark(fault: SchemaFault) -> tuple[str, str]:
    return fault.pointer_masked, fault.keyword


def _shape(message: Json) -> tuple[object, ...]:
    """Its type and the names of its fields: an undeclared one shows by its name."""
    if not isinstance(message, dict):
        return (type(message).__name__,)
    inner = (tuple(v) for v in message.values() if isinstance(v, dict))
    return str(message.get("type")), tuple(message), tuple(inner)


def _media(data: Mapping[str, Json]) -> str | None:
    headers = data.get("headers") or {}
    found = {str(k).lower(): str(v) for k, v in headers.items()}
    return found.get("content-type")


def _spelled(data: Mapping[str, Json]) -> str | None:
    """A body with words in upper case that were in lower: both are taken."""
    text = data.get("body")
    if not isinstance(text, str) or not text:
        return None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(body, dict):
        return text
    upper = {n: str(v).upper() for n, v in body.items() if n in WORDS and v is not None}
    return json.dumps({**body, **upper})
