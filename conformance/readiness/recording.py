"""What several sessions show together: each moment and each round trip once."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from conformance.judge.session.model import RoundTrip, SessionFacts

DAY = timedelta(days=1)
THOUSANDTH = Decimal("0.001")
Span = tuple[datetime, datetime]


def recorded_once(sessions: Iterable[SessionFacts]) -> Decimal:
    """Days of 24 hours that one of the sessions or more recorded.

    Two taps in a row, or two strategies side by side, make no week of half a week.
    """
    told = tuple(sessions)
    whole, until = timedelta(0), None
    for began, ended in sorted(span for s in told for span in _recorded(s)):
        if until is None or ended > until:
            whole += ended - (began if until is None else max(began, until))
            until = ended
    by_clock = Decimal(whole / DAY).quantize(THOUSANDTH)
    return min(by_clock, sum((s.numbers.days for s in told), Decimal(0)))


def _recorded(session: SessionFacts) -> Iterator[Span]:
    """From its beginning to its end, without its gaps."""
    at, end = _instant(session.started), _instant(session.ended)
    for gap in sorted(session.numbers.gaps, key=lambda g: _instant(g.began)):
        if _instant(gap.began) > at:
            yield at, _instant(gap.began)
        at = max(at, _instant(gap.ended))
    if end > at:
        yield at, end


def trips_once(sessions: Iterable[SessionFacts]) -> Iterator[RoundTrip]:
    """The round trips that count; the same orders at the same time are the same one."""
    seen: dict[tuple[str, tuple[str, ...]], list[Span]] = {}
    for session in sessions:
        for trip in session.numbers.counted_round_trips:
            span = _instant(trip.opened), _instant(trip.closed)
            known = seen.setdefault((trip.symbol, trip.orders), [])
            if not any(span[0] <= end and began <= span[1] for began, end in known):
                known.append(span)
                yield trip


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
