"""The mapping to law names requirements that exist, and promises nothing."""

from conformance.spec.catalogue import load_catalogue
from conformance.spec.regulation import regulation


def test_every_requirement_that_is_named_exists_and_is_judged() -> None:
    known = {r.id for r in load_catalogue() if not r.excluded}
    for provision in regulation().provisions:
        assert set(provision.requirements) <= known, provision.name
        named = provision.requirements
        assert len(named) == len(set(named)), provision.name


def test_every_provision_says_whom_it_binds_and_what_is_not_covered() -> None:
    for each in regulation().provisions:
        told = (each.act, each.binds, each.asks, each.nature, each.not_covered)
        assert all(told), each.name


def test_what_no_requirement_supports_claims_no_measurement() -> None:
    for each in regulation().provisions:
        if not each.requirements:
            assert "measured" not in each.nature, each.name


def test_nothing_of_it_says_compliant() -> None:
    text = repr(regulation()).lower()
    assert "compliant" not in text
    assert "compliance" not in text


def test_the_kill_switch_is_under_the_article_that_asks_for_it() -> None:
    by_name = {p.name: p.requirements for p in regulation().provisions}
    assert {"DUT-75", "KIL-10"} <= set(by_name["RTS 6 Art. 12"])
