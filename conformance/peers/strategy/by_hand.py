"""A Gateway for somebody at a terminal: agreed quantities make agreed faults."""

import asyncio
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path as File

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.recorder import Unkept
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header
from conformance.peers.engine.conduct import Cut, Hold, How, Status, When
from conformance.peers.strategy.footing import Footing, Start
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Fills, Outcome, Rejected, Waits
from conformance.peers.strategy.terms import Terms
from conformance.protocol.words import OrderStatus
from conformance.spec.profile import Profile
from conformance.venue.order import Order
from conformance.venue.order import Terms as OrderTerms
from conformance.venue.paths import Path

Show = Callable[[Entry], None]
ALWAYS = 10**9
ORDERS = "/v1/orders"


def refusal(status: int, code: str, message: str, **details: Json) -> Status:
    """An error of the Gateway: its status and envelope."""
    body = {"code": code, "message": message, "details": details}
    return Status(status, json.dumps(body))


BOOKED: dict[str, tuple[Outcome, str]] = {
    "0.101": (Waits(), "it rests until it is cancelled"),
    "0.400": (Fills((Decimal("0.4"),), OrderStatus.CANCELLED), "40 %, then cancelled"),
    "0.401": (
        Fills((Decimal("0.4"), Decimal("0.6"))),
        "40 %, and the rest one bar later",
    ),
    "0.402": (Fills((Decimal("0.4"),)), "40 %, and the rest never"),
    "0.020": (Fills((Decimal("0.05"),) * 20, together=True), "twenty parts at once"),
    "0.423": (Rejected("MARKET_CLOSED"), "201, then rejected on the stream"),
}
"""What becomes of an order whose quantity has this behind the point."""

ANSWERED: dict[str, tuple[Status | Cut | Hold, str]] = {
    "0.422": (
        refusal(422, "ORDER_REJECTED", "not enough", reject_code="INSUFFICIENT_FUNDS"),
        "422, not enough funds",
    ),
    "0.429": (
        refusal(429, "RATE_LIMITED", "too many requests", retry_after_seconds=2),
        "429, wait two seconds",
    ),
    "0.500": (refusal(500, "INTERNAL_ERROR", "it failed"), "500, nothing is booked"),
    "0.503": (
        Status(503, '{"code":"PROVIDER_UNAVAILABLE","message":"away"}', booked=True),
        "503, and it is booked all the same",
    ),
    "0.504": (
        Cut(When.ACCEPTED, How.RST),
        "it is booked, and the connection is reset with no answer",
    ),
}
"""How the request of such an order is answered."""

AFTER: dict[str, str] = {
    "0.901": "filled, and then the stream is closed with 1001",
    "0.902": "filled, and then the stream is reset",
    "0.903": "filled, and then POSITION_UNPROTECTED is told",
    "0.904": "filled, and then the market falls by 20 %",
    "0.905": "filled, and then the data is stale for ten bars",
}
"""What comes once such an order has been filled."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """What is played: a market that swings, so many bars a second."""

    symbol: str = "BTCUSD"
    port: int = 8080
    pace: float = 2.0
    paced: bool = False
    platform: str = "mock"
    """What it calls itself: it is a simulation whatever that says."""
    seed: int = 0


class Shown(Unkept):
    """Shows each entry as it comes."""

    def __init__(self, show: Show, redactor: Redactor) -> None:
        header = Header("gateway", "by hand", "", "", (), 0, "")
        super().__init__(header, time.perf_counter, redactor)
        self._show = show

    def add(self, party: Party, kind: Kind, **data: Json) -> Entry:
        entry = super().add(party, kind, **data)
        self._show(entry)
        return entry


def agreed() -> dict[str, str]:
    """Every agreed fraction of a quantity, and what it does."""
    told = {name: text for name, (_, text) in (*BOOKED.items(), *ANSWERED.items())}
    return dict(sorted({**told, **AFTER}.items()))


def play_now(asked: Sitting, show: Show, say: Callable[[str], None]) -> None:
    """Plays until it is told to end; OSError where it cannot listen."""
    asyncio.run(_play(asked, show, say))


async def _play(asked: Sitting, show: Show, say: Callable[[str], None]) -> None:
    key = os.environ.get("GATEWAY_API_KEY", "")
    start = Start("", File(), {}, Profile(), key)
    path = Path("sine", Decimal(5), 40, seed=asked.seed)
    footing = Footing(path, asked.symbol, acks=asked.paced)
    terms = Terms(paced=asked.paced, platform=asked.platform, key=bool(key))
    recorder = Shown(show, Redactor((key,) if key else ()))
    gateway = PlayedGateway(start, footing, terms, recorder, "")
    gateway.listen_at(asked.port)
    await gateway.open()
    say(f"serving at {gateway.url}, {asked.symbol}, {asked.pace:g} bars a second")
    for fraction, text in agreed().items():
        say(f"  a quantity that ends in {fraction[1:]}: {text}")
    _agree(gateway)
    try:
        await _run(gateway, asked)
    finally:
        await gateway.close()


def _agree(gateway: PlayedGateway) -> None:
    for fraction, (outcome, _) in BOOKED.items():
        gateway.expect(outcome, _ends_in(fraction), ALWAYS)
    for fraction, (conduct, _) in ANSWERED.items():
        fits = _asks_for(fraction)
        gateway.on("POST", ORDERS, conduct, where=fits, times=ALWAYS)


def _ends_in(fraction: str) -> Callable[[OrderTerms], bool]:
    return lambda terms: behind_the_point(terms.quantity) == fraction


def _asks_for(fraction: str) -> Callable[[Json], bool]:
    def fits(body: Json) -> bool:
        quantity = body.get("quantity") if isinstance(body, dict) else None
        return behind_the_point(quantity) == fraction

    return fits


def behind_the_point(quantity: object) -> str:
    """The decimals as they were sent: 1.5 is not 1.500, which was agreed upon."""
    return "0." + str(quantity).partition(".")[2]


async def _run(gateway: PlayedGateway, asked: Sitting) -> None:
    """Bars for ever, while somebody listens; a fault once for each order."""
    done: set[str] = set()
    source = random.Random(asked.seed)
    stale = 0
    while True:
        if gateway.stream.open:
            await gateway.feed()
            for order in tuple(gateway.books.orders.values()):
                fraction = behind_the_point(order.terms.quantity)
                if fraction in AFTER and not order.live and order.id not in done:
                    done.add(order.id)
                    stale = 10 if fraction == "0.905" else stale
                    _follow(gateway, fraction, order)
            stale = _freshen(gateway, stale)
        await asyncio.sleep(source.uniform(0.9, 1.1) / asked.pace)


def _follow(gateway: PlayedGateway, fraction: str, order: Order) -> None:
    """What comes once an order with an agreed quantity has been filled."""
    symbol = order.terms.symbol
    if fraction == "0.901":
        gateway.stream.end(1001)
    elif fraction == "0.902":
        gateway.stream.end(How.RST)
    elif fraction == "0.903":
        told = f"the position in {symbol} has no stop loss"
        code = "POSITION_UNPROTECTED"
        gateway.tell({"type": "error", "code": code, "message": told})
    elif fraction == "0.904":
        gateway.market.factor *= Decimal("0.8")
    else:
        gateway.tell({"type": "data_staleness", "event": "STALE", "symbols": [symbol]})


def _freshen(gateway: PlayedGateway, stale: int) -> int:
    """Tells that the data is fresh again, once the last stale bar has passed."""
    if stale == 1:
        symbols = [gateway.market.symbol]
        gateway.tell({"type": "data_staleness", "event": "FRESH", "symbols": symbols})
    return max(0, stale - 1)
