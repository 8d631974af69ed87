"""However an id in a path is formed, it reaches nothing else at the Engine."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.fuzzing import generated, operation_key
from conformance.judge.venue import Call, booked, calls
from conformance.peers.fuzz.course import Course
from conformance.peers.fuzz.driver import generate
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.spec.contract import contract
from conformance.spec.overlay import LIVE, overlaid_document
from conformance.suite.check import check
from conformance.suite.fuzz.condensed import condensed
from conformance.suite.fuzz.ground import Ground

NEEDS = Needs(engine=True, fuzz=True, symbols=2, seconds=180)
"""Two symbols, as every ground: one is fuzzed, on the other nothing may happen."""


async def script(strategy: Played) -> None:
    """Every operation that names an id, over an Engine that writes down who asks."""
    ground = Ground(strategy, looking=False)
    await ground.lay()
    await strategy.engine.linked()
    for operation in contract().operations:
        if any(f"{{{name}}}" in operation.template for name in LIVE):
            await generate(
                Course(
                    document=overlaid_document((ground.symbol,)),
                    operation=operation.key,
                    examples=strategy.examples,
                    seed=strategy.recorder.header.seed,
                ),
                ground.pass_on,
            )


@check("FUZ-56", occurs="a request that names an id led to one of the Engine")
@condensed
def an_id_reaches_only_what_it_names(transcript: Transcript) -> Iterator[Observation]:
    known = {change.order for change in booked(transcript)}
    for exchange, call in _pairs(transcript):
        named = exchange.segments[-1]
        noun, called = _place(call)
        yield occurred(exchange, call.asked)
        listing = call.method == "GET" and called is None
        if called == named or called in known or listing or call.method == "POST":
            continue
        yield finding(
            f"{exchange.method} {exchange.target[:120]}, which names {named[:60]!r}, "
            f"led to {call.method} {call.target[:120]} at the Engine"
            + (f": all of {noun}." if called is None else f": {called[:60]!r}."),
            exchange,
            call.asked,
            cause="Is the Engine's address built of an id as it came?",
            key=f"{operation_key(exchange)} {call.method} {called is None}",
        )


def _pairs(transcript: Transcript) -> Iterator[tuple[Exchange, Call]]:
    """Each generated request with what the Gateway asked of the Engine meanwhile."""
    asked = list(calls(transcript))
    for exchange in generated(transcript):
        if "{" not in operation_key(exchange) or exchange.response is None:
            continue
        begun, ended = exchange.request.number, exchange.response.number
        for call in asked:
            if begun < call.asked.number < ended:
                yield exchange, call


def _place(call: Call) -> tuple[str, str | None]:
    """The noun of the Engine's path, and the id after it, if there is one."""
    parts = [part for part in call.segments if part not in ("api", "v1")]
    noun = parts[0] if parts else ""
    return noun, "/".join(parts[1:]) if len(parts) > 1 else None
