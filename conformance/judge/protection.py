"""How long how much of a position had no stop loss at the venue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.venue import Booked, booked

ZERO = Decimal(0)
SIGNS = {"BUY": 1, "SELL": -1}
STOPS = frozenset({"STOP", "STOP_LIMIT"})


@dataclass(frozen=True, slots=True)
class Interval:
    """A time in which some of what was held of a symbol had no stop loss.

    `ended` is None where it lasted for as long as anybody looked.
    """

    symbol: str
    began: Entry
    ended: Entry | None
    seconds: Decimal
    most: Decimal
    """The largest quantity without a stop loss in it."""
    exposure: Decimal
    """Seconds times quantity, added up."""

    def __str__(self) -> str:
        until = "" if self.ended is not None else ", and still at the end"
        return (
            f"up to {self.most} {self.symbol} without a stop loss at the venue for "
            f"{self.seconds} s, {self.exposure} seconds × quantity{until}"
        )


class Watch:
    """What is held of one symbol at the venue, and the stops that stand over it."""

    def __init__(self) -> None:
        self.held = ZERO
        self._stops: dict[str, tuple[int, Decimal]] = {}

    def take(self, change: Booked) -> None:
        """The next change at the venue."""
        sign = SIGNS[str(change.entry.data["side"])]
        if change.what == "filled":
            self.held += sign * change.number("fill")
        left = change.number("quantity") - change.number("filled")
        over = change.what in {"cancelled", "rejected"} or left <= 0
        if change.entry.data["order_type"] in STOPS:
            self._stops[change.order] = sign, ZERO if over else left

    @property
    def uncovered(self) -> Decimal:
        """How much of it no live stop would close."""
        closing = -1 if self.held > 0 else 1
        covered = sum((q for s, q in self._stops.values() if s == closing), ZERO)
        return max(abs(self.held) - covered, ZERO)


def unprotected(transcript: Transcript, symbol: str) -> Iterator[Interval]:
    """The times in which a symbol's position was not wholly under a stop loss.

    Measured at the venue: from the fill booked there to the stop accepted there.
    """
    watch = Watch()
    began: Entry | None = None
    since = most = exposure = ZERO
    for change in booked(transcript):
        if change.entry.data["symbol"] != symbol:
            continue
        at = _at(change.entry)
        exposure += watch.uncovered * (at - since)
        since = at
        watch.take(change)
        if watch.uncovered and began is None:
            began, most, exposure = change.entry, ZERO, ZERO
        most = max(most, watch.uncovered)
        if began is not None and not watch.uncovered:
            lasted = at - _at(began)
            yield Interval(symbol, began, change.entry, lasted, most, exposure)
            began = None
    if began is not None:
        end = _at(transcript.entries[-1])
        exposure += watch.uncovered * (end - since)
        yield Interval(symbol, began, None, end - _at(began), most, exposure)


def worst(intervals: Iterable[Interval]) -> Interval | None:
    """The one with the largest exposure; None where there was none."""
    return max(intervals, key=lambda each: each.exposure, default=None)


def _at(entry: Entry) -> Decimal:
    return Decimal(str(round(entry.at, 6)))
