"""What paper modes leave out is told with its source, for platforms that exist."""

from datetime import date

from conformance.spec.paper import all_paper_modes, paper_modes
from conformance.spec.platforms import PLATFORMS, Mode, platform_of


def test_every_platform_that_is_named_is_known_and_not_live() -> None:
    for mode in all_paper_modes():
        for name in mode.platforms:
            known = platform_of(name)
            assert known is not None, name
            assert known.mode is not Mode.LIVE, name


def test_every_fact_has_a_source_and_says_what_it_means() -> None:
    for mode in all_paper_modes():
        assert mode.facts, mode.name
        assert date.fromisoformat(mode.checked)
        for fact in mode.facts:
            assert fact.sentence
            assert fact.means
            assert fact.source


def test_the_paper_platforms_of_the_published_gateway_are_all_told() -> None:
    told = {name for mode in all_paper_modes() for name in mode.platforms}
    published = {"alpaca-paper", "binance-spot-testnet", "oanda-practice", "saxo-sim"}
    simulated = {p.name for p in PLATFORMS if p.mode is Mode.SIMULATED}
    assert published | simulated <= told


def test_a_report_gets_those_of_its_platforms_each_once() -> None:
    found = paper_modes(["alpaca-paper", "alpaca-paper", "alpaca-live", "nobody"])
    assert [mode.name for mode in found] == ["alpaca"]
