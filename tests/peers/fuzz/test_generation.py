"""What schemathesis's engine is relied on for: its requests, its events, its seed."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from conformance.errors import SuiteFault
from conformance.peers.fuzz.course import Case, Course
from conformance.peers.fuzz.driver import generate
from conformance.peers.fuzz.relay import CASE, Asked
from conformance.peers.reply import Reply
from conformance.spec.overlay import ODD_IDS, overlaid_document

Answer = Callable[[Asked], Reply]


def handle(asked: Asked) -> Reply:
    """Every order is taken and called by the same name."""
    text = '{"id": "order-1", "status": "OPEN"}'
    return Reply(1, 201, (("content-type", "application/json"),), text)


def generated(
    operation: str | None, examples: int = 0, seed: int = 5, answer: Answer = handle
) -> tuple[tuple[Case, ...], list[Asked]]:
    asked: list[Asked] = []

    async def pass_on(each: Asked) -> Reply:
        asked.append(each)
        return answer(each)

    course = Course(overlaid_document(("A",)), operation, examples, seed)
    cases = asyncio.run(generate(course, pass_on))
    return cases, asked


def texts(asked: list[Asked]) -> list[tuple[str, str, bytes | None]]:
    return [(each.method, each.target, each.body) for each in asked]


def test_one_seed_generates_the_same_requests_twice() -> None:
    _, once = generated("POST /v1/orders", examples=20)
    _, twice = generated("POST /v1/orders", examples=20)
    assert texts(once) == texts(twice)
    assert len(once) > 200


def test_another_seed_generates_others() -> None:
    _, once = generated("PATCH /v1/orders/{order_id}", examples=20)
    _, other = generated("PATCH /v1/orders/{order_id}", examples=20, seed=6)
    assert texts(once) != texts(other)


def test_every_case_tells_its_phase_and_whether_the_document_allows_it() -> None:
    cases, asked = generated("GET /v1/trades", examples=10)
    assert {case.phase for case in cases} == {"examples", "coverage", "fuzzing"}
    assert {case.valid for case in cases} == {True, False}
    assert {each.case for each in asked if each.case} <= {case.id for case in cases}


def test_without_examples_only_the_fixed_requests_are_generated() -> None:
    cases, _ = generated("GET /v1/trades")
    assert {case.phase for case in cases} == {"examples", "coverage"}


def test_an_operation_of_its_own_is_asked_by_its_path_alone() -> None:
    _, asked = generated("GET /v1/trades")
    paths = {each.target.partition("?")[0] for each in asked}
    assert {path for path in paths if "schemathesis" not in path} == {"/v1/trades"}


def test_ids_that_lead_elsewhere_stay_one_segment() -> None:
    _, asked = generated("GET /v1/orders/{order_id}", examples=40)
    paths = [each.target.partition("?")[0] for each in asked]
    kept = [path for path in paths if path.startswith("/v1/orders/")]
    assert {path.count("/") for path in kept} == {3}
    assert any("%2F" in path for path in kept), ODD_IDS


def test_a_sequence_is_made_from_the_answers_before() -> None:
    cases, asked = generated(None, examples=12)
    assert {case.phase for case in cases} == {"stateful"}
    assert any(case.after for case in cases)
    assert any("/v1/orders/order-1" in each.target for each in asked)


def test_the_generators_own_headers_go_no_further() -> None:
    _, asked = generated("GET /livez")
    assert all(CASE not in each.headers for each in asked)
    assert all("user-agent" not in each.headers for each in asked)


def test_a_request_that_was_not_answered_does_not_end_the_generation() -> None:
    def lost(asked: Asked) -> Reply:
        return Reply(1, 0, lost="broken")

    cases, asked = generated("GET /v1/trades", answer=lost)
    assert len(asked) > 30
    assert len(cases) > 30


def test_a_run_that_is_ended_ends_the_generator_too() -> None:
    async def run() -> int:
        count = 0

        async def pass_on(_: Asked) -> Reply:
            nonlocal count
            count += 1
            if count == 5:
                assert task is not None
                task.cancel()
            return handle(_)

        course = Course(overlaid_document(("A",)), "POST /v1/orders", 5000, 1)
        task = asyncio.create_task(generate(course, pass_on))
        with pytest.raises(asyncio.CancelledError):
            await task
        return count

    assert asyncio.run(run()) < 50
    assert not [t for t in threading.enumerate() if "schemathesis" in t.name]


def test_what_fails_in_passing_on_ends_the_generation_and_is_raised() -> None:
    """It was answered 500 to the generator, which went on, and nobody heard of it."""
    asked: list[Asked] = []

    def fails(each: Asked) -> Reply:
        asked.append(each)
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError):
        generated("GET /v1/trades", answer=fails)
    assert len(asked) < 5


def test_a_document_that_cannot_be_read_is_a_fault_of_the_suite() -> None:
    """A contract with the engine: what it cannot do it tells as an event."""
    document = overlaid_document(("A",))
    document["paths"]["/v1/trades"]["get"]["parameters"] = [{"$ref": "#/nowhere"}]

    async def pass_on(_: Asked) -> Reply:
        return handle(_)

    with pytest.raises(SuiteFault, match="schemathesis"):
        asyncio.run(generate(Course(document, "GET /v1/trades", 0, 1), pass_on))
