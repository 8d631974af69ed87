"""What nobody asked for is told apart from what an order asked for in other words."""

import json

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.finding import Finding
from conformance.suite.fuzz.effects import (
    a_refused_request_changes_nothing,
    an_order_is_what_its_text_asks_for,
)

BRACKET = {"symbol": "A", "side": "BUY", "quantity": "3", "order_type": "MARKET"}
EXIT = {"id": "o-2", "symbol": "A", "side": "SELL", "quantity": "3"}


def recorder() -> Recorder:
    header = Header("fuzz", "one", "mock", "cf1", ("A",), 7, "2026-01-01T00:00:00Z")
    return Recorder(header, lambda: 0.0)


def exchanged(
    kept: Recorder, method: str, target: str, status: int | None, body: Json = None
) -> int:
    text = None if body is None else json.dumps(body)
    generated = method == "PATCH"
    number = kept.request(method, target, {}, text, generated)
    if status is None:
        kept.add(Party.GATEWAY, Kind.NO_RESPONSE, exchange=number, reason="broken")
    else:
        told = json.dumps({"id": "o-1", "code": "X", "message": ""})
        kept.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=number,
            status=status,
            headers={},
            body=told,
        )
    return number


def announced(**order: Json) -> Transcript:
    kept = recorder()
    asked = {**BRACKET, "stop_loss": "0.4", "take_profit": "800000"}
    exchanged(kept, "POST", "/v1/orders", 201, asked)
    told = {"type": "order", "event": "ORDER_CREATED", "order": {**EXIT, **order}}
    kept.add(Party.GATEWAY, Kind.MESSAGE, stream="observer-1", text=json.dumps(told))
    return kept.close(complete=True)


def unasked(transcript: Transcript) -> list[Finding]:
    found = an_order_is_what_its_text_asks_for(transcript)
    return [each for each in found if isinstance(each, Finding)]


def test_an_exit_that_names_no_parent_was_asked_for_all_the_same() -> None:
    assert not unasked(announced(limit_price="800000.0"))
    assert not unasked(announced(stop_price="0.4"))


def test_an_order_at_a_price_that_nobody_named_was_not_asked_for() -> None:
    assert unasked(announced(limit_price="799999"))
    assert unasked(announced(limit_price="800000", side="BUY"))
    assert unasked(announced(limit_price="800000", symbol="B"))
    assert unasked(announced())


def looked(*, seen: bool) -> list[Finding]:
    kept = recorder()
    facts = {"id": "o-9", "order": {"status": "OPEN"}, "position": None}
    more = {"position_id": None, "shown": []}
    kept.note("", name="look", facts={"after": None, "seen": True, **facts, **more})
    number = exchanged(kept, "PATCH", "/v1/orders/..", 404, {})
    gone = {**facts, "order": None}
    kept.note("", name="look", facts={"after": number, "seen": seen, **gone, **more})
    found = a_refused_request_changes_nothing(kept.close(complete=True))
    return [each for each in found if isinstance(each, Finding)]


def test_who_was_looked_for_and_not_found_is_gone() -> None:
    assert looked(seen=True)


def test_a_look_that_was_not_answered_shows_nothing() -> None:
    assert not looked(seen=False)
