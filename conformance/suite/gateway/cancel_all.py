"""A cancel of all orders ends the live ones it is about, and counts just these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.changes import fenced, told
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import Submitted, accepted, announcements, asked, shown
from conformance.judge.refusals import ELSEWHERE
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.protocol.order_states import TERMINAL
from conformance.suite.check import check

NEEDS = Needs(symbols=4, alone=True, seconds=30)

MIXED, PLAIN, OTHER, EMPTY = range(4)
"""A symbol with ended orders too, one with live orders only, one kept, one bare."""

ENDS = ("ORDER_FILLED", "ORDER_CANCELLED", "ORDER_EXPIRED", "ORDER_REJECTED")


async def script(strategy: Played) -> None:
    """Cancels all orders of a bare symbol, of two others, and then all there are."""
    stream = await strategy.stream()
    mixed, plain, other, empty = strategy.symbols
    await _cancel_all(strategy, empty, ())
    placed = [
        await strategy.resting(symbol=symbol)
        for symbol in (mixed, plain, plain, other, other)
    ]
    cancelled = await strategy.resting(symbol=mixed)
    bought = await strategy.bought(stream, "2", symbol=mixed)
    await strategy.cancel(cancelled.id)
    await strategy.announced(stream, cancelled.id, "ORDER_CANCELLED")
    for symbol in (plain, mixed, None):
        await _cancel_all(strategy, symbol, (*placed, cancelled, bought))
    await strategy.fence()


async def _cancel_all(
    strategy: Played, symbol: str | None, orders: Sequence[Placed]
) -> None:
    query = "" if symbol is None else f"?symbol={quote(symbol, safe='')}"
    await strategy.delete(f"/v1/orders{query}")
    for order in orders:
        await strategy.show(order.id)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One cancel of all orders, with the script's orders that it is about."""

    exchange: Exchange
    symbol: str | None
    live: tuple[Submitted, ...]
    ended: tuple[Submitted, ...]
    until: int
    """The entry where the next one begins."""

    @property
    def counts(self) -> dict[str, Json] | None:
        """What a success counted."""
        body = self.exchange.body if self.exchange.status == 200 else None
        whole = isinstance(body, dict) and {"cancelled_count", "failed_count"} <= {
            *body
        }
        return body if whole else None

    @property
    def story(self) -> str:
        of = "all orders" if self.symbol is None else f"all orders of {self.symbol}"
        return f"A cancel of {of} was answered with {self.exchange.status}"

    def later(self, transcript: Transcript, order: Submitted) -> tuple[Exchange, str]:
        """How GET first showed an order after it; no status where it did not."""
        for exchange, found in shown(transcript, order.id):
            if self.exchange.request.number < exchange.request.number < self.until:
                return exchange, str(found.get("status"))
        return self.exchange, ""


def sweeps(transcript: Transcript) -> Iterator[Sweep]:
    """Every cancel of all orders that was judged, in order."""
    found = [
        e
        for e in asked(transcript, "DELETE", "v1", "orders")
        if e.status is not None and e.status not in ELSEWHERE
    ]
    for place, exchange in enumerate(found):
        at = exchange.request.number
        following = [e.request.number for e in found[place + 1 :]]
        until = following[0] if following else len(transcript.entries) + 1
        symbol = dict(exchange.query).get("symbol")
        mine = [
            o
            for o in accepted(transcript)
            if o.exchange.request.number < at
            and symbol in (None, o.fields.get("symbol"))
        ]
        ended = tuple(o for o in mine if _had_ended(transcript, o, at))
        live = tuple(o for o in mine if o not in ended)
        yield Sweep(exchange, symbol, live, ended, until)


def _had_ended(transcript: Transcript, order: Submitted, at: int) -> bool:
    """Whether an order was told or shown ended before an entry."""
    by_stream = any(e.entry.number < at for e in told(transcript, str(order.id), *ENDS))
    return by_stream or any(
        exchange.request.number < at and str(found.get("status")) in TERMINAL
        for exchange, found in shown(transcript, order.id)
    )


@check("MOD-60", occurs="live orders were shown after a cancel of all")
def every_live_order_ends(transcript: Transcript) -> Iterator[Observation]:
    for sweep in sweeps(transcript):
        for order in sweep.live:
            exchange, status = sweep.later(transcript, order)
            if not status:
                continue
            yield occurred(sweep.exchange, exchange)
            if status not in TERMINAL and status != "PENDING_CANCEL":
                yield finding(
                    f"{sweep.story}; order {order.id} of {order.fields['symbol']} is "
                    f"shown {status} afterwards.",
                    sweep.exchange,
                    exchange,
                )


@check("MOD-61", occurs="a symbol's orders, all live, were cancelled")
def it_counts_what_it_cancelled(transcript: Transcript) -> Iterator[Observation]:
    for sweep in sweeps(transcript):
        if not sweep.ended and sweep.live and sweep.symbol is not None:
            yield from _counted(sweep)


@check("MOD-62", occurs="a symbol's orders, some ended, were cancelled")
def it_counts_no_ended_order(transcript: Transcript) -> Iterator[Observation]:
    for sweep in sweeps(transcript):
        if sweep.ended and sweep.symbol is not None:
            yield from _counted(sweep)


@check("MOD-65", occurs="all orders of a symbol without orders were cancelled")
def nothing_is_counted_zero(transcript: Transcript) -> Iterator[Observation]:
    for sweep in sweeps(transcript):
        bare = sweep.symbol == transcript.header.symbols[EMPTY]
        if bare and not sweep.ended and not sweep.live:
            yield from _counted(sweep)


def _counted(sweep: Sweep) -> Iterator[Observation]:
    """On a symbol of our own: as many cancelled as were live, none failed."""
    counts = sweep.counts
    if counts is None:
        return
    yield occurred(sweep.exchange)
    cancelled, failed = counts["cancelled_count"], counts["failed_count"]
    live, ended = len(sweep.live), len(sweep.ended)
    if (cancelled, failed) != (live, 0):
        yield finding(
            f"{sweep.story}, {cancelled} cancelled and {failed} failed; of the "
            f"symbol's orders {live} were live and {ended} had ended.",
            sweep.exchange,
            cause="Are orders counted that had ended?" if ended else None,
        )


@check("MOD-63", occurs="a cancel of all orders was answered with counts")
def failures_are_named(transcript: Transcript) -> Iterator[Observation]:
    for sweep in sweeps(transcript):
        counts = sweep.counts
        if counts is None:
            continue
        named = counts.get("failed_order_ids")
        ids = named if isinstance(named, list) else []
        yield occurred(sweep.exchange)
        if len(ids) != counts["failed_count"]:
            yield finding(
                f"{sweep.story}, {counts['failed_count']} failed and {len(ids)} ids of "
                f"failed orders ({', '.join(map(str, ids))[:120]}).",
                sweep.exchange,
            )


@check("MOD-64", occurs="another symbol's orders were shown after a cancel of all")
def other_symbols_are_left_alone(transcript: Transcript) -> Iterator[Observation]:
    for sweep in sweeps(transcript):
        for order in accepted(transcript):
            elsewhere = order.fields.get("symbol") != sweep.symbol is not None
            at = sweep.exchange.request.number
            if not elsewhere or _had_ended(transcript, order, at):
                continue
            exchange, status = sweep.later(transcript, order)
            if not status:
                continue
            yield occurred(sweep.exchange, exchange)
            if status in TERMINAL:
                yield finding(
                    f"{sweep.story}; order {order.id} of {order.fields['symbol']} is "
                    f"shown {status} afterwards.",
                    sweep.exchange,
                    exchange,
                )


@check("MOD-66", occurs="a fence passed after a cancel of all where some had ended")
def ended_orders_are_told_nothing(transcript: Transcript) -> Iterator[Observation]:
    for sweep in sweeps(transcript):
        at = sweep.exchange.request.number
        if not sweep.ended or at > fenced(transcript):
            continue
        yield occurred(sweep.exchange)
        for order in sweep.ended:
            ends = told(transcript, str(order.id), *ENDS)
            if not ends or ends[0].entry.number > at:
                continue
            for each in announcements(transcript, order_id=str(order.id)):
                if not at < each.entry.number < sweep.until:
                    continue
                yield finding(
                    f"{sweep.story}; order {order.id} had ended before, and "
                    f"{each.event} was announced of it.",
                    sweep.exchange,
                    each.entry,
                    cause="Is every order swept, whatever its state?",
                )
