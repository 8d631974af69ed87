"""The checklist is whole, agrees with the catalogue, and is refused where it is not."""

from importlib import resources

import pytest

from conformance.errors import SuiteFault
from conformance.settings import STAGES
from conformance.spec.catalogue import load_catalogue
from conformance.spec.checklist import Item, checklist, parse_checklist


def text() -> str:
    path = resources.files("conformance.spec") / "checklist.toml"
    return path.read_text(encoding="utf-8")


def kind_of(needs: str) -> str:
    return needs if needs in ("strategy", "session") else "gateway"


@pytest.mark.parametrize("item", checklist().items, ids=lambda item: str(item.number))
def test_an_item_asks_for_the_runs_that_decide_its_requirements(item: Item) -> None:
    number = item.number
    decided_by = {
        kind_of(r.needs)
        for r in load_catalogue()
        if number in r.items and not r.excluded and r.waits_for != 8
    }
    assert set(item.asks) >= decided_by


def test_the_stages_are_those_that_can_be_asked_for() -> None:
    assert tuple(stage.name for stage in checklist().stages) == STAGES


def test_a_stage_asks_for_all_that_those_before_it_ask_for() -> None:
    names = [stage.name for stage in checklist().until("paper-all")]
    assert names == ["backtest", "paper-one", "paper-all"]


def test_only_live_stages_ask_for_whole_items() -> None:
    whole = {stage.name: stage.items for stage in checklist().stages if stage.items}
    assert whole == {"live-small": tuple(range(1, 10))}


def test_every_rule_says_in_words_what_it_asks_and_what_it_costs() -> None:
    rules = checklist()
    told = [each.rule for each in rules.stages]
    told += [each.rule for each in rules.do_not_advance]
    told += [each.consequence for each in rules.stages]
    told += [each.consequence for each in rules.do_not_advance]
    told += [each.consequence for each in rules.items]
    told += [each.consequence for each in rules.failure_modes]
    assert all(sentence.endswith(".") for sentence in told)
    assert len(rules.do_not_advance) == 3
    assert len(rules.metrics) == 4


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("round_trips = 30", "round_trips = '30'", "rules: round_trips is no int"),
        ("round_trips = 30\n", "", "rules: round_trips is missing or unknown"),
        ("[rules]", "[rules]\nscore = 1", "rules: score is missing or unknown"),
        ("[sessions]", "[seasons]", "seasons is missing or unknown"),
        ("number = 9", "number = 8", "items"),
        ('asks = ["gateway", "session"]', 'asks = ["dream"]', "dream is unknown"),
        ('attested = ["host"]', "attested = []", "item 9: attested"),
        ('requirement = "SES-18"', 'requirement = "SES-99"', "SES-99 is unknown"),
        ('"backtest-costs"]', '"backtest-cost"]', "backtest-cost is unknown"),
        ('compared = ["paper", "live"]', 'compared = ["paper", "love"]', "love"),
        ("duties = [2, 3", "duties = [12, 3", "12 is unknown"),
        ('kind = "choice"', 'kind = "text"', "model has no choices"),
        ('kind = "drill"', 'kind = "dril"', "dril is unknown"),
        ('when = "per-order"', 'when = "per-hour"', "per-hour is unknown"),
        ('differs_from = "first"', 'differs_from = "third"', "third is unknown"),
        ('name = "missed-data"', 'name = "lost-data"', "failure modes"),
        ('contains = ["bull"', 'contains = [1, "bull"', "contains is no str"),
        ('choices = ["maker-taker"', 'choices = "maker-taker" #', "choices is no list"),
        ("[rules]", "[rules", "checklist.toml: "),
    ],
)
def test_what_is_wrong_in_it_is_a_fault_that_names_it(
    old: str, new: str, told: str
) -> None:
    assert old in text()
    with pytest.raises(SuiteFault, match=told):
        parse_checklist(text().replace(old, new, 1))
