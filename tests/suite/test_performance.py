"""A run plays what was chosen, says what it left out, and ends when it is told to."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from conformance.errors import SubjectUnreachable
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, occurred
from conformance.judge.verdict import Outcome, Verdict
from conformance.peers.embedded import EmbeddedSubject
from conformance.peers.played import Played
from conformance.peers.scene import Needs, Script
from conformance.reference.server import ReferenceGateway
from conformance.settings import Settings
from conformance.spec.catalogue import Level, load_catalogue
from conformance.suite.check import Check, Judgement, Scene, Suite, SuiteModule
from conformance.suite.performance import Performance
from fixtures.playing import play_now
from fixtures.serving import serving

MUSTS = [r.id for r in load_catalogue() if r.level is Level.MUST]
EMBEDDED = Settings(gateway_cmd="embedded", seed=7)
SHARED = Settings(gateway_url="embedded", seed=7)


def seen(transcript: Transcript) -> Iterator[Observation]:
    yield occurred(1)


async def quick(strategy: Played) -> None:
    await strategy.get("/v1/orders")


async def hangs(_: Played) -> None:
    await asyncio.sleep(60)


def suite(**scripts: Script) -> Suite:
    def module(number: int, name: str, script: Script) -> SuiteModule:
        checks = (Check(MUSTS[number], "it was asked", seen, name),)
        return SuiteModule(name, "", Scene(name, script, Needs()), checks)

    return Suite(
        tuple(
            module(i, name, script) for i, (name, script) in enumerate(scripts.items())
        )
    )


def test_what_was_not_selected_is_not_played_and_the_record_is_partial() -> None:
    run = Performance(EMBEDDED, {}, suite(one=quick, two=quick))
    run.select([("two", MUSTS[1])])
    run.begin()
    record = run.finish()
    assert [t.name for t in run.transcripts] == ["two"]
    assert record.planned == (("two", MUSTS[1]),)
    assert (record.partial, record.complete) == (True, False)


def test_a_selection_of_everything_is_whole() -> None:
    run = Performance(EMBEDDED, {}, suite(one=quick))
    run.select([("one", MUSTS[0])])
    run.begin()
    record = run.finish()
    assert (record.partial, record.complete) == (False, True)
    assert [o.verdict for o in record.outcomes] == [Verdict.MET]


def test_what_the_doctor_did_is_kept() -> None:
    run = Performance(EMBEDDED, {}, suite(one=quick))
    run.begin()
    names = [t.name for t in run.finish().transcripts]
    assert names == ["doctor", "doctor-2", "one"]


def test_an_interrupted_run_cancels_what_it_opened_and_keeps_the_record() -> None:
    rests = threading.Event()

    async def two(strategy: Played) -> None:
        await strategy.resting()
        rests.set()
        await asyncio.sleep(60)

    run = Performance(SHARED, {}, suite(one=quick, two=two))
    run.begin()
    assert run.outcomes("one", MUSTS[0])[0].verdict is Verdict.MET
    assert rests.wait(5)
    record = run.interrupt()
    (cut,) = [t for t in record.transcripts if t.name == "two"]
    assert (record.interrupted, record.complete) == (True, False)
    assert cut.ending.error == "the run was ended before the script was"
    sent = [e.data["method"] for e in cut.entries if e.kind == "request"]
    assert "DELETE" in sent
    assert record.left_open == ()


def test_an_instance_that_was_being_started_is_ended_too(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    command = f"sh -c 'echo $$ > {told}.new; mv {told}.new {told}; exec sleep 60'"
    run = Performance(Settings(gateway_cmd=command), {"PATH": os.environ["PATH"]})
    run.start()
    for _ in range(200):
        if told.exists():
            break
        time.sleep(0.02)
    record = run.interrupt()
    assert record.interrupted
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_a_command_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    (tmp_path / "no-program").write_text("nothing that runs")
    run = Performance(Settings(gateway_cmd=str(tmp_path / "no-program")), {})
    run.start()
    record = run.finish()
    assert "exited with status None: [Errno 13] Permission denied" in str(record.error)
    assert record.faults == ()


def test_a_run_that_was_seen_enough_of_is_a_part_and_no_interruption() -> None:
    run = Performance(EMBEDDED, {}, suite(one=hangs))
    run.begin()
    record = run.stop()
    assert (record.interrupted, record.partial) == (False, True)


class Dies(ReferenceGateway):
    """Ends when it is asked for /livez?die."""

    async def dispatch(self, request: web.Request) -> web.StreamResponse:
        if request.query_string == "die":
            self.ending = asyncio.create_task(self.stop())
        return await super().dispatch(request)


async def kills(strategy: Played) -> None:
    await strategy.get("/livez?die", seconds=5)
    while not (await strategy.get("/livez")).lost:  # noqa: ASYNC110 - a whole request
        await asyncio.sleep(0.01)
    await strategy.resting()


def is_told(outcome: Outcome, transcript: Transcript) -> bool:
    events = [e.data["event"] for e in transcript.entries if e.kind == "process"]
    return (outcome.verdict, outcome.reason, events) == (
        Verdict.NOT_VERIFIED,
        "the Gateway had died",
        ["died"],
    )


def test_what_a_running_gateway_takes_with_it_says_that_it_died() -> None:
    with serving(Dies) as url:
        run = Performance(Settings(gateway_url=url, seed=7), {}, suite(one=kills))
        run.begin()
        record = run.finish()
    assert is_told(record.outcomes[0], record.transcripts[-1])


def test_what_an_instance_takes_with_it_says_that_it_died() -> None:
    played = play_now(suite(one=kills).modules, EmbeddedSubject(Dies))
    assert is_told(played.outcomes[0], played.transcripts[0])


def test_an_unreachable_gateway_ends_the_run_before_it_begins() -> None:
    run = Performance(Settings(gateway_url="http://127.0.0.1:9"), {}, suite(one=quick))
    with pytest.raises(SubjectUnreachable):
        run.begin()
    record = run.finish()
    assert record.error is not None
    assert record.error.startswith("no Gateway can be reached at http://127.0.0.1:9")


def test_a_record_can_be_had_of_a_run_that_never_began() -> None:
    assert Performance(EMBEDDED, {}, suite(one=quick)).record().outcomes == ()


def broken(_: Transcript) -> Iterator[Observation]:
    yield from ()
    raise ZeroDivisionError("ours")


def invariants(number: int, name: str, function: Judgement) -> SuiteModule:
    check = Check(MUSTS[number], "it was seen", function, name, True)
    return SuiteModule(name, "", None, (check,))


def test_an_invariant_that_fails_leaves_the_others_judged() -> None:
    scripts = suite(one=quick).modules
    whole = Suite((*scripts, invariants(1, "a", broken), invariants(2, "b", seen)))
    run = Performance(EMBEDDED, {}, whole)
    run.begin()
    record = run.finish()
    found = {o.requirement: o.verdict for o in record.outcomes}
    assert found == {
        MUSTS[0]: Verdict.MET,
        MUSTS[1]: Verdict.SUITE_FAULT,
        MUSTS[2]: Verdict.MET,
    }
    assert len(record.faults) == 1


def test_a_fault_of_ours_leaves_no_item_waiting() -> None:
    async def breaks(_: Scene, __: object) -> None:
        raise ZeroDivisionError("ours")

    run = Performance(EMBEDDED, {}, suite(one=quick))
    run._perform = breaks  # type: ignore[method-assign, assignment]
    run.begin()
    assert run.outcomes("one", MUSTS[0])[0].verdict is Verdict.SUITE_FAULT
    assert "ZeroDivisionError" in run.finish().faults[0]
