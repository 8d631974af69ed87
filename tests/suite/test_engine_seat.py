"""One Engine below a Gateway that runs already: scripts play it one after the other."""

import pytest

from conformance.errors import BadOption
from conformance.judge.verdict import Verdict
from conformance.peers.ports import free_port
from conformance.settings import Settings, parse_settings
from conformance.suite.check import Suite
from conformance.suite.gateway import gateway_suite
from conformance.suite.performance import Performance
from fixtures.serving import serving

NAMES = ("pacing", "pacing-events", "rejections", "cancel")


def some() -> Suite:
    modules = [m for m in gateway_suite().modules if m.name in NAMES]
    return Suite(tuple(modules))


def test_scripts_share_the_one_connection_of_a_gateway() -> None:
    port = free_port()
    environment = {
        "GATEWAY_PROVIDER": "tektii",
        "TEKTII_ENGINE_URL": f"http://127.0.0.1:{port}",
        "TEKTII_ENGINE_WS_URL": f"ws://127.0.0.1:{port}",
    }
    with serving(**environment) as url:
        settings = Settings(gateway_url=url, gateway_engine=("127.0.0.1", port), seed=3)
        run = Performance(settings, {}, some())
        run.begin()
        record = run.finish()
    assert record.error is None
    assert not record.faults
    verdicts = {o.requirement: o.verdict for o in record.outcomes}
    assert verdicts["PAC-10"] is verdicts["PAC-22"] is Verdict.MET
    assert verdicts["REJ-10"] is verdicts["MOD-40"] is Verdict.MET
    links = [e for t in record.transcripts for e in t.entries if e.kind == "linked"]
    assert len(links) <= 1


def test_without_an_engine_its_scripts_say_what_they_need() -> None:
    with serving() as url:
        run = Performance(Settings(gateway_url=url, seed=3), {}, some())
        run.begin()
        record = run.finish()
    told = {o.reason for o in record.outcomes if o.script == "pacing"}
    assert told == {
        "needs --gateway-cmd, or --gateway-engine and a Gateway pointed at it"
    }


def test_a_port_that_is_taken_is_told_by_the_option() -> None:
    with serving() as url:
        port = int(url.rpartition(":")[2])
        settings = Settings(gateway_url=url, gateway_engine=("127.0.0.1", port))
        with pytest.raises(BadOption, match="--gateway-engine"):
            Performance(settings, {}, some()).begin()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"gateway_url": "http://h:1", "gateway_engine": "9090"}, "not HOST:PORT"),
        ({"gateway_url": "http://h:1", "gateway_engine": "h:x"}, "not HOST:PORT"),
        ({"gateway_url": "http://h:1", "gateway_engine": "h:70000"}, "not HOST:PORT"),
        ({"gateway_cmd": "embedded", "gateway_engine": "h:90"}, "only with"),
        ({"gateway_url": "embedded", "gateway_engine": "h:90"}, "only with"),
    ],
)
def test_where_the_engine_is_to_listen_is_checked(
    values: dict[str, object], told: str
) -> None:
    with pytest.raises(BadOption, match=told):
        parse_settings({**values, "conformance_plan": True}, {})
