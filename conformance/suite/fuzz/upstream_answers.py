"""However the Engine's answers are spoilt, an error is told, or what is so."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, parsed
from conformance.evidence.transcript import NONSENSE, Transcript, remembered
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.fuzzing import story
from conformance.judge.noted import by_number
from conformance.judge.provenance import from_nowhere, numbers_in
from conformance.judge.venue import frames
from conformance.peers.engine.conduct import Status
from conformance.peers.played import Played
from conformance.peers.reply import Reply
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.fuzz.condensed import condensed
from conformance.suite.fuzz.mutations import Mutation, sample
from conformance.suite.fuzz.upstream import Below

NEEDS = Needs(engine=True, own=True, fuzz=True, seconds=180)

FIXED = 6
"""Spoilt answers to each operation that are given in any case."""

KEPT = 100_000
"""Characters of a spoilt answer that a note keeps."""

JSON = {"content-type": "application/json"}
DERIVED = frozenset({"realized_pnl", "unrealized_pnl"})
"""What a Gateway reckons itself where its venue has no word for it."""

SUBMIT = "submit"
HANDLE = frozenset({"open", "partially_filled", "filled", "cancelled", "rejected"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What the strategy asks, and the Engine's request that it leads to."""

    name: str
    method: str
    path: str
    status: int
    ask: Callable[[Below, str], Awaitable[Reply]]


async def _submit(below: Below, order: str) -> Reply:
    return await below.strategy.submit(order_type="LIMIT", limit_price="0.01")


async def _show(below: Below, order: str) -> Reply:
    return await below.strategy.show(order)


async def _positions(below: Below, order: str) -> Reply:
    return await below.strategy.get("/v1/positions")


async def _account(below: Below, order: str) -> Reply:
    return await below.strategy.get("/v1/account")


async def _quote(below: Below, order: str) -> Reply:
    return await below.strategy.get(f"/v1/quotes/{below.strategy.symbol}")


OPERATIONS = (
    Operation("account", "GET", "/api/v1/account", 200, _account),
    Operation("quote", "GET", "/api/v1/quote", 200, _quote),
    Operation("positions", "GET", "/api/v1/positions", 200, _positions),
    Operation("order", "GET", "/api/v1/orders/[^/]+", 200, _show),
    Operation(SUBMIT, "POST", "/api/v1/orders", 201, _submit),
)


async def script(strategy: Played) -> None:
    """Has each operation answered well once, then spoilt in many ways."""
    below = await Below.begun(strategy)
    order = (await strategy.place(quantity="9")).id
    strategy.engine.fill(order, "2", "100.5")
    strategy.note(NONSENSE, "from here on the Engine does not say what is so")
    for operation in OPERATIONS:
        template = await _good(below, operation, order)
        if template is None:
            strategy.note("no-template", f"{operation.name} never reached the Engine")
            continue
        count = FIXED + strategy.examples // len(OPERATIONS)
        for mutation in _spoilt(template, count, strategy):
            await _answer(below, operation, mutation, order)
            if below.over:
                return


async def _good(below: Below, operation: Operation, order: str) -> Json | None:
    """The Engine's own answer to the operation."""
    known = len(below.strategy.engine.calls(operation.method, operation.path))
    await operation.ask(below, order)
    if len(below.strategy.engine.calls(operation.method, operation.path)) == known:
        return None
    answers = [e for e in below.strategy.recorder.entries if e.kind is Kind.ANSWER]
    return parsed(str(answers[-1].data["body"]))


def _spoilt(template: Json, count: int, strategy: Played) -> Iterator[Mutation]:
    """The answer in spoilt versions; of a list, with its first row spoilt."""
    row = template[0] if isinstance(template, list) and template else template
    if not isinstance(row, Mapping):
        return
    for mutation in sample(row, count, strategy.random):
        listed = isinstance(template, list) and not mutation.name.startswith("text-")
        text = f"[{mutation.text}]" if listed else mutation.text
        yield Mutation(mutation.name, text)


async def _answer(
    below: Below, operation: Operation, mutation: Mutation, order: str
) -> None:
    strategy, engine = below.strategy, below.strategy.engine
    booked = operation.name == SUBMIT
    engine.next(
        operation.method,
        operation.path,
        Status(operation.status, mutation.text, JSON, booked=booked),
    )
    reply = await operation.ask(below, order)
    engine.plainly()
    what = f"{operation.name}: {mutation.name}"
    facts = {"operation": operation.name, "answer": mutation.text[:KEPT]}
    strategy.note("answered", what, exchange=reply.exchange, **facts)
    if reply.lost:
        await below.replace(what)


@dataclass(frozen=True, slots=True)
class Given:
    """One spoilt answer, and what the strategy was answered."""

    what: str
    operation: str
    text: str
    exchange: Exchange

    @property
    def said(self) -> Json:
        """Its JSON; None where it has none."""
        return parsed(self.text)

    @property
    def tells_of_an_order(self) -> bool:
        """Whether an order's taking can be read from it: an id and a known state."""
        said = self.said
        return (
            isinstance(said, dict)
            and isinstance(said.get("id"), str)
            and bool(said["id"].strip())
            and str(said.get("status")) in HANDLE
        )


@remembered
def given(transcript: Transcript) -> Iterator[Given]:
    """Every spoilt answer, in order."""
    known = dict(by_number(transcript))
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "answered":
            facts = entry.data["facts"]
            exchange = known[facts["exchange"]]
            yield Given(
                entry.data["text"], facts["operation"], facts["answer"], exchange
            )


@check("FUZ-13", occurs="a spoilt answer of the Engine was answered to the strategy")
@condensed
def no_answer_ends_the_gateway(transcript: Transcript) -> Iterator[Observation]:
    for each in given(transcript):
        if each.exchange.status is not None:
            yield occurred(each.exchange)
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "upstream-culprit":
            yield finding(
                f"After the Engine's answer was spoilt ({entry.data['text']}) the "
                "Gateway was there no more.",
                *_before(transcript, entry),
                entry,
                cause="Is there an answer that its reader does not foresee?",
                key="answer-ended",
            )


def _before(transcript: Transcript, entry: Entry) -> list[Exchange]:
    earlier = [g for g in given(transcript) if g.exchange.request.number < entry.number]
    return [each.exchange for each in earlier[-1:]]


@check("FUZ-53", occurs="a spoilt answer of the Engine was told as an error")
@condensed
def it_is_told_as_the_providers_error(transcript: Transcript) -> Iterator[Observation]:
    for each in given(transcript):
        status, body = each.exchange.status, each.exchange.body
        if status is None:
            told = f"{story(each.exchange)}, after the Engine's answer was spoilt"
            yield finding(f"{told} ({each.what}).", each.exchange, key="unanswered")
            continue
        if status < 400:
            continue
        yield occurred(each.exchange)
        envelope = isinstance(body, dict) and {"code", "message"} <= {*body}
        if status == 500 or status < 500 or not envelope:
            yield finding(
                f"{story(each.exchange)}; it was the Engine's answer that could not be "
                f"read ({each.what}).",
                each.exchange,
                cause="Is an upstream's fault told as the client's, or as our own?",
                key=f"error-{each.operation}-{status}",
            )


@check("FUZ-54", occurs="a spoilt answer of the Engine was passed on")
@condensed
def nothing_is_made_up_of_an_answer(transcript: Transcript) -> Iterator[Observation]:
    for each in given(transcript):
        if each.exchange.status not in (200, 201) or each.operation == SUBMIT:
            continue
        yield occurred(each.exchange)
        known = numbers_in(each.said) | _known(transcript, each)
        for name, number in from_nowhere(each.exchange.body, known):
            if name not in DERIVED:
                yield finding(
                    f"{story(each.exchange)}, with the {name} {number:f}, which the "
                    f"Engine did not say ({each.what}: {json.dumps(each.text[:160])}).",
                    each.exchange,
                    cause="Is what is missing or unreadable filled in?",
                    key=f"made-up-{each.operation}-{name}",
                )


def _known(transcript: Transcript, each: Given) -> frozenset[Json]:
    """The numbers of an order that good events told."""
    found: frozenset[Json] = frozenset()
    if each.operation == "order":
        for frame in frames(transcript, kind="order"):
            found |= numbers_in(frame.message)
    return found


def _id(each: Given) -> Json:
    body = each.exchange.body
    return body.get("id") if isinstance(body, dict) else None


@check("FUZ-55", occurs="the taking of an order was answered unreadably")
@condensed
def an_unreadable_taking_is_unknown(transcript: Transcript) -> Iterator[Observation]:
    for each in given(transcript):
        status = each.exchange.status
        if each.operation != SUBMIT or each.tells_of_an_order or status is None:
            continue
        yield occurred(each.exchange)
        if status < 300 and str(_id(each)) in each.text:
            # Read loosely, and rightly: the order is there under this id.
            continue
        if status < 500:
            told = "taken" if status < 300 else "refused"
            yield finding(
                f"The Engine took an order and its answer could not be read "
                f"({each.what}: {json.dumps(each.text[:120])}); the strategy was told "
                f"that it is {told}: {story(each.exchange)}.",
                each.exchange,
                cause="Is an answer that cannot be read taken for a refusal?",
                key=f"unreadable-{told}",
            )
