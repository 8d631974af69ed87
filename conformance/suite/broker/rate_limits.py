"""A broker's rate limit is passed on with its wait, and costs no further requests."""

import re
from collections.abc import Iterator
from itertools import pairwise

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.losses import measured
from conformance.judge.venue_answers import reached, sent_below
from conformance.peers.engine.conduct import Status
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation
from conformance.suite.check import check
from conformance.suite.planned_orders import send_planned
from conformance.suite.stream_steps import measure

NEEDS = Needs(seconds=60)

SECONDS = "2"
LIMITED = Status(429, '{"message":"too many requests"}', {"Retry-After": SECONDS})


async def script(strategy: Played) -> None:
    """Turns every try of one order away, with a wait."""
    await measure(strategy, "before")
    strategy.venue.always(Operation.SUBMIT, LIMITED)
    await send_planned(strategy, "limit", {}, seconds=40)
    strategy.venue.plainly()
    await measure(strategy, "after")


@check("REJ-16", occurs="the broker answered an order with 429 and Retry-After")
def a_rate_limit_says_how_long(transcript: Transcript) -> Iterator[Observation]:
    for each in reached(transcript, "limit"):
        yield occurred(each.exchange)
        answer = each.exchange.response
        headers = {} if answer is None else dict(answer.data["headers"])
        told = each.told + str(headers.get("retry-after", ""))
        if each.exchange.status != 429:
            yield finding(
                "The broker answered an order with 429; the strategy was told "
                f"{each.shown}.",
                each.exchange,
            )
        elif re.search(rf"\b{SECONDS}\b", told) is None:
            yield finding(
                f"The broker's 429 named a wait of {SECONDS} s; the strategy was told "
                f"{each.shown}, without it.",
                each.exchange,
            )


@check("BRO-52", occurs="the broker named a wait with its 429")
def the_wait_is_obeyed(transcript: Transcript) -> Iterator[Observation]:
    for each in reached(transcript, "limit"):
        sent = sent_below(transcript, each)
        yield occurred(each.exchange, *(call.asked for call in sent))
        for one, two in pairwise(sent):
            waited = two.asked.at - one.asked.at
            if waited < float(SECONDS):
                yield finding(
                    f"The broker's 429 named a wait of {SECONDS} s; the Gateway sent "
                    f"the order again after {waited:.2f} s.",
                    one.asked,
                    two.asked,
                )


COUNTED = "gateway_rate_limit_events_total"


@check("OPE-29", occurs="the broker answered an order with 429 between two looks")
def a_limit_is_counted(transcript: Transcript) -> Iterator[Observation]:
    seen = measured(transcript)
    for each in reached(transcript, "limit"):
        sent = sent_below(transcript, each)
        if not {"before", "after"} <= set(seen):
            continue
        (first, before), (last, after) = seen["before"], seen["after"]
        yield occurred(first, each.exchange, last)
        grown = after.total(COUNTED) - before.total(COUNTED)
        if grown < 1:
            yield finding(
                f"The broker answered an order with 429 {len(sent)} times; {COUNTED} "
                f"grew by {grown}.",
                first,
                each.exchange,
                last,
            )
