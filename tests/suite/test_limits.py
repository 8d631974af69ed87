"""A probe that is slow on a busy machine says nothing of the Gateway."""

from typing import Any

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.finding import Finding
from conformance.suite.gateway.limits import probes_are_prompt_beside_costly_requests


def probed(took: float, starved: int) -> Transcript:
    """A probe while nothing went on, then one beside costly requests."""
    recorder = Recorder(Header("limits", "", "mock", "cf", (), 0, ""), lambda: 0.0)
    for case, milliseconds in (("idle", 2.0), ("costly", took)):
        exchange = recorder.request("GET", "/livez", {}, None, False)
        answer: dict[str, Any] = {"headers": {}, "body": '{"status":"ok"}', "cut": 0}
        answer |= {"exchange": exchange, "status": 200, "milliseconds": milliseconds}
        recorder.add(Party.GATEWAY, Kind.RESPONSE, **answer)
        facts = {"case": case, "exchange": exchange, "starved": starved}
        recorder.note("probe", name="probe", facts=facts)
    return recorder.close(complete=True)


def test_a_slow_probe_on_a_busy_machine_shows_nothing() -> None:
    found = probes_are_prompt_beside_costly_requests(probed(1225.0, 600))
    assert list(found) == []


def test_a_slow_probe_is_a_finding_where_we_were_not_kept_from_asking() -> None:
    found = list(probes_are_prompt_beside_costly_requests(probed(1225.0, 100)))
    assert any(isinstance(each, Finding) for each in found)
