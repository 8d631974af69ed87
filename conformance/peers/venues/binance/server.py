"""Binance's REST API as a server."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Refuse
from conformance.peers.upstream import Answered, Asked
from conformance.peers.venues.binance import placing
from conformance.peers.venues.binance.answers import answer, refusal
from conformance.peers.venues.binance.contract import answer_fault
from conformance.peers.venues.binance.desk import BinanceDesk
from conformance.peers.venues.binance.meaning import meaning
from conformance.peers.venues.binance.requests import (
    Credentials,
    endpoint_of,
    fault_of,
    name_of,
    parameters,
)
from conformance.peers.venues.wire import VenueServer
from conformance.peers.venues.words import Operation

ORDER_ENDPOINTS = frozenset({"order", "order/cancelReplace"})


class BinanceServer(VenueServer):
    """Refuses what the real one refuses before it looks at its books."""

    def __init__(
        self, recorder: Recorder, desk: BinanceDesk, credentials: Credentials
    ) -> None:
        super().__init__(recorder)
        self.desk = desk
        self.credentials = credentials

    def operation(self, method: str, target: str) -> Operation:
        endpoint = endpoint_of(method, target)
        return Operation.OTHER if endpoint is None else endpoint.operation

    def named(self, asked: Asked) -> Mapping[str, Json]:
        sent = parameters(asked.request.raw_path, asked.body)
        client = sent.get("newClientOrderId") or sent.get("origClientOrderId")
        order = sent.get("orderId") or sent.get("cancelOrderId")
        named = {"client_order_id": client, "order": order}
        return {name: value for name, value in named.items() if value}

    def meant(self, asked: Asked) -> Mapping[str, Json]:
        return meaning(parameters(asked.request.raw_path, asked.body))

    def _refused(self, asked: Asked) -> Refuse | None:
        request = asked.request
        method, target = request.method, request.raw_path
        headers = request.headers
        found = fault_of(method, target, asked.body, headers, self.credentials)
        if found is None and method == "POST" and name_of(target) in ORDER_ENDPOINTS:
            return placing.fault_of(parameters(target, asked.body))
        return found

    def _fault(self, asked: Asked) -> str | None:
        found = self._refused(asked)
        return None if found is None else f"{found.code} {found.text}"

    def _malformed(self, fault: str) -> Refuse:
        code, _, text = fault.partition(" ")
        status = {"-2015": 401, "-1020": 404}.get(code, 400)
        return Refuse(text, code, status)

    def _refusal(self, refuse: Refuse) -> Answered:
        # 422 is what a script means that names no status; Binance has none.
        return refusal(
            replace(refuse, status=400 if refuse.status == 422 else refuse.status)
        )

    def _book(self, asked: Asked) -> Answered:
        request = asked.request
        sent = parameters(request.raw_path, asked.body)
        found = answer(self.desk, request.method, name_of(request.raw_path), sent)
        weight = {"x-mbx-used-weight-1m": str(asked.number)}
        return replace(found, headers={**found.headers, **weight})

    def _wrong(self, asked: Asked, found: Answered) -> str | None:
        request = asked.request
        name = name_of(request.raw_path)
        return answer_fault(request.method, name, found.status, found.body)
