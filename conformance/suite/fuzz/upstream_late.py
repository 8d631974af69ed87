"""However late the Engine's answer comes, what is told is what it said."""

import asyncio
import re
from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, NotJson, parse
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.fuzzing import story
from conformance.judge.noted import by_number
from conformance.judge.provenance import from_nowhere, numbers_in
from conformance.peers.engine.conduct import Drip, Hold
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.fuzz.upstream import Below
from conformance.suite.fuzz.upstream_answers import (
    DERIVED,
    OPERATIONS,
    Operation,
)

NEEDS = Needs(engine=True, own=True, fuzz=True, seconds=60)

PRICES = {"account": "173.37", "quote": "271.83", "positions": "389.21"}
"""Where the market goes between an answer that is late and the one that overtakes it.

An order's answer may rightly be told from its events: it is no witness of this.
"""

OVERTAKES_SECONDS = 0.3
"""How long a newer answer has to come while the older one is under way."""


async def script(strategy: Played) -> None:
    """Each answer comes piece by piece; then each is overtaken by a newer one."""
    below = await Below.begun(strategy)
    order = (await strategy.place(quantity="9")).id
    strategy.engine.fill(order, "2", "100.5")
    for operation in OPERATIONS:
        await _slowly(below, operation, order)
        if operation.name in PRICES and not below.over:
            await _overtaken(below, operation, order)
        if below.over:
            return


async def _slowly(below: Below, operation: Operation, order: str) -> None:
    """The body comes in pieces, with pauses between them."""
    strategy, engine = below.strategy, below.strategy.engine
    engine.next(operation.method, operation.path, Drip())
    reply = await operation.ask(below, order)
    engine.plainly()
    strategy.note("slowly", operation.name, exchange=reply.exchange)
    if reply.lost:
        await below.replace(f"{operation.name}, slowly")


async def _overtaken(below: Below, operation: Operation, order: str) -> None:
    """It is asked again before it was answered, and once more afterwards."""
    strategy, engine = below.strategy, below.strategy.engine
    hold = Hold(booked=True)
    known = len(engine.calls(operation.method, operation.path))
    engine.next(operation.method, operation.path, hold)
    late = asyncio.ensure_future(operation.ask(below, order))
    await engine.called(operation.method, operation.path, known + 1)
    engine.price(strategy.symbol, PRICES[operation.name])
    again = asyncio.ensure_future(operation.ask(below, order))
    # A Gateway may wait for the answer that is under way, and ask no second time.
    await engine.called(operation.method, operation.path, known + 2, OVERTAKES_SECONDS)
    await asyncio.wait((again,), timeout=OVERTAKES_SECONDS)
    hold.release()
    replies = [await late, await again]
    engine.plainly()
    after = await operation.ask(below, order)
    strategy.note("late", operation.name, exchange=replies[0].exchange)
    strategy.note("overtaken", operation.name, exchange=after.exchange)
    if any(reply.lost for reply in (*replies, after)):
        await below.replace(f"{operation.name}, late")


def noted(transcript: Transcript, *names: str) -> Iterator[tuple[str, Exchange]]:
    """The exchanges that the script marked, and which operation each was."""
    known = dict(by_number(transcript))
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") in names:
            yield entry.data["text"], known[entry.data["facts"]["exchange"]]


@check("FUZ-13", occurs="a slow or late answer of the Engine was answered")
def no_late_answer_ends_the_gateway(transcript: Transcript) -> Iterator[Observation]:
    for _, exchange in noted(transcript, "slowly", "late"):
        if exchange.status is not None:
            yield occurred(exchange)
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "upstream-culprit":
            yield finding(
                "The Gateway was there no more after an answer of the Engine that took "
                f"its time ({entry.data['text']}).",
                entry,
                cause="Is an answer taken for whole, or for nothing, before it is?",
                key="late-ended",
            )


@check("FUZ-54", occurs="an answer of the Engine that overtook another was passed on")
def the_newest_answer_is_told(transcript: Transcript) -> Iterator[Observation]:
    for what, exchange in noted(transcript, "slowly", "overtaken"):
        answers = list(_meanwhile(transcript, exchange)) or list(
            _newest(transcript, exchange, what)
        )
        if exchange.status != 200 or what not in PRICES or not answers:
            continue
        yield occurred(exchange, *answers)
        known = frozenset[Decimal]().union(*(numbers_in(_said(e)) for e in answers))
        for name, number in from_nowhere(exchange.body, known):
            if name not in DERIVED:
                yield finding(
                    f"{story(exchange)}, with the {name} {number:f}, which the Engine "
                    "did not say when it was asked for this.",
                    exchange,
                    *answers,
                    cause="Does an answer that comes late replace a newer one?",
                    key=f"late-{what}-{name}",
                )


def _meanwhile(transcript: Transcript, exchange: Exchange) -> Iterator[Entry]:
    """What the Engine answered between a request and its answer."""
    if exchange.response is not None:
        first, last = exchange.request.number, exchange.response.number
        answers = transcript.of_kind(Kind.ANSWER)
        yield from (e for e in answers if first < e.number < last)


def _newest(transcript: Transcript, exchange: Exchange, what: str) -> Iterator[Entry]:
    """The answer to what the Engine was asked last, where nothing was asked anew."""
    (operation,) = (o for o in OPERATIONS if o.name == what)
    calls = [
        e.data["call"]
        for e in transcript.of_kind(Kind.CALL)
        if e.number < exchange.request.number
        and e.data["method"] == operation.method
        and re.fullmatch(operation.path, e.data["target"].partition("?")[0])
    ]
    answers = transcript.of_kind(Kind.ANSWER)
    yield from (e for e in answers if calls and e.data["call"] == calls[-1])


def _said(entry: Entry) -> Json:
    try:
        return parse(str(entry.data["body"]))
    except NotJson:
        return None
