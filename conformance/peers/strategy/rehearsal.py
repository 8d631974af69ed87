"""Finds out how a strategy is met and made to trade, before the first script."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from conformance.evidence.recorder import Recorder
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.footing import Footing, Placed, Start
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.sessions import beginning
from conformance.peers.strategy.terms import Terms
from conformance.peers.strategy.trigger import declared_path
from conformance.venue.paths import Path

LOOK_SECONDS = 1.0
"""How long a strategy that was just connected may take to ask about its symbols."""

ANSWER_SECONDS = 2.0
"""How long it may take to answer what it is told, on a machine that is busy."""

SYMBOL = "BTCUSD"
SIDE_BY_SIDE = 6
"""Paths that are tried at once."""

CANDIDATES = (
    ("sine", 5, 20),
    ("sine", 5, 40),
    ("saw", 5, 40),
    ("triangle", 3, 60),
    ("gap", 3, 30),
    ("breakout", 5, 40),
    ("pullback", 10, 40),
    ("walk", 10, 40),
    ("sine", 10, 60),
    ("valley", 10, 40),
    ("burst", 10, 60),
    ("sine", 1, 20),
    ("saw", 10, 100),
    ("triangle", 10, 120),
    ("sine", 10, 200),
)
"""Shapes, percents and periods, those first that most strategies trade on."""

WORTH_CUTTING = 12
"""An entry on an earlier bar is soon enough."""

LONG_ENOUGH = 6
"""Bars that it holds: so many may pass until something else makes it leave."""

LONGEST = 400
"""Bars after which a path that made it enter nothing is given up."""

PACED_SECONDS = 12.0
"""How long one path may take for a strategy that is paced by the clock."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one path made of a strategy."""

    path: Path
    orders: tuple[Placed, ...]
    bars: int

    @property
    def side(self) -> str:
        """The side that it entered with."""
        return self.orders[0].side if self.orders else ""

    @property
    def entries(self) -> tuple[int, ...]:
        """The bars on which it entered."""
        return tuple(o.bar for o in self.orders if o.side == self.side)

    @property
    def exits(self) -> tuple[int, ...]:
        """The bars on which it went out again."""
        return tuple(o.bar for o in self.orders if o.side != self.side)


async def rehearse(
    start: Start, recorder: Recorder, kept: Path | None = None
) -> Footing:
    """The footing of a strategy; `kept` is the path that an earlier run has found.

    Raises SubjectExited or StepFailed where it never opens its stream.
    """
    footing = await _first_look(start, recorder)
    declared = await declared_path(start, footing.symbol)
    paths = tuple(candidates()) if declared is None else (declared,)
    if kept is not None and declared is None:
        seen = await _try(start, footing, recorder, kept)
        if seen.exits:
            return _settled(footing, seen)
    found = await _search(start, footing, recorder, paths)
    if found is None:
        return replace(footing, tried=tuple(p.name for p in paths))
    if declared is None:
        found = await _minimised(start, footing, recorder, found)
    return _settled(footing, found)


def candidates() -> Iterator[Path]:
    """The built-in paths, in the order in which they are tried."""
    for shape, percent, period in CANDIDATES:
        yield Path(shape, Decimal(percent), period)


async def _first_look(start: Start, recorder: Recorder) -> Footing:
    """Which symbols it asks about, and what it acknowledges."""
    profile = start.profile
    footing = Footing(
        Path("sine"),
        symbol=profile.symbols[0] if profile.symbols else SYMBOL,
        timeframe=profile.timeframes[0] if profile.timeframes else "1m",
        feeds=profile.feeds or ("candle",),
    )
    began = beginning(footing.timeframe, datetime.now(UTC), profile.sessions)
    footing = replace(footing, began=began)
    met = Encounter(start, footing, recorder, random.Random(0))
    async with met.gateway(Terms(paced=True, key=True), run="look-") as gateway:
        await gateway.wait(lambda: bool(gateway.server.asked_symbols), LOOK_SECONDS)
        asked = gateway.server.asked_symbols
        await gateway.feed()
        acks = not gateway.missed
    if not profile.symbols and asked:
        footing = replace(footing, symbol=asked[0])
    met.footing = footing
    async with met.gateway(Terms(paced=False), run="live-") as gateway:
        await gateway.feed()
        stream = gateway.stream
        await gateway.wait(
            lambda: stream.acks >= stream.told, ANSWER_SECONDS if acks else LOOK_SECONDS
        )
        confirms = stream.acks >= stream.told
        gateway.tell_plain({"type": "ping"})
        pongs = await gateway.wait(lambda: stream.pongs > 0, ANSWER_SECONDS)
    return replace(footing, acks=acks, confirms=confirms, pongs=pongs)


async def _search(
    start: Start, footing: Footing, recorder: Recorder, paths: Sequence[Path]
) -> Seen | None:
    """The best of what the first paths made of it that made it trade and close."""
    best: Seen | None = None
    for first in range(0, len(paths), SIDE_BY_SIDE):
        group = paths[first : first + SIDE_BY_SIDE]
        tries = (_try(start, footing, recorder, path) for path in group)
        for seen in await asyncio.gather(*tries):
            best = _better(best, seen)
        if best is not None and best.exits and _held(best) >= LONG_ENOUGH:
            return best
    return best


async def _minimised(
    start: Start, footing: Footing, recorder: Recorder, seen: Seen
) -> Seen:
    """The same path with as many of its first bars cut off as it trades without."""
    first = seen.entries[0]
    cuts = sorted({first * n // 4 for n in (1, 2, 3)} | {first - 2}, reverse=True)
    if first < WORTH_CUTTING:
        return seen
    tries = (
        _try(start, footing, recorder, replace(seen.path, skipped=cut)) for cut in cuts
    )
    for shorter in await asyncio.gather(*tries):
        sooner = bool(shorter.exits) and shorter.entries[0] < first
        if sooner and _held(shorter) >= _held(seen):
            return shorter
    return seen


def _better(one: Seen | None, other: Seen) -> Seen | None:
    if not other.orders:
        return one
    return other if one is None or _worth(other) > _worth(one) else one


def _worth(seen: Seen) -> tuple[bool, bool, int]:
    """What closes is worth more, what holds for a while, and what is done sooner."""
    return bool(seen.exits), _held(seen) >= LONG_ENOUGH, -_last(seen)


def _held(seen: Seen) -> int:
    """For how many bars it held what it bought first."""
    later = [bar for bar in seen.exits if bar > seen.entries[0]]
    return later[0] - seen.entries[0] if later else 0


def _last(seen: Seen) -> int:
    """The bar by which it had gone in and out, or in."""
    return seen.exits[0] if seen.exits else seen.entries[0]


async def _try(start: Start, footing: Footing, recorder: Recorder, path: Path) -> Seen:
    met = Encounter(start, replace(footing, path=path), recorder, random.Random(0))
    async with met.gateway(
        run=f"{path.shape}-{path.percent}-{path.period}-{path.skipped}-"
    ) as gateway:
        await _two_turns(gateway)
        orders = tuple(placed(gateway))
        return Seen(path, orders, gateway.market.next)


async def _two_turns(gateway: PlayedGateway) -> None:
    """Until it has gone in, out and in and out again, or long enough."""
    limit = time.monotonic() + PACED_SECONDS

    def turned() -> bool:
        sides = [s.side for s in gateway.submits if s.order]
        return len(sides) > 3 and sides.count(sides[0]) > 1 and sides[-1] != sides[0]

    while not turned() and gateway.market.next < LONGEST and not gateway.ended:
        if not gateway.submits and time.monotonic() > limit:
            return
        if time.monotonic() > limit * 2:
            return
        await gateway.feed()


def placed(gateway: PlayedGateway) -> Iterator[Placed]:
    """The orders that a strategy asked for and got."""
    for submit in gateway.submits:
        if submit.order is None:
            continue
        order = gateway.books.orders[submit.order]
        terms = order.terms
        yield Placed(
            submit.bar,
            str(terms.side),
            str(terms.order_type),
            terms.symbol,
            str(terms.quantity),
        )


def _settled(footing: Footing, seen: Seen) -> Footing:
    """The footing with what was found."""
    entries, exits = seen.entries, tuple(b for b in seen.exits if b > seen.entries[0])
    again = [bar for bar in entries if exits and bar > exits[0]]
    turn = again[0] - entries[0] if again else seen.path.period
    return replace(
        footing,
        path=seen.path,
        side=seen.side,
        entry=entries[0],
        exit=exits[0] if exits else -1,
        turn=turn,
        orders=seen.orders,
    )
