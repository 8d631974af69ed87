"""What a strategy asks for goes up to the venue as it is, or is refused loudly."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import quote, urlsplit

from conformance.evidence.entry import Json, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import submitted
from conformance.judge.venue import Call, calls
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(engine=True)

LIMIT = {"order_type": "LIMIT", "limit_price": FAR_BELOW}
STOP = {"order_type": "STOP", "stop_price": "100000"}
BOTH = {"order_type": "STOP_LIMIT", "stop_price": "100000", "limit_price": FAR_BELOW}
SENT: tuple[Mapping[str, Json], ...] = (
    {},
    LIMIT,
    STOP,
    BOTH,
    {**LIMIT, "quantity": "0.00000001"},
    {**LIMIT, "quantity": "123456789012.12345678"},
    {**LIMIT, "limit_price": "0.010000000000000001"},
    *({**LIMIT, "time_in_force": name} for name in ("GTC", "IOC", "DAY", "FOK")),
    {**STOP, "time_in_force": "IOC"},
    {**LIMIT, "post_only": True},
    {**LIMIT, "hidden": True},
    {**LIMIT, "quantity": "5", "display_quantity": "1"},
    {**LIMIT, "leverage": "3"},
    {**LIMIT, "margin_mode": "ISOLATED"},
    {"side": "SELL", **STOP, "stop_price": "1", "reduce_only": True},
    {**LIMIT, "client_order_id": "a/b?c=d#e%2F é"},
    {
        "order_type": "TRAILING_STOP",
        "trailing_distance": "1",
        "trailing_type": "ABSOLUTE",
    },
)
ODD = (
    "../account",
    "x/../../positions",
    "?symbol=",
    "x?symbol=Y",
    "#x",
    "%2e%2e%2faccount",
    "a b",
    "é",
    "x;y",
    "\\..\\account",
)
"""Ids that are no order's, and lead elsewhere where they are pasted into a path.

Not "." and "..": HTTP clients resolve these before they are sent.
"""

ODD_ID = "odd-id"
KNOWN = {
    "symbol": None,
    "side": str.lower,
    "order_type": str.lower,
    "quantity": None,
    "limit_price": None,
    "stop_price": None,
    "time_in_force": str.lower,
    "client_order_id": None,
    "position_id": None,
    "reduce_only": None,
}
"""The fields that the Engine has a word for, and how it spells them."""

NUMBERS = ("quantity", "limit_price", "stop_price")


async def script(strategy: Played) -> None:
    """Orders with every option; then looks and cancels under ids that are none."""
    stream = await strategy.stream()
    await strategy.engine.linked()
    await strategy.bought(stream, "3")
    for fields in SENT:
        await strategy.submit(**fields)
    for name in ODD:
        path = f"/v1/orders/{quote(name, safe='')}"
        for method in ("GET", "DELETE"):
            strategy.note(ODD_ID, f"{method} of order {name!r}", id=name)
            await strategy.request(method, path)
    await strategy.get("/v1/account")


@check("FID-10", occurs="an order was accepted and sent to the venue")
def orders_go_up_unchanged(transcript: Transcript) -> Iterator[Observation]:
    sent: dict[Json, Call] = {}
    for call in calls(transcript, "POST", "orders"):
        if isinstance(call.sent, dict):
            sent.setdefault(call.sent.get("client_order_id"), call)
    for order in submitted(transcript):
        if not order.accepted:
            continue
        found = sent.get(order.client_id)
        if found is None:
            yield finding(
                f"Order {order.id} was accepted; nothing was sent to the venue under "
                f"its client order id {order.client_id!r}.",
                order.exchange,
            )
            continue
        yield occurred(order.exchange, found.asked)
        for name, value in order.fields.items():
            told = _told(found, name)
            if told is _UNSAID or not _same(name, value, told):
                yield finding(
                    f"An order was accepted with {name} {value!r}; the venue was sent "
                    f"{'nothing of it' if told is _UNSAID else repr(told)}.",
                    order.exchange,
                    found.asked,
                )


_UNSAID = object()


def _told(call: Call, name: str) -> object:
    body = call.sent if isinstance(call.sent, dict) else {}
    return body.get(name, _UNSAID)


def _same(name: str, asked: Json, told: object) -> bool:
    if name in NUMBERS:
        return isinstance(told, str) and Decimal(told) == Decimal(str(asked))
    spelt = KNOWN.get(name)
    wanted = spelt(asked) if spelt is not None and isinstance(asked, str) else asked
    return told == wanted


@check("FID-11", occurs="an order was asked for or cancelled under an odd id")
def odd_ids_lead_nowhere_else(transcript: Transcript) -> Iterator[Observation]:
    for at, end, name in _odd(transcript):
        yield occurred(at)
        wanted = f"/api/v1/orders/{quote(name, safe='')}"
        for call in calls(transcript):
            if not at < call.asked.number < end:
                continue
            path = urlsplit(call.target).path
            if quote(path, safe="/%") != wanted or "?" in call.target:
                yield finding(
                    f"An order with the id {name!r} was asked for; the venue was asked "
                    f"{call.method} {call.target}.",
                    at,
                    call.asked,
                    cause="Is the id pasted into the path as it is?",
                )


def _odd(transcript: Transcript) -> Iterator[tuple[int, int, str]]:
    """Each request under an odd id: from its note to the next one, and the id."""
    notes = [
        entry
        for entry in transcript.of_kind(Kind.NOTE)
        if entry.data.get("name") == ODD_ID
    ]
    ends = [*(n.number for n in notes), len(transcript.entries) + 1][1:]
    for note, end in zip(notes, ends, strict=True):
        looked = [
            e.number
            for e in transcript.of_kind(Kind.RESPONSE)
            if note.number < e.number < end
        ]
        if looked:
            yield note.number, looked[0], str(note.data["facts"]["id"])


@check("FID-12", occurs="the Gateway asked something of its venue")
def the_venue_understands_it(transcript: Transcript) -> Iterator[Observation]:
    odd = list(_odd(transcript))
    for call in calls(transcript):
        if any(at < call.asked.number < end for at, end, _ in odd):
            continue
        yield occurred(call.asked)
        if call.fault is not None:
            yield finding(
                f"The venue was asked {call.told}: {call.fault}.",
                call.asked,
            )
