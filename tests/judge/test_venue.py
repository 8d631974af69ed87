"""What the venue was asked for and booked, when, and how that is told."""

from conformance.evidence.entry import Entry, Kind, Party
from conformance.judge.orders import asked
from conformance.judge.venue import LONGEST, Call, booked_during, calls_during
from fixtures.calls import Told


class Waiting(Told):
    """A run on a broker whose calls and bookings have numbers."""

    def called(self, number: int, operation: str) -> None:
        asked = {"method": "GET", "target": "/", "operation": operation}
        self.recorder.add(Party.GATEWAY, Kind.CALL, call=number, **asked)

    def booked(self, order: str, what: str) -> None:
        self.recorder.add(Party.VENUE, Kind.BOOKED, what=what, order=order)


def waited() -> Waiting:
    """Something happens before a cancel is asked for, during it, and after it."""
    run = Waiting("oanda")
    run.called(1, "account")
    number = run.recorder.request("DELETE", "/v1/orders/7", {}, "", False)
    run.called(2, "order")
    run.called(3, "cancel")
    run.booked("7", "cancelled")
    run.booked("8", "accepted")
    run.recorder.add(Party.GATEWAY, Kind.RESPONSE, exchange=number, status=200, body="")
    run.called(4, "cancel")
    run.booked("9", "cancelled")
    return run


def test_only_what_was_asked_within_the_wait_is_of_it() -> None:
    found = waited().transcript
    (cancel,) = asked(found, "DELETE", "v1", "orders", None)
    assert [c.operation for c in calls_during(found, cancel)] == ["order", "cancel"]
    assert [c.operation for c in calls_during(found, cancel, "cancel")] == ["cancel"]


def test_only_what_was_booked_within_the_wait_is_of_it() -> None:
    found = waited().transcript
    (cancel,) = asked(found, "DELETE", "v1", "orders", None)
    assert [b.order for b in booked_during(found, cancel, "cancelled")] == ["7"]


def test_nothing_is_of_a_wait_that_nobody_saw_the_end_of() -> None:
    run = Waiting("oanda")
    run.recorder.request("DELETE", "/v1/orders/7", {}, "", False)
    run.called(1, "cancel")
    (cancel,) = asked(run.transcript, "DELETE", "v1", "orders", None)
    assert calls_during(run.transcript, cancel) == ()


def call(target: str, body: str | None = None) -> Call:
    data = {"method": "POST", "target": target, "body": body}
    return Call(Entry(1, 0.0, Party.GATEWAY, Kind.CALL, data), None)


def test_a_signature_stood_in_what_was_told_of_a_request() -> None:
    told = call("/api/v3/order?orderId=28&timestamp=1&signature=0edcea7").told
    assert told == "POST /api/v3/order?orderId=28&timestamp=1"


def test_a_body_of_megabytes_stood_in_a_sentence() -> None:
    assert len(call("/v2/orders", "x" * 1_000_000).told) < 2 * LONGEST
