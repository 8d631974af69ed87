"""What the venue tells comes to the strategy, and what that says goes up, once."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.pacing import acknowledgements, heard_events
from conformance.judge.pair import kept_back, sent_again, submits, unheard
from conformance.judge.venue import releases
from conformance.peers.pair.gateway import ACK_KEPT, NOT_PASSED_ON
from conformance.suite.check import check


@check("PAC-22", occurs="the Engine told events while the strategy listened")
def every_event_comes_down(transcript: Transcript) -> Iterator[Observation]:
    yield from (occurred(entry) for entry, _ in heard_events(transcript)[:3])
    for note, events in kept_back(transcript, NOT_PASSED_ON):
        yield finding(
            f"The Engine told {', '.join(events[:3])} while the strategy listened, and "
            f"the Gateway never passed it on: time stood still.",
            note,
            cause="Is there a kind of event that it drops?",
            key="not passed on",
        )
    for frame, released in unheard(transcript):
        yield finding(
            f"The Engine told {frame.event_id} ({frame.type}) while the strategy "
            f"listened; the Gateway acknowledged it, and never passed it on.",
            frame.entry,
            released,
            cause="Is there a kind of event that it drops?",
            key="dropped",
        )


@check("PAC-10", occurs="the strategy acknowledged events")
def every_acknowledgement_goes_up(transcript: Transcript) -> Iterator[Observation]:
    yield from (occurred(each.entry) for each in acknowledgements(transcript)[:3])
    for note, events in kept_back(transcript, ACK_KEPT):
        yield finding(
            f"The strategy acknowledged {', '.join(events[:3])}, and the Engine never "
            f"heard of it: time stood still.",
            note,
            cause="Does it release what was not named?",
            key="kept",
        )


@check("PAC-13", occurs="an event was released")
def nothing_is_released_before_it_is_acknowledged(
    transcript: Transcript,
) -> Iterator[Observation]:
    named = {
        event_id: each.entry
        for each in reversed(acknowledgements(transcript))
        for event_id in each.ids
    }
    told = {event_id for _, event_id in heard_events(transcript)}
    for entry, ids in releases(transcript):
        for event_id in told.intersection(ids):
            by = named.get(event_id)
            yield occurred(entry)
            if by is None or by.number > entry.number:
                yield finding(
                    f"The Gateway acknowledged {event_id}, which the strategy had not.",
                    entry,
                    key="ahead",
                )


@check("ORD-83", occurs="an order of the strategy's went up")
def an_order_goes_up_once(transcript: Transcript) -> Iterator[Observation]:
    yield from (occurred(call.asked) for call in submits(transcript))
    for again in sent_again(transcript):
        yield finding(
            f"The Gateway sent an order up {again.told}.",
            *again.asked,
            *again.sent,
            key="sent again",
        )
