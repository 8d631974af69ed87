"""A redirect of the broker is no success, and takes no credential to another host."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.venue import booked, calls_during
from conformance.judge.venue_answers import reached
from conformance.peers.engine.conduct import Status
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation
from conformance.suite.check import check
from conformance.suite.planned_orders import send_planned

NEEDS = Needs(start=False, seconds=40)

ELSEWHERE = "localhost"
"""Our venue by another name: to whoever follows a redirect, another host."""

STATUSES = (302, 307, 308)
SIGNED = ("authorization", "api-key", "apikey", "secret", "signature")


async def script(strategy: Played) -> None:
    """Answers orders with a redirect to another host."""
    port = urlsplit(strategy.venue.url).port
    for status in STATUSES:
        await strategy.start()
        where = {"Location": f"http://{ELSEWHERE}:{port}/elsewhere"}
        strategy.venue.always(Operation.SUBMIT, Status(status, "", where))
        await send_planned(strategy, f"it is answered {status}", {})
        strategy.venue.plainly()


@check("BRO-60", occurs="the broker answered an order with a redirect")
def a_redirect_is_no_success(transcript: Transcript) -> Iterator[Observation]:
    taken = {change.client_id for change in booked(transcript, "accepted")}
    for each in reached(transcript):
        yield occurred(each.exchange)
        there = each.facts["client_id"] in taken
        if each.exchange.status == 201 and not there:
            yield finding(
                f"Of an order at the broker {each.case}, and it has none; the strategy "
                f"was told {each.shown}.",
                each.exchange,
            )


@check("BRO-61", occurs="the broker answered an order with a redirect to another host")
def no_credential_follows_it(transcript: Transcript) -> Iterator[Observation]:
    for each in reached(transcript):
        yield occurred(each.exchange)
        for call in calls_during(transcript, each.exchange):
            headers = {k.lower(): v for k, v in call.asked.data["headers"].items()}
            told = [name for name in headers if any(s in name for s in SIGNED)]
            if "signature=" in call.target:
                told.append("a signature")
            elsewhere = str(headers.get("host", "")).startswith(ELSEWHERE)
            if elsewhere and told:
                yield finding(
                    f"Of an order at the broker {each.case}, to another host; the "
                    f"Gateway went there with {', '.join(told)}.",
                    each.exchange,
                    call.asked,
                )
