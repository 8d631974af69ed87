"""What is told of a request to the venue."""

from conformance.evidence.entry import Entry, Kind, Party
from conformance.judge.venue import LONGEST, Call


def call(target: str, body: str | None = None) -> Call:
    data = {"method": "POST", "target": target, "body": body}
    return Call(Entry(1, 0.0, Party.GATEWAY, Kind.CALL, data), None)


def test_a_signature_stood_in_what_was_told_of_a_request() -> None:
    told = call("/api/v3/order?orderId=28&timestamp=1&signature=0edcea7").told
    assert told == "POST /api/v3/order?orderId=28&timestamp=1"


def test_a_body_of_megabytes_stood_in_a_sentence() -> None:
    assert len(call("/v2/orders", "x" * 1_000_000).told) < 2 * LONGEST
