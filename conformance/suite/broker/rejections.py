"""What a broker refuses is told as refused, with its reason, and as nothing else."""

import re
from collections.abc import Iterator, Mapping

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.venue_answers import Answered, reached
from conformance.peers.engine.conduct import Conduct, Status
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation, Reason
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it
from conformance.suite.planned_orders import send_planned

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(seconds=60)

MEANT: Mapping[Reason, frozenset[str]] = {
    Reason.MARGIN: frozenset({"INSUFFICIENT_MARGIN", "INSUFFICIENT_BALANCE"}),
    Reason.CLOSED: frozenset({"MARKET_CLOSED"}),
    Reason.QUANTITY: frozenset({"INVALID_QUANTITY"}),
    Reason.PRICE: frozenset({"INVALID_PRICE"}),
}
"""Of openapi.json's RejectReason, what says the same as a broker's reason."""

SHUT = frozenset({Reason.CLOSED.name, Reason.HALTED.name})
SHUT_WORDS = re.compile("closed|halted", re.IGNORECASE)
"""MARKET_CLOSED, or whatever a broker says itself of a market that is."""

FAULTS: Mapping[str, Status] = {
    "outage": Status(503, '{"message":"under maintenance"}'),
    "authentication": Status(401, '{"message":"the credentials expired"}'),
}


async def script(strategy: Played) -> None:
    """Has orders refused for every documented reason, then meets faults."""
    for each in strategy.venue.refusals:
        facts = {
            "refused": True,
            "reason": each.reason.name,
            "said": each.said,
            "codes": list(each.codes),
        }
        strategy.venue.next(Operation.SUBMIT, each.answer)
        await send_planned(strategy, each.name, facts)
        strategy.venue.plainly()
    for case, fault in FAULTS.items():
        await _faulty(strategy, case, fault)


async def _faulty(strategy: Played, case: str, fault: Conduct) -> None:
    """Every time: a Gateway may ask again before it gives up."""
    await strategy.start()
    strategy.venue.always(Operation.SUBMIT, fault)
    await send_planned(strategy, case, {})
    strategy.venue.plainly()


def _refused(transcript: Transcript) -> Iterator[Answered]:
    """The orders that the broker was asked for and refused."""
    return (e for e in reached(transcript) if e.facts.get("refused"))


def _finding(each: Answered, what: str) -> Observation:
    return finding(
        f"The broker refused an order ({each.case}: {each.facts['said']!r}); the "
        f"strategy was told {each.shown}: {what}.",
        each.exchange,
    )


@check("REJ-10", occurs="the broker refused an order for a documented reason")
def a_refusal_is_told_whole(transcript: Transcript) -> Iterator[Observation]:
    for each in _refused(transcript):
        if each.facts["reason"] == Reason.SYMBOL.name:
            continue  # A bad request too, by openapi.json; VAL-81 decides it.
        yield occurred(each.exchange)
        codes = [str(code) for code in each.facts["codes"]]
        if each.exchange.status != 422:
            yield _finding(each, "it was not told as a rejection")
        elif str(each.facts["said"]) not in each.told:
            yield _finding(each, "the broker's text is not told")
        elif codes and not any(code in each.told for code in codes):
            yield _finding(each, f"the broker's code {codes[0]} is not told")
        elif told := _contradicted(each):
            yield _finding(each, f"{told} is another reason")


def _contradicted(each: Answered) -> str | None:
    """The documented reason that was told, where it says something else."""
    meant = MEANT.get(Reason[str(each.facts["reason"])])
    found = {word for words in MEANT.values() for word in words if word in each.told}
    return min(found) if meant is not None and found and not found & meant else None


@check("REJ-14", occurs="the broker refused an order because the market is closed")
def a_closed_market_is_told_as_closed(transcript: Transcript) -> Iterator[Observation]:
    for each in _refused(transcript):
        if each.facts["reason"] not in SHUT:
            continue
        yield occurred(each.exchange)
        if not 400 <= (each.exchange.status or 0) < 500:
            yield _finding(each, "it was not told as refused")
        elif SHUT_WORDS.search(each.told) is None:
            yield _finding(each, "nothing of it says that the market is closed")


@check("VAL-81", occurs="the broker refused an order for an unknown instrument")
def no_order_for_an_unknown_symbol(transcript: Transcript) -> Iterator[Observation]:
    for each in _refused(transcript):
        if each.facts["reason"] != Reason.SYMBOL.name:
            continue
        yield occurred(each.exchange)
        if not 400 <= (each.exchange.status or 0) < 500:
            yield _finding(each, "it was not refused")


@check("REJ-12", occurs="orders met a refusal, an outage and a 401 of the broker")
def kinds_of_failure_are_told_apart(transcript: Transcript) -> Iterator[Observation]:
    margin = [e for e in _refused(transcript) if e.facts["reason"] == "MARGIN"]
    found = [*margin[:1], *reached(transcript, *FAULTS)]
    if len(found) < 1 + len(FAULTS):
        return
    yield occurred(*(each.exchange for each in found))
    for place, one in enumerate(found):
        for two in found[place + 1 :]:
            if (one.exchange.status, one.code) == (two.exchange.status, two.code):
                yield finding(
                    f"The broker's {one.case} and its {two.case} were both told as "
                    f"{one.exchange.status} {one.code}.",
                    one.exchange,
                    two.exchange,
                )
