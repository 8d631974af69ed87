"""The checks of what generated requests do: no more than they ask for, and name."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.fuzzing import generated, operation_key, story
from conformance.judge.noted import by_number, notes
from conformance.judge.orders import announcements
from conformance.spec.contract import Operation
from conformance.suite.fuzz.ground import CHANGING
from conformance.suite.fuzz.rule import Rule

IDS = ("id", "order_id", "previous_order_id", "position_id")
TEXTS = ("symbol", "side", "order_type", "client_order_id")
NUMBERS = ("quantity", "limit_price", "stop_price")
LIST = ("DELETE /v1/orders", "order"), ("DELETE /v1/positions", "position")

EXIT_PRICES = ("limit_price", "stop_price")
OTHER = {"BUY": "SELL", "SELL": "BUY"}
FILLS = ("ORDER_PARTIALLY_FILLED", "ORDER_FILLED")

Seen = tuple[Exchange, Mapping[str, Json], Mapping[str, Json]]


def _watched(transcript: Transcript) -> Iterator[Seen]:
    """Each generated request with what nobody asked to change, before and after."""
    known = dict(by_number(transcript))
    before: Mapping[str, Json] | None = None
    meddled = False
    for facts in notes(transcript, "look"):
        if not facts.get("seen", True):
            before = None
            continue
        exchange = known.get(facts["after"])
        if exchange is not None and before is not None and before["id"] == facts["id"]:
            # A close that was asked for may fill any time from then on.
            meddled = meddled or before["position_id"] in exchange.segments
            last = {**before, "position": facts["position"]} if meddled else before
            yield exchange, last, facts
        before = facts


def _changed(before: Mapping[str, Json], after: Mapping[str, Json]) -> str:
    for noun in ("order", "position"):
        if before[noun] != after[noun]:
            return (
                f"the {noun} that was {_plain(before[noun])} is {_plain(after[noun])}"
            )
    return ""


def _plain(facts: Json) -> str:
    if not isinstance(facts, Mapping):
        return "gone"
    return ", ".join(f"{n} {v}" for n, v in facts.items() if v is not None)


def _names_it(exchange: Exchange, before: Mapping[str, Json], after: Json) -> bool:
    """Whether the request names what changed, or asks for everything of its kind."""
    if {before["id"], before["position_id"]} & {*exchange.segments}:
        return True
    key = operation_key(exchange)
    kinds = [noun for operation, noun in LIST if operation == key]
    if not kinds or any(name == "symbol" for name, _ in exchange.query):
        return False
    return all(before[n] == after[n] for n in ("order", "position") if n not in kinds)


def a_refused_request_changes_nothing(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-11: who stands by stays as it is when a request is refused."""
    for exchange, before, after in _watched(transcript):
        if not 400 <= (exchange.status or 0) < 500:
            continue
        yield occurred(exchange)
        if told := _changed(before, after):
            yield finding(
                f"{story(exchange)}, and {told}.",
                exchange,
                *_where(transcript, after),
                cause="Is something done before the request is refused?",
                key=f"FUZ-11 {operation_key(exchange)}",
            )


def only_what_is_named_changes(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-28: who stands by stays as it is when a request names something else."""
    for exchange, before, after in _watched(transcript):
        if _names_it(exchange, before, after):
            continue
        yield occurred(exchange)
        if 400 <= (exchange.status or 0) < 500:
            continue
        if told := _changed(before, after):
            yield finding(
                f"{story(exchange)}, and {told}, which it does not name.",
                exchange,
                *_where(transcript, after),
                cause="Does a part of it lead elsewhere, or is one passed over?",
                key=f"FUZ-28 {operation_key(exchange)}",
            )


def _where(transcript: Transcript, facts: Mapping[str, Json]) -> Iterator[Exchange]:
    known = dict(by_number(transcript))
    return (known[number] for number in facts["shown"] if number in known)


def an_order_is_what_its_text_asks_for(transcript: Transcript) -> Iterator[Observation]:
    """VAL-104: each order that there is was asked for, in the words that were sent."""
    asked_for = set(_ids_of_answers(transcript))
    exits = set(_exits_asked_for(transcript))
    for exchange in generated(transcript):
        if operation_key(exchange) == "POST /v1/orders" and exchange.status == 201:
            yield occurred(exchange)
            yield from _differences(transcript, exchange)
    told: set[str] = set()
    for said in announcements(transcript):
        parent = said.order.get("parent_order_id")
        exit_of = (
            said.order.get("position_id") if said.order.get("reduce_only") else None
        )
        mine = {said.id, str(parent), str(exit_of)} & asked_for
        alive = said.event in {"ORDER_CREATED", *FILLS}
        exit_ = any(_exit_at(said.order, n) in exits for n in EXIT_PRICES)
        if alive and not mine and not exit_ and said.id not in told:
            told.add(said.id)
            yield finding(
                f"The order {said.id} was announced ({said.event}), "
                f"{said.order.get('side')} {said.order.get('quantity')} "
                f"{said.order.get('symbol')}; no request was answered with it.",
                *_last_request(transcript, said.entry.number),
                said.entry,
                cause="Is an order placed by a request that is then refused?",
                key="unasked",
            )


def _exits_asked_for(transcript: Transcript) -> Iterator[tuple[Json, Json, Decimal]]:
    """Symbol, side and price of each exit of an order that was accepted.

    Which order it belongs to its announcement need not say; that is not unasked-for.
    """
    for exchange in exchanges(transcript):
        sent = exchange.sent
        if operation_key(exchange) == "POST /v1/orders" and exchange.status == 201:
            for name in ("stop_loss", "take_profit"):
                price = sent.get(name) if isinstance(sent, dict) else None
                if isinstance(sent, dict) and (at := _number(price)) is not None:
                    yield sent.get("symbol"), OTHER.get(str(sent.get("side"))), at


def _exit_at(order: Mapping[str, Json], name: str) -> tuple[Json, Json, Decimal | None]:
    return order.get("symbol"), order.get("side"), _number(order.get(name))


def _number(value: Json) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _last_request(transcript: Transcript, number: int) -> tuple[Exchange, ...]:
    before = [e for e in generated(transcript) if e.request.number < number]
    return tuple(before[-1:])


def _ids_of_answers(transcript: Transcript) -> Iterator[str]:
    """Every id that a change named that succeeded, or that its answer told."""
    for exchange in exchanges(transcript):
        if exchange.method in CHANGING and 200 <= (exchange.status or 0) < 300:
            yield from exchange.segments
            yield from _ids(exchange.body)


def _ids(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in IDS and isinstance(inner, str):
                yield inner
            elif name == "order_ids" and isinstance(inner, list):
                yield from (str(each) for each in inner)
            else:
                yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)


def _differences(transcript: Transcript, exchange: Exchange) -> Iterator[Observation]:
    sent = exchange.sent if isinstance(exchange.sent, dict) else {}
    shown = _shown(transcript, exchange)
    if shown is None or not isinstance(shown.body, dict):
        return
    for name in (*TEXTS, *NUMBERS):
        wanted, got = sent.get(name), shown.body.get(name)
        if wanted is not None and not _same(name, wanted, got):
            yield finding(
                f"{story(exchange)}; its order is shown with the {name} {got!r}, and "
                f"its text asks for {str(wanted)[:80]!r}.",
                exchange,
                shown,
                key=f"differs-{name}",
            )


def _same(name: str, wanted: Json, got: Json) -> bool:
    if name in TEXTS:
        return bool(wanted == got)
    # How a number is written is FUZ-23; here it is only which number it is.
    return _number(wanted) is not None and _number(wanted) == _number(got)


def _shown(transcript: Transcript, exchange: Exchange) -> Exchange | None:
    """The first look at the order that a submission was answered with."""
    body = exchange.body
    made = body.get("id") if isinstance(body, dict) else None
    for later in exchanges(transcript):
        if (
            later.request.number > exchange.request.number
            and later.method == "GET"
            and later.segments[-2:] == ("orders", str(made))
        ):
            return later
    return None


def what_is_filled_is_held(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-57: after each sequence fills add up to the position."""
    known = dict(by_number(transcript))
    for facts in notes(transcript, "settled"):
        exchange = known[facts["shown"]]
        yield occurred(exchange)
        if facts["filled"] != facts["held"]:
            number = exchange.request.number
            before = [e for e in generated(transcript) if e.request.number < number]
            yield finding(
                f"After a sequence of requests {facts['filled']} were filled, and "
                f"{facts['held']} are held.",
                *before[-3:],
                exchange,
                cause="Is something traded that nobody was told of?",
                key="unbalanced",
            )


def _nowhere(operation: Operation) -> bool:
    return False


def _changes(operation: Operation) -> bool:
    return operation.method in CHANGING


def _makes_orders(operation: Operation) -> bool:
    return operation.key == "POST /v1/orders"


EFFECTS: tuple[Rule, ...] = (
    Rule(
        "FUZ-57",
        "fills and positions were compared after a sequence",
        what_is_filled_is_held,
        _nowhere,
    ),
    Rule(
        "FUZ-11",
        "a request was refused, and who stands by was looked at",
        a_refused_request_changes_nothing,
        _changes,
    ),
    Rule(
        "FUZ-28",
        "a request that names something else was answered, and who stands by was "
        "looked at",
        only_what_is_named_changes,
        _changes,
    ),
    Rule(
        "VAL-104",
        "a generated order was accepted",
        an_order_is_what_its_text_asks_for,
        _makes_orders,
    ),
)
"""What is asked of every effect."""
