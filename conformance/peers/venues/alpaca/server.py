"""Alpaca's two REST APIs as one server."""

from collections.abc import Mapping

from aiohttp import web

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Refuse
from conformance.peers.upstream import Answered, Asked
from conformance.peers.venues.alpaca.answers import answer, refusal
from conformance.peers.venues.alpaca.contract import answer_fault
from conformance.peers.venues.alpaca.desk import AlpacaDesk
from conformance.peers.venues.alpaca.meaning import meaning
from conformance.peers.venues.alpaca.requests import (
    Credentials,
    Route,
    body_of,
    fault_of,
    route_of,
)
from conformance.peers.venues.wire import VenueServer
from conformance.peers.venues.words import Operation

ABOUT_ORDERS = frozenset({Operation.ORDER, Operation.REPLACE, Operation.CANCEL})


class AlpacaServer(VenueServer):
    """Refuses what the real one refuses before it looks at its books."""

    def __init__(
        self, recorder: Recorder, desk: AlpacaDesk, credentials: Credentials
    ) -> None:
        super().__init__(recorder)
        self.desk = desk
        self.credentials = credentials

    def operation(self, method: str, target: str) -> Operation:
        route = route_of(method, target)
        return Operation.OTHER if route is None else route.operation

    def named(self, asked: Asked) -> Mapping[str, Json]:
        route = self._route(asked)
        named: dict[str, Json] = {}
        if route is not None and route.operation in ABOUT_ORDERS:
            named["order"] = route.argument
        client = (body_of(asked.body) or {}).get("client_order_id")
        return {**named, "client_order_id": client} if client else named

    def meant(self, asked: Asked) -> Mapping[str, Json]:
        return meaning(asked.body)

    def _route(self, asked: Asked) -> Route | None:
        return route_of(asked.request.method, asked.request.raw_path)

    def _refused(self, asked: Asked) -> Refuse | None:
        request = asked.request
        return fault_of(
            request.method,
            request.raw_path,
            asked.body,
            request.headers,
            self.credentials,
        )

    def _fault(self, asked: Asked) -> str | None:
        found = self._refused(asked)
        if found is None:
            return None
        return f"{found.status} {found.code or '-'} {found.text}"

    def _malformed(self, fault: str) -> Refuse:
        status, code, text = fault.split(" ", 2)
        return Refuse(text, None if code == "-" else code, int(status))

    def _refusal(self, refuse: Refuse) -> Answered:
        return refusal(refuse)

    def _book(self, asked: Asked) -> Answered:
        route = self._route(asked)
        if route is None:
            return refusal(Refuse("endpoint not found.", "40410000", 404))
        return answer(self.desk, route, asked.request.raw_path, asked.body)

    def _wrong(self, asked: Asked, found: Answered) -> str | None:
        route = self._route(asked)
        name = "" if route is None else route.name
        return answer_fault(name, found.status, found.body)

    def _response(self, asked: Asked, found: Answered) -> web.Response:
        if found.status != 204:
            return super()._response(asked, found)
        self._said(asked, found, None)
        return web.Response(status=204)
