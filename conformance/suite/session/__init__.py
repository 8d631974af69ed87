"""The rules and checks that judge recorded sessions."""

from functools import cache

from conformance.suite.session import monitoring, risk, truth, volume
from conformance.suite.session.check import SessionCheck, checks_of
from conformance.suite.session.judging import judged, judged_together

__all__ = ["judged", "judged_together", "session_checks"]


@cache
def session_checks() -> tuple[SessionCheck, ...]:
    """Every check of a session."""
    return checks_of((monitoring, risk, truth, volume))
