"""What the venue was asked for and booked while a strategy waited for an answer."""

from conformance.evidence.entry import Kind, Party
from conformance.judge.orders import asked
from conformance.judge.venue import booked_during, calls_during
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
