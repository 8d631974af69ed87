"""Every requirement has a check, an exclusion or its issue; every check a mutant."""

from conformance.spec.catalogue import load_catalogue
from conformance.suite.company import whole_suite
from conformance.suite.session import session_checks
from fixtures.gateways import mutants
from fixtures.sessions.bad import bad_sessions
from fixtures.strategies.bad import faults

CHECKED = {check.requirement for check in whole_suite().checks} | {
    check.requirement for check in session_checks()
}
KILLED = {
    requirement
    for each in (*mutants(), *faults(), *bad_sessions())
    for requirement in each.violates
}


def test_every_requirement_is_checked_excluded_or_waits_for_its_issue() -> None:
    open_ = [
        each.id
        for each in load_catalogue()
        if not each.excluded and not each.waits_for and each.id not in CHECKED
    ]
    assert open_ == []


def test_what_is_excluded_or_waits_has_no_check() -> None:
    early = [
        each.id
        for each in load_catalogue()
        if (each.excluded or each.waits_for) and each.id in CHECKED
    ]
    assert early == []


def test_every_check_has_a_mutant_that_it_kills() -> None:
    assert sorted(CHECKED - KILLED) == []


def test_no_mutant_names_what_nothing_checks() -> None:
    assert sorted(KILLED - CHECKED) == []


def test_no_two_mutants_have_one_name() -> None:
    names = [each.name for each in (*mutants(), *faults(), *bad_sessions())]
    assert sorted(names) == sorted(set(names))
