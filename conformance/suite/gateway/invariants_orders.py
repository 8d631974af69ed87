"""An order goes one way to one end, in everything that tells of it, in any script."""

from collections.abc import Callable, Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.judge.orders import submitted
from conformance.judge.tellings import Telling, steps, tellings
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.order_states import TERMINAL, is_legal
from conformance.suite.check import Judgement, check

FINAL = (
    "status",
    "quantity",
    "filled_quantity",
    "remaining_quantity",
    "average_fill_price",
    "limit_price",
    "stop_price",
)
"""What nothing may change any more once an order has ended."""

IDENTITY = ("symbol", "side", "order_type", "client_order_id")
REFUSALS = (400, 422)

Step = Callable[[Telling, Telling], str | None]


def _at_every_step(wrong: Step) -> Judgement:
    """A judgement of each order's tellings, pair by pair in the order of time."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        once = Once()
        for order_id, told in tellings(transcript).items():
            for before, after in steps(told):
                yield occurred(before.where, after.where)
                found = wrong(before, after)
                if found is not None and once(order_id):
                    yield finding(
                        f"Order {order_id} {found}.",
                        before.where,
                        after.where,
                        key=f"order-{order_id}",
                    )

    return judged


def _illegal(before: Telling, after: Telling) -> str | None:
    if before.status is None or after.status is None:
        return None
    if is_legal(before.status, after.status):
        return None
    return f"was {before.status} and then {after.status}"


def _risen(before: Telling, after: Telling) -> str | None:
    if before.status not in TERMINAL:
        return None
    changed = [
        f"{name} {before.order.get(name)} became {after.order.get(name)}"
        for name in FINAL
        if _differ(before, after, name)
    ]
    told = "; ".join(changed)
    return f"had ended {before.status}, and {told}" if changed else None


def _differ(before: Telling, after: Telling, name: str) -> bool:
    one, other = before.number(name), after.number(name)
    if one is not None and other is not None:
        return one != other
    return before.order.get(name) != after.order.get(name)


def _unfilled(before: Telling, after: Telling) -> str | None:
    one, other = before.number("filled_quantity"), after.number("filled_quantity")
    if one is None or other is None or other >= one:
        return None
    return f"had {one} filled and then {other}"


def _younger(before: Telling, after: Telling) -> str | None:
    one, other = before.order.get("updated_at"), after.order.get("updated_at")
    try:
        back = instant_of(other) < instant_of(one)
    except NotAnInstant:
        return None
    return f"was updated at {one} and then at {other}" if back else None


def _reborn(before: Telling, after: Telling) -> str | None:
    one, other = before.order.get("created_at"), after.order.get("created_at")
    try:
        same = instant_of(other) == instant_of(one)
    except NotAnInstant:
        return None
    return None if same else f"was created at {one} and then at {other}"


def _another(before: Telling, after: Telling) -> str | None:
    changed = [
        f"{name} {before.order.get(name)!r} became {after.order.get(name)!r}"
        for name in IDENTITY
        if before.order.get(name) != after.order.get(name)
    ]
    return f"is another: {'; '.join(changed)}" if changed else None


OCCURS = "an order was told twice, one after the other"
one_way = check("ORD-70", occurs=OCCURS)(_at_every_step(_illegal))
fills_stay = check("ORD-72", occurs=OCCURS)(_at_every_step(_unfilled))
updates_go_on = check("ORD-73", occurs=OCCURS)(_at_every_step(_younger))
created_once = check("ORD-74", occurs=OCCURS)(_at_every_step(_reborn))
stays_itself = check("ORD-75", occurs=OCCURS)(_at_every_step(_another))


@check("ORD-71", occurs="an order was told after it had ended")
def an_end_is_final(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for order_id, told in tellings(transcript).items():
        for before, after in steps(told):
            if before.status not in TERMINAL:
                continue
            yield occurred(before.where, after.where)
            found = _risen(before, after)
            if found is not None and once(order_id):
                yield finding(f"Order {order_id} {found}.", before.where, after.where)


@check("ORD-77", occurs="an order with a client id of its own was refused")
def what_is_refused_is_never_told(transcript: Transcript) -> Iterator[Observation]:
    sent = [order for order in submitted(transcript) if order.client_id]
    taken = {o.client_id for o in sent if o.exchange.status not in REFUSALS}
    refused = {o.client_id: o for o in sent if o.client_id not in taken}
    told = tellings(transcript)
    if not told:
        # Where nothing is ever told of any order, that one is not told shows nothing.
        return
    for order in refused.values():
        yield occurred(order.exchange)
    for telling in (first for found in told.values() for first in found[:1]):
        order = refused.get(str(telling.order.get("client_order_id")))  # type: ignore[assignment]
        if order is not None and telling.order.get("status") != "REJECTED":
            yield finding(
                f"The order {order.client_id} was refused with "
                f"{order.exchange.status} and told {telling.order.get('status')} "
                f"under the id {telling.id}.",
                order.exchange,
                telling.where,
                cause="Does it go on with what it has refused?",
            )
