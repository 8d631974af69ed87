"""Makes the numbers of a session out of everything that was folded from it."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal, localcontext

from conformance.judge.session.folding import Story
from conformance.judge.session.holdings import Trip
from conformance.judge.session.model import (
    Interval,
    OrderCounts,
    RoundTrip,
    SessionNumbers,
    Spread,
    SymbolNumbers,
)
from conformance.judge.session.orders import Order
from conformance.judge.session.presence import Span
from conformance.judge.session.spreads import places, rounded, spread, thinned
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.spec.platforms import Mode, platform_of

ZERO = Decimal(0)
DAY = Decimal(86_400)
TAIL = Decimal("1e-10")
MOMENT = Decimal("1e-9")
SHOWN_ORDERS = 5000


def kind_of(platforms: Iterable[str]) -> str:
    """What a session was recorded on, by the platforms that `/health` named."""
    known = [platform_of(name) for name in platforms]
    modes = {platform.mode for platform in known if platform is not None}
    if not known or None in known:
        return "unknown"
    if Mode.LIVE in modes:
        return "live"
    if modes == {Mode.PAPER}:
        return "paper"
    if all(platform is not None and platform.name == "tektii" for platform in known):
        return "backtest"
    return "mock"


def numbers(story: Story) -> SessionNumbers:
    """The numbers of a session that was read to its end."""
    sent = tuple(story.orders.sent())
    counts, days = order_counts(sent), recorded_days(story)
    trips = tuple(_trip(story, t) for t in story.holdings.trips)
    counted = sum(1 for t in trips if not t.scripted)
    depth = story.account.since_peak.most
    margin = story.account.peak_margin
    fills = sum(1 for o in story.orders.all if o.filled and not o.scripted)
    return SessionNumbers(
        orders=counts,
        fills=story.orders.fills,
        rejection_rate=_share(counts.rejected, counts.submitted),
        fill_ratio=_share(counts.filled, counts.submitted),
        cancel_ratio=_share(counts.cancelled, counts.submitted),
        order_to_trade_ratio=_share(counts.submitted, fills),
        slippage=slippage(sent),
        latency_accept=_latency(sent, "answered"),
        latency_first_fill=_latency(sent, "first_fill"),
        latency_last_fill=_latency(sent, "last_fill"),
        days=days,
        trades_per_day=_a_day(counted, days),
        round_trips=trips,
        commission=_commission(story.orders.all),
        financing=dict(story.account.financing),
        equity=story.account.equity.points(),
        drawdown=story.account.drawdown.points(),
        maximum_drawdown=None if depth is None else rounded(depth),
        peak_margin=None if margin is None else rounded(margin[0]),
        order_times=thinned(
            [(story.instant(o.sent or 0.0), o.outcome) for o in sent], SHOWN_ORDERS
        ),
        reconnects=story.streams.reconnects,
        unattended=_intervals(story, story.unattended.all if watched(story) else []),
        unprotected=_intervals(story, story.cover.spans),
        gaps=_intervals(story, story.gaps),
        mismatches=tuple(told for told, _ in mismatches(story)),
        symbols=tuple(_symbols(story, sent, days)),
        market_days=len(story.prices.days),
    )


def watched(story: Story) -> bool:
    """Whether it can be seen when a strategy was connected: it uses the stream."""
    return story.streams.ever


def mismatches(story: Story) -> tuple[tuple[str, int], ...]:
    """Where our books and what the Gateway told differ, each with its entry."""
    return (
        *story.holdings.disagreements,
        *_untraded(story),
        *story.account.disagreements(),
    )


def _untraded(story: Story) -> Iterable[tuple[str, int]]:
    """Orders of which trades and fills were told, and do not add up to the same.

    Of an order whose trades were listed in part, or while no stream was open, too few
    show nothing; too many do.
    """
    for order in story.orders.all:
        if not order.trades or order.by_trades == order.told_filled:
            continue
        many = order.by_trades > order.told_filled and order.told_filled > 0
        heard = order.streamed and order.all_heard
        few = order.by_trades < order.told_filled and heard
        if order.state and not order.live and (many or few):
            yield (
                f"the trades of order {order.id} add up to {order.by_trades:f}; it is "
                f"told with {order.told_filled:f} filled",
                order.entry,
            )


def order_counts(orders: Iterable[Order]) -> OrderCounts:
    """How many orders had which outcome."""
    found: Counter[str] = Counter()
    for order in orders:
        found["submitted"] += 1
        found["accepted"] += order.status is not None and 200 <= order.status < 300
        found["rejected"] += order.rejected or order.status == 422
        found["filled"] += order.filled > 0
        found["partly_filled"] += order.partly
        found["cancelled"] += order.state == "CANCELLED"
        found["expired"] += order.state == "EXPIRED"
        found["unknown"] += order.unknown
    return OrderCounts(**found)


def slippage(orders: Iterable[Order]) -> Spread:
    """By how much fills were worse than the price at the submit, in basis points."""
    return spread("bps", [s for o in orders if (s := slipped(o)) is not None])


def slipped(order: Order) -> Decimal | None:
    """The slippage of one order that was to be filled at once; None for others."""
    price, expected = order.price, order.expected
    if price is None or not expected:
        return None
    with localcontext(prec=40):
        worse = price - expected if order.side == "BUY" else expected - price
        return worse / expected * 10_000


def _latency(orders: Iterable[Order], name: str) -> Spread:
    """From submit to a moment, in milliseconds; to fills of those filled at once."""
    found = []
    for order in orders:
        until = getattr(order, name)
        if until is None or order.sent is None:
            continue
        good = order.status is not None and 200 <= order.status < 300
        if order.at_once if name != "answered" else good:
            found.append(Decimal(str(round((until - order.sent) * 1000, 3))))
    return spread("ms", found)


def recorded_days(story: Story) -> Decimal:
    """Days of 24 hours: recorded ones, of a backtest those of its market."""
    if kind_of(story.platforms) == "backtest":
        try:
            span = instant_of(story.prices.latest) - instant_of(story.prices.first)
        except NotAnInstant:
            return ZERO
        return Decimal(span / timedelta(days=1)).quantize(MOMENT)
    away = sum(gap.seconds(story.end) for gap in story.gaps)
    seconds = Decimal(str(round(story.end - story.first - away, 3)))
    return (max(seconds, ZERO) / DAY).quantize(MOMENT)


def _a_day(count: int, days: Decimal) -> Decimal | None:
    # A minute with two trades is no day with three thousand.
    return rounded(count / days) if days >= 1 else None


def _share(part: int, whole: int) -> Decimal | None:
    return rounded(Decimal(part) / whole) if whole else None


def _commission(orders: Iterable[Order]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for order in orders:
        for currency, cost in order.commission.items():
            found[currency] = found.get(currency, ZERO) + cost
    return found


def _trip(story: Story, trip: Trip) -> RoundTrip:
    entry, left = trip.prices()
    return RoundTrip(
        trip.symbol,
        trip.side,
        story.instant(trip.opened),
        story.instant(trip.closed),
        trip.most,
        _price(entry),
        _price(left),
        trip.profit,
        _price(trip.commission()),
        tuple(order.id for order in trip.parts),
        trip.scripted,
    )


def _price(value: Decimal) -> Decimal:
    """Without the tail of a division."""
    shorter = places(value, TAIL)
    text = f"{shorter:f}".rstrip("0").rstrip(".")
    return Decimal(text or "0")


def _intervals(story: Story, spans: list[Span]) -> tuple[Interval, ...]:
    end = story.end
    return tuple(
        Interval(
            story.instant(span.began),
            story.instant(end if span.ended is None else span.ended),
            Decimal(str(round(span.seconds(end), 3))),
            span.symbol,
            span.quantity,
            span.why,
        )
        for span in spans
        if span.seconds(end) > 0
    )


def _symbols(
    story: Story, sent: tuple[Order, ...], days: Decimal
) -> Iterable[SymbolNumbers]:
    by_symbol: dict[str, list[Order]] = {}
    for order in sent:
        by_symbol.setdefault(order.symbol, []).append(order)
    every: dict[str, list[Order]] = {}
    for order in story.orders.all:
        every.setdefault(order.symbol, []).append(order)
    for symbol in sorted(set(by_symbol) | set(story.holdings.symbols)):
        orders, mine = by_symbol.get(symbol, []), every.get(symbol, [])
        trips = [t for t in story.holdings.trips if t.symbol == symbol]
        trips = [t for t in trips if not t.scripted]
        yield SymbolNumbers(
            symbol,
            order_counts(orders),
            sum(o.fill_count for o in mine),
            sum((o.filled for o in mine if o.fill_count), ZERO),
            len(trips),
            sum(1 for t in trips if t.profit - t.commission() > 0),
            sum(1 for t in trips if t.profit - t.commission() <= 0),
            sum((t.profit for t in trips), ZERO),
            sum((c for o in mine for c in o.commission.values()), ZERO),
            slippage(orders),
            _a_day(len(trips), days),
        )
