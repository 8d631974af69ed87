"""A run plays what was chosen, says what it left out, and ends when it is told to."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from conformance.errors import SubjectUnreachable
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, occurred
from conformance.judge.verdict import Verdict
from conformance.peers.played import Played
from conformance.peers.scene import Needs, Script
from conformance.settings import Settings
from conformance.spec.catalogue import Level, load_catalogue
from conformance.suite.check import Check, Scene, Suite, SuiteModule
from conformance.suite.performance import Performance

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


def test_a_run_that_was_seen_enough_of_is_a_part_and_no_interruption() -> None:
    run = Performance(EMBEDDED, {}, suite(one=hangs))
    run.begin()
    record = run.stop()
    assert (record.interrupted, record.partial) == (False, True)


def test_an_unreachable_gateway_ends_the_run_before_it_begins() -> None:
    run = Performance(Settings(gateway_url="http://127.0.0.1:9"), {}, suite(one=quick))
    with pytest.raises(SubjectUnreachable):
        run.begin()
    record = run.finish()
    assert record.error is not None
    assert record.error.startswith("no Gateway can be reached at http://127.0.0.1:9")


def test_a_record_can_be_had_of_a_run_that_never_began() -> None:
    assert Performance(EMBEDDED, {}, suite(one=quick)).record().outcomes == ()
