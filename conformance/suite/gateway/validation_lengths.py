"""A text or a number that the Gateway cannot hold is refused or kept, never changed."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import shown
from conformance.judge.refusals import Tried, tried
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.bad_requests import bad, send_table
from conformance.suite.check import Judgement, check
from conformance.suite.refusals import (
    announces_nothing,
    blames_the_client,
    leaves_no_order,
    serves_the_next,
)

NEEDS = Needs(symbols=3, seconds=30)

LENGTHS = (65, 129, 257, 5000)

SYMBOLS = tuple(bad(f"symbol-{n}", symbol="$SYMBOL".ljust(n, "X")) for n in LENGTHS)
CLIENT_IDS = tuple(
    bad(f"client-id-{n}", client_order_id="$ID".ljust(n, "x")) for n in LENGTHS
)
GROUPS = tuple(bad(f"group-{n}", oco_group_id="$ID".ljust(n, "g")) for n in LENGTHS)

HUGE = (
    bad("quantity-past-96-bits", quantity="79228162514264337593543950336"),
    bad("quantity-past-64-bits", quantity="18446744073709551617"),
    bad("quantity-60-digits", quantity="1" + "0" * 59),
    bad("quantity-400-digits", quantity="9" * 400),
)
FINE = (
    bad("quantity-40-places", quantity="1." + "0" * 39 + "1"),
    bad("quantity-20-places", quantity="1." + "0" * 19 + "1"),
    bad("quantity-too-small", quantity="0." + "0" * 39 + "1"),
)
NOTATIONS = (
    bad("notation-exponent", quantity="1e2"),
    bad("notation-negative-exponent", quantity="25E-1"),
    bad("notation-plus", quantity="+12"),
    bad("notation-underscore", quantity="1_0"),
)


async def script(strategy: Played) -> None:
    """Sends every case; what is accepted is shown and cancelled."""
    table = (*SYMBOLS, *CLIENT_IDS, *GROUPS, *HUGE, *FINE, *NOTATIONS)
    await send_table(strategy, (), doubtful=table)


def _kept(requirement: str, occurs: str, field: str, *prefixes: str) -> Judgement:
    """Checks that an accepted order of these cases shows the field as it was sent."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for case in tried(transcript):
            if not case.name.startswith(prefixes) or case.status is None:
                continue
            yield occurred(case.exchange)
            yield from _changed(transcript, case, field)

    judged.__name__ = f"{field}_is_kept_or_refused_{requirement[4:]}"
    return check(requirement, occurs=occurs)(judged)


def _changed(transcript: Transcript, case: Tried, field: str) -> Iterator[Observation]:
    answer, sent = case.exchange.body, case.exchange.sent
    if not case.accepted or not isinstance(answer, dict) or not isinstance(sent, dict):
        return
    for exchange, order in shown(transcript, order_id=str(answer.get("id"))):
        told = order.get(field)
        if told is not None and not _same(field, told, sent[field]):
            yield finding(
                f"An order with the {field} {_short(sent[field])} was accepted with "
                f"{case.status} and is shown with {_short(told)}.",
                case.exchange,
                exchange,
                cause="Is a value cut to what fits?",
                key=f"kept-{case.name}",
            )
            return


def _same(field: str, told: Json, sent: Json) -> bool:
    if field != "quantity":
        return bool(told == sent)
    try:
        return Decimal(str(told)) == Decimal(str(sent))
    except InvalidOperation:
        return False


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:40]}… ({len(text)} characters)"


symbol_kept = _kept("VAL-15", "a long symbol was answered", "symbol", "symbol-")
client_id_kept = _kept(
    "VAL-16", "a long client order id was answered", "client_order_id", "client-id-"
)
group_kept = _kept(
    "VAL-17", "a long OCO group id was answered", "oco_group_id", "group-"
)
range_kept = _kept(
    "VAL-23",
    "a quantity beyond all range was answered",
    "quantity",
    *(case.name for case in HUGE),
)
notation_kept = _kept(
    "VAL-19", "a quantity in another notation was answered", "quantity", "notation-"
)
places_kept = _kept(
    "VAL-29",
    "a quantity of many decimal places was answered",
    "quantity",
    *(case.name for case in FINE),
)
traceless = leaves_no_order()
silent = announces_nothing()
served = serves_the_next()
blamed = blames_the_client()
