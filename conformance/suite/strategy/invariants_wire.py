"""What holds for everything that a strategy says and prints."""

from collections.abc import Iterator

from conformance.evidence.exchange import message_of
from conformance.evidence.members import PLACEHOLDER
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import runs
from conformance.spec.contract import contract
from conformance.suite.check import check

SAID = ("pong", "event_ack")
OPEN = ("/livez", "/readyz", "/health", "/metrics")
"""Paths that ask for no key."""


@check("DUT-11", occurs="a request or an upgrade was sent")
def the_key_is_sent_everywhere(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        if run.note("without-key") is not None:
            continue
        asked = [e for e in run.exchanges if e.path not in OPEN]
        for entry in (*(e.request for e in asked), *run.knocks):
            headers = {k.lower(): str(v) for k, v in entry.data["headers"].items()}
            given = headers.get("authorization", "") + headers.get("x-api-key", "")
            yield occurred(entry)
            if PLACEHOLDER not in given:
                what = str(entry.data.get("target") or "the upgrade of its stream")
                yield finding(
                    f"It sent no key with {what}.",
                    entry,
                    cause="Is the key read from another variable, or left out here?",
                    key=f"no key {what.partition('?')[0]}",
                )


@check("DUT-14", occurs="something was said on the stream")
def the_stream_hears_pongs_and_acks_alone(
    transcript: Transcript,
) -> Iterator[Observation]:
    told: set[str] = set()
    for run in runs(transcript):
        for entry in run.said:
            message = message_of(entry)
            kind = message.get("type") if isinstance(message, dict) else None
            yield occurred(entry)
            if kind not in SAID and str(kind) not in told:
                told.add(str(kind))
                shown = str(entry.data.get("text") or "a binary frame")[:120]
                yield finding(
                    f"It said {shown} on its stream.",
                    entry,
                    cause="Does it subscribe, as another protocol has it?",
                    key=f"said {kind}",
                )


@check("DUT-23", occurs="something was said on the stream")
def messages_have_their_form(transcript: Transcript) -> Iterator[Observation]:
    told: set[str] = set()
    for run in runs(transcript):
        for entry in run.said:
            message = message_of(entry)
            if not isinstance(message, dict) or message.get("type") not in SAID:
                continue
            yield occurred(entry)
            text = str(entry.data.get("text") or "")
            for fault in contract().message_faults(text, from_server=False):
                wrong = f"{fault.pointer_masked} {fault.message}".strip()
                if wrong not in told:
                    told.add(wrong)
                    yield finding(
                        f"Its {message['type']} is not as described: {wrong}.",
                        entry,
                        cause="Does it name its events by texts, and its own message?",
                        key=f"form {wrong}",
                    )


@check("DUT-79", occurs="something was printed")
def no_key_is_printed(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        for entry in run.printed:
            yield occurred(entry)
            if PLACEHOLDER in str(entry.data["text"]):
                yield finding(
                    f"It printed its key: {str(entry.data['text'])[:120]}",
                    entry,
                    cause="Are the headers, or its settings, logged as they are?",
                    key="printed key",
                )
                return
