"""Gateways for brokers are started side by side, and asked for nothing that trades."""

import asyncio

import pytest

from conformance.errors import SafetyRefusal
from conformance.evidence.entry import Kind
from conformance.evidence.exchange import exchanges
from conformance.judge.verdict import Verdict
from conformance.peers.firewall import PROBES
from conformance.peers.played import Played as Strategy
from conformance.reference.server import ReferenceGateway
from conformance.suite.gateway import platforms_brokers
from fixtures.gateways.platforms_brokers import lacking
from fixtures.playing import Played, embedded, modules_named, perform

RULES = ("PLA-20", "PLA-21", "PLA-22", "PLA-23", "PLA-24", "PLA-25")


async def played(gateway: type[ReferenceGateway] = ReferenceGateway) -> Played:
    return await perform(modules_named(["platforms-brokers"]), embedded(gateway))


def read(found: Played, provider: str) -> set[tuple[Verdict, str]]:
    """What the checks of one provider read."""
    return {
        (o.verdict, o.reason)
        for o in found.outcomes
        if o.requirement in RULES and o.check.endswith(provider)
    }


async def test_six_gateways_are_asked_for_their_probes_and_nothing_else() -> None:
    found = await played()
    transcript = found.transcripts[0]
    assert transcript.ending.complete
    asked = [(e.method, e.target) for e in exchanges(transcript)]
    assert sorted(asked) == sorted([("GET", path) for path in PROBES] * 6)
    assert not list(transcript.of_kind(Kind.OPENED))
    assert {r for r in RULES if r in found.of(Verdict.MET)} == set(RULES)


async def test_every_address_and_credential_is_overridden() -> None:
    for broker in platforms_brokers.BROKERS:
        told = broker.environment("live", "127.0.0.1:1")
        assert told["SUBSCRIPTIONS"] == "[]"
        addresses = {v for k, v in told.items() if k.endswith(("_URL", "_PROXY"))}
        assert addresses == {"http://127.0.0.1:1"}
        assert {told[name] for name in broker.credentials} == {"placeholder"}


async def test_an_order_to_such_a_gateway_is_refused_by_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused: list[SafetyRefusal] = []

    async def tries(strategy: Strategy, *_: object) -> dict[str, str]:
        for method, path in (("POST", "/v1/orders"), ("GET", "/v1/account")):
            with pytest.raises(SafetyRefusal) as caught:
                await strategy.client().request(method, path, json={})
            refused.append(caught.value)
        return {"provider": "none", "mode": "live"}

    monkeypatch.setattr(platforms_brokers, "_look", tries)
    found = await played()
    assert len(refused) >= 2 * 6
    assert not list(exchanges(found.transcripts[0]))


async def test_a_build_without_a_provider_is_told_apart_from_a_broken_one() -> None:
    absent, broken = await asyncio.gather(
        played(lacking("oanda", "oanda is not built in")),
        played(lacking("oanda", "cannot read oanda's rules")),
    )
    told = {(Verdict.NOT_VERIFIED, "this build has no oanda provider")}
    assert read(absent, "oanda") == told
    ((verdict, reason),) = read(broken, "oanda")
    assert verdict is Verdict.NOT_VERIFIED
    assert "did not start with placeholder credentials" in reason
    assert reason.endswith("cannot read oanda's rules")
    assert read(absent, "alpaca") == read(broken, "alpaca") == {(Verdict.MET, "")}
