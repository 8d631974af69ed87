"""Fuzzes every REST operation, and sequences of them: one module each."""

from collections.abc import Iterator
from urllib.parse import quote

from conformance.peers.fuzz.course import STEPS, Case, Course
from conformance.peers.fuzz.driver import generate
from conformance.peers.played import Played
from conformance.peers.scene import Needs, Scene, Script
from conformance.spec.contract import Operation, contract
from conformance.spec.overlay import overlaid_document
from conformance.suite.check import Check, SuiteModule
from conformance.suite.fuzz.answers import ANSWERS
from conformance.suite.fuzz.beyond import (
    probed,
    send_costly,
    send_plain,
    send_spoilt,
    send_twice,
    send_without_key,
)
from conformance.suite.fuzz.effects import EFFECTS
from conformance.suite.fuzz.ground import CHANGING, Ground
from conformance.suite.fuzz.reduction import reduce_all
from conformance.suite.fuzz.survival import SURVIVAL

SECONDS = 180.0
PER_EXAMPLE = 0.5
"""Seconds that a script may take, and more of them for each example asked for."""

SEQUENCES = "fuzz-sequences"
FIXED_SEQUENCES = 4
"""Sequences that are played however few examples are asked for."""

TOUCHES_ALL = frozenset(
    {"DELETE /v1/orders", "DELETE /v1/positions", "POST /v1/circuit-breakers/reset"}
)


def suite_modules() -> Iterator[SuiteModule]:
    """A module for each operation that a client calls, and one for sequences."""
    for operation in contract().operations:
        if operation.template != "/v1/ws":
            yield _module(operation)
    yield _sequences()


def name_of(operation: Operation) -> str:
    """What an operation's module is called, as fuzz-delete-orders-order_id."""
    words = operation.template.strip("/").removeprefix("v1/")
    plain = words.replace("{", "").replace("}", "").replace("/", "-")
    return f"fuzz-{operation.method.lower()}-{plain}"


def _module(operation: Operation) -> SuiteModule:
    name = name_of(operation)
    needs = Needs(
        fuzz=True,
        symbols=2,
        seconds=SECONDS,
        alone=operation.key in TOUCHES_ALL,
        orders=operation.method in CHANGING or "{" in operation.template,
    )
    checks = tuple(
        Check(each.requirement, each.occurs, each.function, name)
        for each in (*ANSWERS, *SURVIVAL, *EFFECTS)
        if each.fits(operation)
    )
    purpose = f"However {operation.key} is asked, it is answered as declared."
    scene = Scene(name, _script(operation), needs)
    return SuiteModule(name, purpose, scene, checks, operation.key)


def _script(operation: Operation) -> Script:
    async def script(strategy: Played) -> None:
        """Generates requests for one operation, then what a generator leaves out."""
        ground = Ground(strategy, looking=operation.method in CHANGING)
        await _begin(ground)
        async with probed(strategy):
            await send_plain(ground, operation)
            cases = await generate(_course(ground, operation.key), ground.pass_on)
            _note_cases(ground, cases)
            await ground.renew()
            await send_spoilt(ground, operation)
            await reduce_all(ground)
            await send_costly(ground, operation)
            await send_twice(ground, operation)
        await _end(ground)
        await send_without_key(strategy, operation)

    return script


def _sequences() -> SuiteModule:
    needs = Needs(fuzz=True, symbols=2, seconds=SECONDS, alone=True)
    checks = tuple(
        Check(each.requirement, each.occurs, each.function, SEQUENCES)
        for each in (*ANSWERS, *SURVIVAL, *EFFECTS)
        if each.in_sequences
    )
    purpose = "Whatever is asked one after the other, the Gateway keeps its word."
    scene = Scene(SEQUENCES, _sequenced, needs)
    return SuiteModule(SEQUENCES, purpose, scene, checks, "sequences")


async def _sequenced(strategy: Played) -> None:
    """Sequences of operations, each made from the answers before it."""
    ground = Ground(strategy, undoing=False, every=STEPS)
    await _begin(ground)
    async with probed(strategy):
        cases = await generate(_course(ground, None), ground.pass_on)
        _note_cases(ground, cases)
        await ground.renew()
        await ground.settle()
        await reduce_all(ground)
    await _end(ground)


async def _begin(ground: Ground) -> None:
    strategy = ground.strategy
    limit = strategy.limit
    if limit is not None and (end := limit.when()) is not None:
        limit.reschedule(end + PER_EXAMPLE * strategy.examples)
    await ground.lay()


def _course(ground: Ground, operation: str | None) -> Course:
    strategy = ground.strategy
    fixed = 0 if operation is not None else FIXED_SEQUENCES
    # A sequence is about what it made itself.
    odd_ids = () if operation is not None else ((),)
    return Course(
        document=overlaid_document((ground.symbol,), *odd_ids),
        operation=operation,
        examples=fixed + strategy.examples,
        seed=strategy.recorder.header.seed,
    )


async def _end(ground: Ground) -> None:
    """A last look at everything: who stood by, and what was traded."""
    if ground.over:
        return
    ground.note_memory("at the end")
    if not ground.looking:
        return
    await ground.look()
    for noun in ("orders", "positions", "trades"):
        await ground.strategy.get(f"/v1/{noun}?symbol={quote(ground.symbol, safe='')}")
    await ground.strategy.fence()


def _note_cases(ground: Ground, cases: tuple[Case, ...]) -> None:
    """How many there were of each phase, and which came of which."""
    phases: dict[str, int] = {}
    for case in cases:
        phases[case.phase] = phases.get(case.phase, 0) + 1
    numbers = ground.numbers
    after = {
        str(numbers[case.id]): numbers[case.after]
        for case in cases
        if case.after in numbers and case.id in numbers
    }
    told = ", ".join(f"{count} {phase}" for phase, count in phases.items())
    ground.strategy.note("generated", told or "nothing", phases=phases, after=after)
