"""Every check of a session can fail: a bad one violates just what it declares."""

import pytest

from conformance.suite.session import session_checks
from fixtures.sessions.bad import bad_sessions
from fixtures.sessions.fault import BadSession, faulted_by


@pytest.mark.parametrize("bad", bad_sessions(), ids=lambda bad: bad.name)
def test_a_bad_session_violates_exactly_what_it_declares(bad: BadSession) -> None:
    assert faulted_by(bad) == frozenset(bad.violates)


def test_every_check_of_a_session_has_one_that_it_finds() -> None:
    killed = {requirement for bad in bad_sessions() for requirement in bad.violates}
    assert {check.requirement for check in session_checks()} <= killed
