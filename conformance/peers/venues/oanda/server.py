"""OANDA as a server: REST out of its books, and both streams."""

import json
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from aiohttp import web

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Refuse
from conformance.peers.upstream import Answered, Asked, Streaming
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.ledger import Transaction
from conformance.peers.venues.oanda.link import Stream
from conformance.peers.venues.oanda.operations import Clerk, operation_of, refused
from conformance.peers.venues.oanda.rendering import price_json
from conformance.peers.venues.oanda.terms import ACCOUNT, SYMBOLS, client_id, stamp
from conformance.peers.venues.venue import VenueServer
from conformance.peers.venues.words import Operation

ORDER_ID = re.compile(r"/(?:orders)/([^/]+)")


class OandaServer(VenueServer):
    """One account; who asks must bear its token."""

    def __init__(self, recorder: Recorder, token: str) -> None:
        super().__init__(recorder)
        self.desk = OandaDesk(recorder, self.tell)
        self.clerk = Clerk(self.desk)
        self.token = token
        self.streams: list[Stream] = []
        self.refuse_streams: int | None = None
        """The status that the next attempts at a stream get; None grants them."""

    def operation(self, method: str, target: str) -> Operation:
        return operation_of(method, target)

    def named(self, asked: Asked) -> Mapping[str, Json]:
        found: dict[str, Json] = {}
        path = urlsplit(asked.request.raw_path).path
        if (one := ORDER_ID.search(path)) is not None:
            found["order"] = unquote(one[1])
        sent = _order_in(asked.body)
        if sent is not None and (name := client_id(sent)) is not None:
            found["client_order_id"] = name
        return found

    # --- the streams ---

    def of(self, name: str) -> list[Stream]:
        """The connections to a stream, `pricing` or `transactions`, oldest first."""
        return [s for s in self.streams if s.name == name]

    def tell(self, line: Transaction) -> None:
        """Says a transaction to who listens."""
        for stream in self.of("transactions"):
            if stream.open:
                stream.say(line)

    def quote(self, line: dict[str, Json]) -> None:
        """Says a price to who listens."""
        for stream in self.of("pricing"):
            if stream.open:
                stream.say(line)

    def _stream(self, request: web.Request) -> Streaming | None:
        asks = self.operation(request.method, request.raw_path) is Operation.STREAM
        return self._open if asks and not self.unauthorized(request) else None

    async def _open(self, request: web.Request) -> web.StreamResponse:
        if self.refuse_streams is not None:
            self.recorder.note(f"the venue refuses its stream: {self.refuse_streams}")
            told = {"errorMessage": "The stream is not there"}
            return web.json_response(told, status=self.refuse_streams)
        name = urlsplit(request.raw_path).path.split("/")[4]
        stream = Stream(len(self.streams) + 1, name, self.recorder, self._beat(name))
        await stream.begin(request)
        self.streams.append(stream)
        asked = request.query.get("instruments", "").split(",")
        for symbol in (s for s in asked if s in SYMBOLS):
            stream.say(price_json(self.desk, symbol))
        self.news.tell()
        try:
            return await stream.run()
        finally:
            self.news.tell()

    def _beat(self, name: str) -> "Beat":
        return Beat(self.desk, name)

    # --- REST ---

    def unauthorized(self, request: web.Request) -> int | None:
        """The status for who bears no token, or names another's account."""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return 401
        parts = urlsplit(request.raw_path).path.split("/")
        named = parts[3] if parts[2:3] == ["accounts"] and len(parts) > 3 else ACCOUNT
        return None if unquote(named) == ACCOUNT else 403

    def _book(self, asked: Asked) -> Answered:
        request = asked.request
        status = self.unauthorized(request)
        if status is not None:
            text = "Insufficient authorization to perform request."
            return refused(status, text)
        return self.clerk.answer(request.method, request.raw_path, asked.body or None)

    def _fault(self, asked: Asked) -> str | None:
        if not asked.body:
            return None
        try:
            json.loads(asked.body)
        except (ValueError, RecursionError):
            return "Invalid JSON"
        return None

    def _refusal(self, refusal: Refuse) -> Answered:
        return refused(refusal.status, refusal.text, refusal.code)


class Beat:
    """What a stream says while there is nothing to say."""

    def __init__(self, desk: OandaDesk, name: str) -> None:
        self._desk, self._name = desk, name

    def __call__(self) -> dict[str, Json]:
        beat = {"type": "HEARTBEAT", "time": stamp(self._desk.now())}
        if self._name == "transactions":
            beat["lastTransactionID"] = self._desk.ledger.last
        return beat


def _order_in(body: str) -> Mapping[str, Json] | None:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = sent.get("order") if isinstance(sent, dict) else None
    return found if isinstance(found, dict) else None
