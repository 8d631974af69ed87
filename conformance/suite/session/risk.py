"""What a session risked: positions alone, fees, margin, hours, drawdown."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.session.figures import watched
from conformance.judge.session.folding import Story
from conformance.judge.session.orders import Order
from conformance.spec.profile import DAYS, Drawdown, Session
from conformance.spec.tolerances import Fees
from conformance.suite.session.check import (
    ANY,
    TIMED,
    Evidence,
    session_check,
)

SHOWN = 10
CENT = Decimal("0.01")


@session_check("SES-20", occurs="a position stood", kinds=TIMED, each=True)
def no_position_stands_alone(evidence: Evidence) -> Iterator[Observation]:
    limit, story = evidence.declared("unattended_seconds"), evidence.story
    if not watched(story):
        raise NotVerified(
            "the strategy opened no stream: whether it is there is unseen"
        )
    if story.exposed.all:
        yield occurred(story.exposed.all[0].entry)
    for span in story.unattended.all:
        seconds = Decimal(str(round(span.seconds(story.end), 1)))
        if seconds > limit:
            yield finding(
                f"{span.quantity:f} {span.symbol} stood for {seconds} s from "
                f"{story.instant(span.began)} on while no strategy was connected; "
                f"{limit} s are declared.",
                span.entry,
                key=f"alone {span.symbol}",
            )


@session_check("SES-21", occurs="a trade told its commission", kinds=ANY)
def commissions_are_as_declared(evidence: Evidence) -> Iterator[Observation]:
    fees, seen = evidence.profile.fees, 0
    if fees is None:
        raise NotVerified("declare [fees] in the profile")
    charged = [o for o in evidence.story.orders.all if o.commission and o.filled]
    if charged and fees.of(Decimal(1000), Decimal(1)) and not _anything(charged):
        raise NotVerified(
            "no commission was charged: this platform does not model fees, a live "
            "session would show them"
        )
    for order in charged:
        if order.by_trades != order.filled:
            continue
        seen += 1
        yield occurred(order.entry)
        if told := _differs(order, fees):
            yield finding(told, order.entry, key=f"fees {order.symbol}")
        if told and seen > SHOWN:
            return


def _anything(orders: list[Order]) -> bool:
    return any(cost for order in orders for cost in order.commission.values())


def _differs(order: Order, fees: Fees) -> str | None:
    wanted = fees.of(order.by_trades_worth, order.filled, order.maker_worth)
    paid = sum(order.commission.values(), Decimal(0))
    currencies = " and ".join(order.commission)
    if fees.currency and currencies != fees.currency:
        return f"Order {order.id} was charged in {currencies}, not in {fees.currency}."
    if abs(paid - wanted) <= max(CENT * order.trades, abs(wanted) / 100):
        return None
    return (
        f"Order {order.id} was charged {paid:f} {currencies} for "
        f"{order.filled:f} {order.symbol}; the declared fees make it {wanted:.4f}."
    )


@session_check("SES-22", occurs="the account told its margin", kinds=ANY)
def margin_is_within_the_limit(evidence: Evidence) -> Iterator[Observation]:
    limit, peak = (
        evidence.declared("margin_percent"),
        evidence.story.account.peak_margin,
    )
    if peak is None:
        return
    share, at, entry = peak
    yield occurred(entry)
    if share * 100 > limit:
        yield finding(
            f"At {evidence.story.instant(at)} {share * 100:.2f} % of the equity was "
            f"used as margin; {limit} % is declared.",
            entry,
        )


@session_check("SES-23", occurs="an order that opens a position was sent", kinds=TIMED)
def nothing_is_opened_outside_the_hours(evidence: Evidence) -> Iterator[Observation]:
    sessions, story = evidence.profile.sessions, evidence.story
    if not sessions:
        raise NotVerified("declare [[sessions]] in the profile")
    told = 0
    for order in story.orders.sent():
        if not order.opens or order.sent is None:
            continue
        yield occurred(order.entry)
        when = story.began + timedelta(seconds=order.sent)
        if not any(_within(when, session) for session in sessions):
            told += 1
            yield finding(
                f"{order.side} {order.quantity:f} {order.symbol} was sent at "
                f"{story.instant(order.sent)}, outside all declared hours.",
                order.entry,
                cause="Is the time of day taken from another time zone?",
                key="hours",
            )
        if told == SHOWN:
            return


def _within(when: datetime, session: Session) -> bool:
    """Whether a moment lies in a session; one that ends before it begins runs over."""
    local = when.astimezone(ZoneInfo(session.zone))
    today, time = DAYS[local.weekday()], local.time()
    if session.begins <= session.ends:
        return today in session.days and session.begins <= time < session.ends
    yesterday = DAYS[local.weekday() - 1]
    late = today in session.days and time >= session.begins
    return late or (yesterday in session.days and time < session.ends)


@session_check(
    "SES-24", occurs="the equity that was told changed", kinds=TIMED, each=True
)
def the_drawdown_is_limited(evidence: Evidence) -> Iterator[Observation]:
    limit, story = evidence.profile.drawdown, evidence.story
    if limit is None:
        raise NotVerified("declare [drawdown] in the profile")
    depth = story.account.since_peak
    if limit.since == "start":
        depth = story.account.since_start
    if depth.most is None or len(story.account.equity.points()) < 2:
        return
    yield occurred()
    over = (d for d in depth.deeper if d[1] * 100 > limit.percent)
    crossed = next(over, None)
    if crossed is not None:
        yield from _after(story, limit, crossed)


def _after(
    story: Story, limit: Drawdown, crossed: tuple[float, Decimal, int]
) -> Iterator[Observation]:
    """What the strategy did after the equity had fallen beyond the limit."""
    at, share, entry = crossed
    deadline = at + limit.seconds
    told = (
        f"The drawdown was {share * 100:.2f} % at {story.instant(at)}; "
        f"{limit.percent} % is declared"
    )
    for order in story.orders.sent():
        if order.opens and order.sent is not None and order.sent > deadline:
            yield finding(
                f"{told}. It opened {order.side} {order.quantity:f} {order.symbol} at "
                f"{story.instant(order.sent)} all the same.",
                entry,
                order.entry,
            )
            break
    for span in story.exposed.all:
        ended = story.end if span.ended is None else span.ended
        if span.began <= deadline < ended:
            yield finding(
                f"{told}. {span.quantity:f} {span.symbol} still stood "
                f"{limit.seconds:g} s later.",
                entry,
                span.entry,
            )
            break
