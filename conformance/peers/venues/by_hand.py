"""One broker for somebody at a terminal: what is typed happens there."""

import asyncio
import os
import shlex
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO

from conformance.errors import StepFailed
from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.recorder import Unkept
from conformance.evidence.transcript import Header
from conformance.peers.engine.conduct import Cut, Status
from conformance.peers.venues.registry import Venue, venue_for
from conformance.peers.venues.words import Operation
from conformance.protocol.money import text_of
from conformance.venue.order import Order

Show = Callable[[Entry], None]
Say = Callable[[str], None]

TYPED = (
    "price SYMBOL VALUE · quote SYMBOL BID ASK · fill ORDER QUANTITY [PRICE] · "
    "cancel ORDER · expire ORDER · reject ORDER REASON · stick ORDER · "
    "keep-open SYMBOL · answer OPERATION STATUS [TEXT] · lose OPERATION · plainly · "
    "orders · away · back · cut"
)
"""An operation is one of `Operation`."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Which broker is played, and where; `hold` has every order wait for `fill`."""

    provider: str
    mode: str = "paper"
    symbols: tuple[str, ...] = ()
    hold: bool = False
    host: str = "127.0.0.1"
    port: int = 0


class Live(Unkept):
    """Shows each entry as it comes."""

    def __init__(self, provider: str, show: Show) -> None:
        header = Header("venue", "by hand", provider, "", (), 0, "")
        super().__init__(header, time.perf_counter)
        self._show = show

    def add(self, party: Party, kind: Kind, **data: Json) -> Entry:
        entry = super().add(party, kind, **data)
        self._show(entry)
        return entry


def play_now(seat: Seat, show: Show, say: Say, typed: IO[str]) -> None:
    """Plays it in an event loop of its own, until it is interrupted."""
    asyncio.run(_play_typed(seat, show, say, typed))


async def _play_typed(seat: Seat, show: Show, say: Say, typed: IO[str]) -> None:
    lines = asyncio.StreamReader()
    try:
        if _is_void(typed):
            raise ValueError("nobody can type there")
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), typed
        )
    except (OSError, ValueError):
        # No terminal and no pipe: nobody types anything.
        lines.feed_eof()
    await play(seat, show, say, lines)


def _is_void(typed: IO[str]) -> bool:
    """Whether it is a device that is no terminal: /dev/null, in CI and behind an &."""
    return stat.S_ISCHR(os.fstat(typed.fileno()).st_mode) and not typed.isatty()


async def play(seat: Seat, show: Show, say: Say, lines: asyncio.StreamReader) -> None:
    """Serves until it is cancelled; raises OSError where it cannot listen."""
    venue = venue_for(seat.provider, Live(seat.provider, show))
    venue.by_hand = seat.hold
    await venue.start(seat.port, seat.host)
    try:
        symbols = seat.symbols or venue.symbols
        for name, value in venue.environment(*symbols, mode=seat.mode).items():
            say(f"{name}={shlex.quote(value)}")
        say(f"symbols: {', '.join(venue.symbols)}; type {TYPED}")
        while line := (await lines.readline()).decode("utf-8", "replace"):
            if words := line.split():
                await _obey(venue, words, say)
        await asyncio.Event().wait()
    finally:
        await venue.stop()


async def _obey(venue: Venue, words: list[str], say: Say) -> None:
    """Does what one line says; one that cannot be done says so, and nothing else."""
    name, *rest = words
    does = _DEEDS.get(name)
    if does is None:
        say(f"{name}: not known; type {TYPED}")
        return
    try:
        told = does(venue, *rest)
        if asyncio.iscoroutine(told):
            await told
    except StepFailed as error:
        say(f"{' '.join(words)}: {error}")
        return
    except (TypeError, ArithmeticError, ValueError, LookupError):
        say(f"{' '.join(words)}: it is typed {_usage(name)}")
        return
    if name == "orders":
        for order in venue.orders():
            say(_shown(order))


def _usage(name: str) -> str:
    """How a line is typed."""
    return next(usage for usage in TYPED.split(" · ") if usage.split()[0] == name)


def _shown(order: Order) -> str:
    terms = order.terms
    price = terms.limit_price or terms.stop_price
    at = "" if price is None else f" {text_of(price)}"
    return (
        f"{order.id}: {terms.side} {text_of(terms.quantity)} {terms.symbol} "
        f"{terms.order_type}{at}, {order.status}, {text_of(order.filled)} filled"
    )


def _answer(venue: Venue, operation: str, status: str, *text: str) -> None:
    """Every request for an operation is answered so, and nothing is booked."""
    told = Status(int(status), " ".join(text) or "{}")
    venue.always(Operation(operation), told)


def _lose(venue: Venue, operation: str) -> None:
    """Every request for an operation is done, and its connection reset."""
    venue.always(Operation(operation), Cut())


def _reject(venue: Venue, order_id: str, *reason: str) -> None:
    venue.reject(order_id, " ".join(reason) or "rejected by hand")


_DEEDS: Mapping[str, Callable[..., object]] = {
    "price": lambda venue, symbol, value: venue.price(symbol, value),
    "quote": lambda venue, symbol, bid, ask: venue.quote(symbol, bid, ask),
    "fill": lambda venue, order, quantity, *price: venue.fill(order, quantity, *price),
    "cancel": lambda venue, order: venue.cancel(order),
    "expire": lambda venue, order: venue.expire(order),
    "reject": _reject,
    "stick": lambda venue, order: venue.desk.stuck.add(venue.order(order).id),
    "keep-open": lambda venue, symbol: venue.keep_open(symbol),
    "answer": _answer,
    "lose": _lose,
    "plainly": lambda venue: venue.plainly(),
    "orders": lambda venue: venue.orders(),
    "away": lambda venue: venue.leave(),
    "back": lambda venue: venue.come_back(),
    "cut": lambda venue: venue.cut(),
}
