"""What a script on a broker shows, and what it does not where the broker was silent."""

import json
from typing import Any

from aiohttp import web

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.finding import Finding, Occurrence
from conformance.judge.verdict import Verdict
from conformance.reference.brokers import PROBES
from conformance.reference.failure import Failure
from conformance.reference.oanda.provider import OandaProvider
from conformance.reference.routes import operation
from conformance.reference.server import ReferenceGateway
from conformance.suite.broker import broker_modules
from conformance.suite.check import SuiteModule
from conformance.suite.gateway.outage import health_tells_of_the_outage
from conformance.suite.second_opinion import illegal_below
from conformance.venue.order import Order
from fixtures.gateways.oanda import broking
from fixtures.playing import Played, embedded, modules_named, perform


def on(*names: str) -> tuple[SuiteModule, ...]:
    return tuple(m for m in modules_named(names) if m.scene is None or m.name in names)


def transcript(*rows: tuple[Party, Kind, Json]) -> Transcript:
    entries = tuple(Entry(n, float(n), *row) for n, row in enumerate(rows, 1))
    header = Header("a test", "a test", "oanda", "", (), 0, "")
    return Transcript(header, entries, Ending(complete=True))


def verdicts(found: Played, script: str) -> set[tuple[Verdict, str]]:
    return {(o.verdict, o.reason) for o in found.outcomes if o.script == script}


async def test_a_gateway_that_never_asked_its_broker_shows_nothing() -> None:
    """The reference has no line to Alpaca: it answers every order with 502 itself."""
    found = await perform(on("alpaca-rejections", "alpaca-rate-limits"), embedded())
    for script in ("alpaca-rejections", "alpaca-rate-limits"):
        assert {v for v, _ in verdicts(found, script)} == {Verdict.NOT_VERIFIED}
    assert not found.faulted


async def test_a_build_without_a_brokers_provider_has_not_died() -> None:
    found = await perform(on("saxo-fills", "saxo-unknown-outcome"), embedded())
    told = verdicts(found, "saxo-fills") | verdicts(found, "saxo-unknown-outcome")
    assert told == {(Verdict.NOT_VERIFIED, "this build has no saxo provider")}
    assert not found.faulted


def test_every_broker_has_every_script() -> None:
    named = [m.name for m in broker_modules()]
    scripts = {name.partition("-")[2] for name in named}
    providers = {m.scene.needs.venue for m in broker_modules() if m.scene is not None}
    assert sorted(named) == sorted(f"{p}-{s}" for p in providers for s in scripts)


def test_what_our_venue_may_not_say_is_a_fault_of_the_suite() -> None:
    wrong = transcript(
        (Party.VENUE, Kind.ANSWER, {"call": 1, "fault": "illegal: no id"}),
        (Party.VENUE, Kind.FRAME, {"link": 1, "fault": "no time", "deliberate": False}),
        (Party.VENUE, Kind.FRAME, {"link": 1, "fault": "meant", "deliberate": True}),
        (Party.VENUE, Kind.ANSWER, {"call": 2, "fault": "accepted, rst"}),
        (Party.GATEWAY, Kind.FRAME, {"link": 1, "fault": "theirs"}),
    )
    told = list(illegal_below([wrong]))
    assert len(told) == 2
    assert "no id" in told[0]
    assert "no time" in told[1]


def refusing(*operations: str) -> type[ReferenceGateway]:
    """A Gateway that does not do these operations, or none without any."""

    class Refusing(ReferenceGateway):
        def route(self, request: web.Request) -> Any:
            found = super().route(request)
            if found is None:
                return None
            name, _ = operation(request.method, request.rel_url.raw_path)
            if name not in PROBES and (not operations or name in operations):
                raise Failure("UNSUPPORTED_OPERATION", "that is not done here")
            return found

    return Refusing


def met(found: Played, *requirements: str) -> set[str]:
    return {
        o.requirement
        for o in found.outcomes
        if o.requirement in requirements
        and o.verdict in (Verdict.MET, Verdict.NOT_APPLICABLE)
    }


async def test_what_a_gateway_does_not_do_at_all_is_not_met() -> None:
    scripts = ("away", "cancel-all", "cancels", "groups", "hedging", "limited-closes")
    names = [f"oanda-{name}" for name in (*scripts, "replaces", "trailing")]
    changes = ("modify_order", "cancel_order", "cancel_all_orders", "close_position")
    subject = embedded(refusing(*changes, "capabilities", "status"))
    found = await perform(on(*names), subject, takes=1)
    kept = ("MOD-10", "MOD-12", "MOD-43", "MOD-64", "BRO-57", "BRO-62", "EXI-60")
    told = ("EXI-30", "LED-54", "OPE-17", "OPE-30", "ORD-22")
    assert not met(found, *kept, *told)
    assert all(t.ending.complete for t in found.transcripts)


async def test_a_gateway_that_does_nothing_has_met_nothing_at_its_broker() -> None:
    scripts = ("breaker", "odd-ids", "options", "silence", "steps", "targets")
    names = [f"oanda-{name}" for name in scripts]
    found = await perform(on(*names), embedded(refusing()), takes=1)
    mine = [o for o in found.outcomes if o.script in names]
    assert not {o.requirement for o in mine if o.verdict is Verdict.MET}
    assert "FID-11" not in found.faulted


def away(*before: tuple[Party, Kind, Json]) -> Transcript:
    """Health tells that all is well while the broker is away."""
    asked = {"exchange": 1, "method": "GET", "target": "/health", "headers": {}}
    told = {"providers": [{"platform": "oanda-practice", "connected": True}]}
    answered = {"exchange": 1, "status": 200, "body": json.dumps(told), "headers": {}}
    return transcript(
        *before,
        (Party.SUITE, Kind.NOTE, {"name": "away", "text": "", "facts": None}),
        (Party.STRATEGY, Kind.REQUEST, asked),
        (Party.GATEWAY, Kind.RESPONSE, answered),
    )


def test_a_gateway_without_a_stream_had_to_know_that_its_data_is_old() -> None:
    """`connected` says whether all instrument data is fresh: here there is none."""
    linked = (Party.GATEWAY, Kind.LINKED, {"link": 1})
    assert not list(health_tells_of_the_outage(away()))
    found = list(health_tells_of_the_outage(away(linked)))
    assert [type(each) for each in found] == [Occurrence, Finding]


class TellsOfNoOrder(OandaProvider):
    def order_event(self, event: str, order: Order) -> None:
        """Nothing."""


async def test_who_told_of_no_order_had_told_nothing_twice() -> None:
    found = await perform(on("oanda-stream-loss"), embedded(broking(TellsOfNoOrder)))
    judged = [o for o in found.outcomes if o.script == "oanda-stream-loss"]
    twice = next(o for o in judged if o.requirement == "NET-12")
    assert twice.verdict is Verdict.NOT_VERIFIED
