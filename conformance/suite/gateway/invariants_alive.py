"""The Gateway stays up, whatever any script asks of it."""

from collections.abc import Iterator

from conformance.evidence.entry import Kind
from conformance.evidence.exchange import exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.suite.check import check
from conformance.suite.gateway.invariants_contract import is_an_answer


@check("OPE-57", occurs="the Gateway answered, and did not end by itself")
def it_stays_up(transcript: Transcript) -> Iterator[Observation]:
    answered = next((e for e in exchanges(transcript) if is_an_answer(e)), None)
    if answered is not None:
        yield occurred(answered)
    for entry in transcript.of_kind(Kind.PROCESS):
        if entry.data["event"] == "died":
            last = list(transcript.of_kind(Kind.REQUEST))[-1:]
            yield finding(
                f"The Gateway ended by itself with status {entry.data['status']}: "
                f"{str(entry.data.get('detail', ''))[-200:]}",
                entry,
                *last,
                cause="Did the last request end it?",
            )
