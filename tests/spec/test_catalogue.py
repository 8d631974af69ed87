"""The catalogue's files hold together, and a wrong one is named."""

import re

import pytest

from conformance.errors import SuiteFault
from conformance.spec.catalogue import (
    Level,
    catalogue_sha256,
    families,
    load_catalogue,
    parse_catalogue,
    requirement,
)

SPANS = (
    (1, 8),
    (101, 114),
    (201, 210),
    (301, 309),
    (401, 408),
    (501, 505),
    (601, 611),
    (701, 706),
    (801, 804),
    (850, 856),
    (901, 905),
)
STRATEGY_SPANS = (
    (101, 106),
    (201, 210),
    (301, 308),
    (401, 406),
    (501, 506),
    (601, 605),
    (610, 615),
    (620, 622),
    (701, 704),
    (801, 805),
    (901, 904),
)


def scenarios(letter: str, spans: tuple[tuple[int, int], ...]) -> set[str]:
    numbers = (n for first, last in spans for n in range(first, last + 1))
    return {f"{letter}-{number:03}" for number in numbers}


SCENARIOS = scenarios("G", SPANS) | scenarios("S", STRATEGY_SPANS)

HEAD = 'family = "f"\ntitle = "F"\nprefix = "FAM"\n'
ENTRY = """
[[requirement]]
id = "FAM-1"
level = "MUST"
sentence = "A thing is so."
source = "axiom: terminal is final"
"""


def parse(text: str) -> None:
    parse_catalogue([("f.toml", HEAD + text)])


def test_there_are_the_catalogues_scenarios_of_both_subjects() -> None:
    assert len(scenarios("G", SPANS)) == 87
    assert len(scenarios("S", STRATEGY_SPANS)) == 63


def test_every_id_is_there_once() -> None:
    ids = [each.id for each in load_catalogue()]
    assert len(ids) == len(set(ids))


def test_no_sentence_is_there_twice() -> None:
    sentences = [each.sentence for each in load_catalogue()]
    assert sorted(sentences) == sorted(set(sentences))


def test_every_requirement_has_a_source() -> None:
    assert all(each.source.strip() for each in load_catalogue())


def test_every_sentence_is_one_whole_sentence() -> None:
    for each in load_catalogue():
        assert each.sentence.endswith("."), each.id
        assert "  " not in each.sentence, each.id
        assert not re.search(r"\.\s+[A-Z]", each.sentence), each.id


def test_every_must_comes_from_a_norm() -> None:
    norms = re.compile(
        r"openapi\.json|README\.md|docs/|CHANGELOG|SECURITY|\.env\.example"
        r"|going-live\.md|axiom: "
    )
    for each in load_catalogue():
        if each.level is Level.MUST:
            assert norms.search(each.source), each.id


def test_no_requirement_that_cannot_be_waived_is_only_a_should() -> None:
    for each in load_catalogue():
        assert not (each.safety and each.level is Level.SHOULD), each.id


def test_every_scenario_of_the_catalogue_is_covered() -> None:
    covered = {name for each in load_catalogue() for name in each.catalogue}
    assert sorted(SCENARIOS - covered) == []


def test_no_requirement_names_a_scenario_that_is_not_there() -> None:
    covered = {name for each in load_catalogue() for name in each.catalogue}
    assert covered <= SCENARIOS


def test_every_requirement_belongs_to_a_family() -> None:
    prefixes = {family.name: family.prefix for family in families()}
    for each in load_catalogue():
        assert each.id.startswith(prefixes[each.family] + "-")


def test_families_are_in_a_fixed_order() -> None:
    names = [family.name for family in families()]
    assert names[:6] == [
        "contract",
        "validation",
        "orders",
        "modify_cancel",
        "fills_ledger",
        "exits",
    ]


def test_a_requirement_is_found_by_its_id() -> None:
    assert requirement("ORD-32").family == "orders"


def test_an_unknown_id_is_a_fault_of_the_suite() -> None:
    with pytest.raises(SuiteFault, match="ORD-0"):
        requirement("ORD-0")


def test_the_requirement_sets_identity_is_a_sha256() -> None:
    assert re.fullmatch("[0-9a-f]{64}", catalogue_sha256())


def test_what_is_left_out_has_its_default() -> None:
    _, (entry,) = parse_catalogue([("f.toml", HEAD + ENTRY)])
    assert (entry.items, entry.needs, entry.waits_for) == ((), "any", 0)
    assert (entry.safety, entry.excluded, entry.capability) == (False, "", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("colour = 1", "f.toml, FAM-1: unknown key colour"),
        ("items = [10]", "f.toml, FAM-1: unknown item 10"),
        ("items = [true]", "f.toml, FAM-1: items is not a list of int"),
        ('failure_modes = ["rain"]', "f.toml, FAM-1: unknown failure mode rain"),
        ('catalogue = ["T-101"]', "f.toml, FAM-1: unknown scenario T-101"),
        ('needs = "luck"', "f.toml, FAM-1: unknown need luck"),
        ("waits_for = 3", "f.toml, FAM-1: unknown issue 3"),
        ('waits_for = "4"', "f.toml, FAM-1: waits_for is not a whole number"),
        ('safety = "yes"', "f.toml, FAM-1: safety is neither true nor false"),
        (
            'waits_for = 4\nexcluded = "unseen"',
            "f.toml, FAM-1: it is both excluded and waiting",
        ),
    ],
)
def test_a_wrong_entry_is_named_by_file_and_id(line: str, said: str) -> None:
    with pytest.raises(SuiteFault, match=re.escape(said)):
        parse(ENTRY + line)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"MUST"', '"MAY"', "level MAY is neither MUST nor SHOULD"),
        ('"FAM-1"', '"ORD-1"', "the id is not FAM-<number>"),
        ('"A thing is so."', '""', "sentence is not a text"),
    ],
)
def test_a_wrong_value_is_named(old: str, new: str, said: str) -> None:
    with pytest.raises(SuiteFault, match=said):
        parse(ENTRY.replace(old, new))


def test_an_id_that_is_there_twice_is_named() -> None:
    with pytest.raises(SuiteFault, match=r"f\.toml: FAM-1 is there twice"):
        parse(ENTRY + ENTRY)


def test_a_prefix_of_two_files_is_named() -> None:
    with pytest.raises(SuiteFault, match=r"g\.toml: prefix FAM is used twice"):
        parse_catalogue([("f.toml", HEAD), ("g.toml", HEAD)])


def test_a_file_that_is_not_toml_is_named() -> None:
    with pytest.raises(SuiteFault, match=r"f\.toml"):
        parse("[[")
