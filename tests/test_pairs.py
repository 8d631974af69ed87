"""A pair is judged by the same duties: each side is found by what is wrong with it."""

import asyncio

import pytest
from aiohttp import web

from conformance.peers.embedded import EmbeddedSubject
from conformance.reference.server import ReferenceGateway
from fixtures.gateways.tektii import acking, provided
from fixtures.gateways.tektii_outage import SendsLostOrdersAgain
from fixtures.gateways.tektii_pacing import (
    LosesAccountEvents,
    RunsAhead,
    StandsStill,
    TakesBreakForEnd,
)
from fixtures.pairs import play, play_bad, play_mutant
from fixtures.trying import GOOD, cast_of_good

CORE = (
    "acknowledgements",
    "clean-run",
    "engine-lost",
    "gateway-killed",
    "lost-below",
    "partial-fills",
    "rejections",
)
"""Scripts that show the ways of a pair; `python -m fixtures.pairs` plays all."""


def test_the_good_strategy_on_the_reference_violates_nothing() -> None:
    played = asyncio.run(play(cast_of_good(GOOD), EmbeddedSubject(), *CORE))
    assert not played.faulted
    assert all(t.ending.complete for t in played.transcripts), [
        (t.name, t.ending.error) for t in played.transcripts if not t.ending.complete
    ]


@pytest.mark.parametrize(
    ("name", "script", "violates"),
    [
        ("sells-what-was-ordered", "partial-fills", {"DUT-41", "DUT-52", "DUT-54"}),
        ("dies-of-refusals", "rejections", {"DUT-48"}),
        ("acks-early", "acknowledgements", {"DUT-31"}),
        ("resends-blindly", "lost-below", {"DUT-47"}),
        ("sends-no-id", "clean-run", {"DUT-43"}),
    ],
)
def test_a_bad_strategy_is_found_as_one_of_a_pair(
    name: str, script: str, violates: set[str]
) -> None:
    played = asyncio.run(play_bad(name, script))
    assert played.faulted == violates


@pytest.mark.parametrize(
    ("gateway", "script", "violates"),
    [
        (provided(SendsLostOrdersAgain), "lost-below", {"ORD-83"}),
        (provided(LosesAccountEvents), "clean-run", {"PAC-22"}),
        (acking(StandsStill), "clean-run", {"PAC-10"}),
        (provided(RunsAhead), "clean-run", {"PAC-13"}),
        (provided(TakesBreakForEnd), "engine-lost", {"PAC-16"}),
    ],
    ids=[
        "sends-lost-orders-again",
        "loses-account-events",
        "stands-still",
        "runs-ahead",
        "takes-a-break-for-an-end",
    ],
)
def test_a_faulty_gateway_is_found_under_a_good_strategy(
    gateway: type[ReferenceGateway], script: str, violates: set[str]
) -> None:
    played = asyncio.run(play_mutant(gateway, script, seconds=15))
    assert played.faulted == violates


class DiesOfOrders(ReferenceGateway):
    async def dispatch(self, request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            self._dying = asyncio.create_task(self.stop())
            await asyncio.wait([self._dying], timeout=0.1)
        return await super().dispatch(request)


def test_a_gateway_that_dies_is_no_fault_of_its_strategys() -> None:
    played = asyncio.run(play_mutant(DiesOfOrders, "clean-run"))
    assert "OPE-57" in played.faulted
    assert not any(name.startswith("DUT") for name in played.faulted)
    told = {o.reason for o in played.outcomes if o.requirement == "DUT-20"}
    assert told == {"the Gateway had died (clean)"}
