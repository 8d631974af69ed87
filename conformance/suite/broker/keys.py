"""A key that is over at the broker is told as that; no credential is told at all."""

import json
from collections.abc import Iterator

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.venue_answers import reached
from conformance.peers.engine.conduct import Status
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation
from conformance.suite.check import check
from conformance.suite.planned_orders import send_planned

NEEDS = Needs(start=False, seconds=60)

EXPIRED, ECHO = "its key has expired", "its text holds our credentials"
ENDED = Status(401, '{"message":"that is over"}')

NAMES = ("401", "auth", "credential", "key", "token")
"""One of these is in whatever is told as a failure of authentication."""

SECRET = ("KEY", "SECRET", "TOKEN", "ACCOUNT_ID")
"""So ends the name of every variable that nobody else should read."""


async def script(strategy: Played) -> None:
    """Lets the key expire; then has the broker say what should stay untold."""
    await strategy.start()
    strategy.venue.always(Operation.SUBMIT, ENDED)
    await send_planned(strategy, EXPIRED, {})
    strategy.venue.plainly()
    await strategy.start()
    planted = _credentials(strategy)
    strategy.venue.always(Operation.SUBMIT, _telling(planted))
    await send_planned(strategy, ECHO, {"planted": planted})
    strategy.venue.plainly()
    strategy.keep_log()


def _credentials(strategy: Played) -> list[str]:
    """What the Gateway was given to sign in with."""
    given = strategy.venue.environment(strategy.symbol)
    return sorted(v for n, v in given.items() if n.endswith(SECRET))


def _telling(planted: list[str]) -> Status:
    """A refusal in every broker's form at once, whose text holds them all."""
    text = f"not with {' or '.join(planted)}"
    told = {
        "message": text,
        "errorMessage": text,
        "msg": text,
        "code": -2010,
        "ErrorInfo": {"ErrorCode": "Refused", "Message": text},
    }
    return Status(400, json.dumps(told))


@check("AUT-29", occurs="the broker answered an order with 401")
def an_expired_key_is_told(transcript: Transcript) -> Iterator[Observation]:
    for each in reached(transcript, EXPIRED):
        yield occurred(each.exchange)
        named = any(name in each.told.lower() for name in NAMES)
        if each.exchange.status == 422 or not named:
            yield finding(
                "The broker answered an order with 401: the key has expired; the "
                f"strategy was told {each.shown}, which does not say so.",
                each.exchange,
            )


@check("REJ-11", occurs="the text of a broker's refusal held the Gateway's credentials")
def no_credential_is_passed_on(transcript: Transcript) -> Iterator[Observation]:
    for each in reached(transcript, ECHO):
        planted = [str(p) for p in each.facts["planted"]]
        yield occurred(each.exchange)
        if told := [p for p in planted if p in each.told]:
            yield finding(
                f"The broker's refusal held {len(planted)} of the Gateway's "
                f"credentials; the strategy was told {len(told)} of them, "
                f"the first begins with {told[0][:4]}….",
                each.exchange,
            )


@check("BRO-59", occurs="a Gateway with credentials printed lines")
def no_credential_is_printed(transcript: Transcript) -> Iterator[Observation]:
    planted = {
        str(p) for each in reached(transcript, ECHO) for p in each.facts["planted"]
    }
    lines = list(transcript.of_kind(Kind.LOG))
    if not planted or not lines:
        return
    yield occurred(lines[0])
    for line in lines:
        found = [p for p in planted if p in str(line.data.get("text"))]
        for each in found[:1]:
            yield finding(
                "The Gateway printed one of its credentials at the broker, which "
                f"begins with {each[:4]}….",
                line,
            )
