"""Each operation is fuzzed on ground of its own; what ends a Gateway is named."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from aiohttp import web

from conformance.evidence.entry import Kind
from conformance.evidence.exchange import exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.fuzzing import generated
from conformance.judge.verdict import Outcome, Verdict
from conformance.peers.cast import Cast
from conformance.peers.embedded import EmbeddedSubject
from conformance.peers.firewall import Permission
from conformance.peers.obstacles import obstacle
from conformance.peers.stage import play
from conformance.reference.server import ReferenceGateway
from conformance.spec.contract import contract
from conformance.suite.check import SuiteModule
from conformance.suite.fuzz.ground import MOST_SILENT, SPARE_SILENT
from conformance.suite.fuzz.rest import suite_modules
from conformance.suite.runner import judge
from fixtures.gateways import mutants
from fixtures.gateways.fuzz_rest import answering
from fixtures.playing import (
    QUICK,
    QUICK_PACE,
    Played,
    embedded,
    modules_named,
    modules_of,
    play_now,
)

MODULES = {module.name: module for module in suite_modules()}


def mutant_played(name: str, seed: int = 7) -> Played:
    mutant = next(m for m in mutants() if m.name == name)
    return play_now(
        modules_of(mutant), embedded(mutant.gateway), examples=10, seed=seed
    )


def found(played: Played, requirement: str) -> Outcome:
    return next(
        o
        for o in played.outcomes
        if o.requirement == requirement and o.verdict is Verdict.VIOLATED
    )


def bodies(transcript: Transcript, entries: tuple[int, ...]) -> list[str]:
    cited = [e for e in exchanges(transcript) if e.request.number in entries]
    return [str(e.request.data["body"]) for e in cited]


def test_every_operation_but_the_upgrade_has_a_module_and_so_have_sequences() -> None:
    told = {module.operation for module in MODULES.values()}
    declared = {o.key for o in contract().operations} - {"GET /v1/ws"}
    assert told == declared | {"sequences"}


def test_what_ended_a_gateway_is_named_and_the_rest_goes_on() -> None:
    played = mutant_played("ends-on-a-large-limit")
    (transcript,) = played.transcripts
    outcome = found(played, "FUZ-20")
    assert "sent alone to a fresh one" in outcome.findings[0].sentence
    assert "limit=2147483" in outcome.findings[0].sentence
    assert transcript.ending.complete
    last = max(e.request.number for e in exchanges(transcript) if e.status == 200)
    assert last > max(outcome.findings[0].entries)


def test_a_finding_is_shown_by_the_smallest_request_that_has_it() -> None:
    played = mutant_played("reads-no-null")
    (transcript,) = played.transcripts
    finding = found(played, "FUZ-24").findings[0]
    sent = json.loads(bodies(transcript, finding.entries)[-1])
    assert {*sent} == {"symbol", "side", "quantity", "order_type", "stop_price"}


def test_a_fault_of_a_sequence_is_shown_with_what_went_before() -> None:
    mutant = next(m for m in mutants() if m.name == "fails-deep-in-a-sequence")
    played = play_now(
        modules_of(mutant), embedded(mutant.gateway), examples=mutant.examples
    )
    told = found(played, "FUZ-10").findings
    assert told
    assert all(finding.entries for finding in told)


def test_what_names_an_order_or_a_position_meets_ones_that_live() -> None:
    """Ids are made as they are needed: one of nothing shows only that it is unknown."""
    for name in ("fuzz-patch-orders-order_id", "fuzz-delete-positions-position_id"):
        (transcript,) = play_now(modules_named((name,)), embedded()).transcripts
        made = [e for e in generated(transcript) if e.status == 200]
        assert len({e.path for e in made}) >= 1
        assert len(made) >= 5


def test_one_seed_finds_the_same_twice_by_operation_and_cause() -> None:
    def marks() -> set[tuple[str, str | None]]:
        played = mutant_played("answers-errors-in-text", seed=3)
        return {(o.requirement, f.key) for o in played.outcomes for f in o.findings}

    once = marks()
    assert once == marks()
    assert once


async def not_in_time(_: ReferenceGateway, request: web.Request) -> None:
    if request.path == "/v1/trades" and not request.query.get("limit", "0").isdigit():
        await asyncio.sleep(2)


def test_a_gateway_that_keeps_silent_was_waited_for_until_nothing_was_verified() -> (
    None
):
    modules = modules_named(("fuzz-get-trades",))
    pace = replace(QUICK_PACE, answer=0.3)
    played = play_now(modules, embedded(answering(not_in_time)), pace=pace)
    (transcript,) = played.transcripts
    waited = [e for e in transcript.entries if e.data.get("reason") == "timeout"]
    assert transcript.ending.complete
    assert len(waited) <= MOST_SILENT + SPARE_SILENT
    assert "was not answered (timeout)" in found(played, "FUZ-20").findings[0].sentence


class HangsUpAfterARefusal(ReferenceGateway):
    """What follows a refused request on its connection is cut off, as a server may."""

    refused: ClassVar[set[int]] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        if id(request.transport) in self.refused:
            self.refused.discard(id(request.transport))
            request.transport.abort()
        response = await super().answer(request)
        if response.status == 404:
            self.refused.add(id(request.transport))
        return response


def test_a_connection_that_ended_is_no_order_that_is_gone() -> None:
    """Who stood by was told to have been cancelled where nobody answered the look."""
    module = "fuzz-patch-orders-order_id"
    played = play_now(modules_named((module,)), embedded(HangsUpAfterARefusal))
    (transcript,) = played.transcripts
    assert [e for e in transcript.entries if e.kind is Kind.NO_RESPONSE]
    assert transcript.note("once-more")
    assert not played.faulted


def cast_on_paper(subject: EmbeddedSubject) -> Cast:
    bound = Permission(False, ("AAPL", "MSFT"), Decimal("1000"))
    return Cast(
        subject=subject,
        permission=bound,
        run_id="paper0",
        seed=1,
        pace=QUICK_PACE,
        symbols=("AAPL", "MSFT"),
    )


def played_on_paper(module: SuiteModule) -> Transcript:
    async def run() -> Transcript:
        subject = EmbeddedSubject(shared=True, timing=QUICK)
        try:
            assert module.scene is not None
            return (await play(module.scene, cast_on_paper(subject))).transcript
        finally:
            await subject.close()

    return asyncio.run(run())


def test_on_paper_no_order_beyond_the_bound_is_sent() -> None:
    transcript = played_on_paper(MODULES["fuzz-post-orders"])
    kept = [e for e in transcript.entries if e.data.get("name") == "not-sent"]
    assert kept
    orders = [
        e.sent
        for e in exchanges(transcript)
        if e.method == "POST" and e.path.endswith("/v1/orders")
    ]
    assert orders
    for order in orders:
        assert isinstance(order, dict)
        assert order["symbol"] in {"AAPL", "MSFT"}
        if (order.get("side"), order.get("order_type")) == ("BUY", "LIMIT"):
            worth = Decimal(order["quantity"]) * Decimal(order["limit_price"])
            assert worth <= 1000


def test_what_touches_everything_is_not_fuzzed_on_an_account_that_is_used() -> None:
    cast = replace(cast_on_paper(EmbeddedSubject(shared=True)), clean=False)
    for name in ("fuzz-delete-orders", "fuzz-delete-positions", "fuzz-sequences"):
        scene = MODULES[name].scene
        assert scene is not None
        assert "no orders and no positions" in str(obstacle(scene, cast))


def test_a_shared_gateway_that_ended_is_a_finding_all_the_same() -> None:
    mutant = next(m for m in mutants() if m.name == "ends-on-a-large-limit")
    module = MODULES["fuzz-get-bars-symbol"]

    async def run() -> Transcript:
        subject = EmbeddedSubject(mutant.gateway, shared=True, timing=QUICK)
        try:
            assert module.scene is not None
            cast = replace(cast_on_paper(subject), permission=Permission(True))
            return (await play(module.scene, cast)).transcript
        finally:
            await subject.close()

    transcript = asyncio.run(run())
    outcomes = judge(module, transcript)
    verdicts = {o.requirement: o.verdict for o in outcomes}
    assert verdicts["FUZ-20"] is Verdict.VIOLATED
