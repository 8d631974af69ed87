"""When a strategy's declared sessions are, and when a market begins within them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from conformance.protocol.words import TIMEFRAMES
from conformance.spec.profile import DAYS, Session

AHEAD = 500
"""Bars that may be told before their time is later than the clock's."""

ROOM = 90
"""Bars that lie in one session, or out of all, from the first on."""

STEP = timedelta(minutes=15)
LONGEST = 21 * 24 * 4
"""Steps back that are tried: three weeks."""


def inside(sessions: Sequence[Session], at: datetime) -> bool:
    """Whether something may be opened then."""
    for session in sessions:
        local = at.astimezone(ZoneInfo(session.zone))
        today = DAYS[local.weekday()] in session.days
        if today and session.begins <= local.time() < session.ends:
            return True
    return not sessions


def beginning(
    timeframe: str, now: datetime, sessions: Sequence[Session] = ()
) -> datetime:
    """When the first bar starts: in the near past, within the sessions if there are."""
    return _start(timeframe, now, lambda at: inside(sessions, at))


def outside(
    timeframe: str, now: datetime, sessions: Sequence[Session]
) -> datetime | None:
    """When a market would begin whose bars lie out of all sessions; None for never."""
    at = _start(timeframe, now, lambda at: not inside(sessions, at))
    return None if inside(sessions, at) else at


def _start(timeframe: str, now: datetime, fits: Callable[[datetime], bool]) -> datetime:
    seconds = TIMEFRAMES[timeframe]
    room = timedelta(seconds=seconds * ROOM)
    newest = int(now.timestamp()) - AHEAD * seconds
    newest_at = datetime.fromtimestamp(newest - newest % seconds, UTC)
    for step in range(LONGEST):
        at = newest_at - step * STEP
        if all(fits(at + room * part / 6) for part in range(7)):
            return at
    return newest_at
