"""A requirement's page says what decides it, and how to play just that."""

from pathlib import Path

import pytest

from conformance.cli import main
from conformance.cli.requirements import deciders
from conformance.readiness.model import KillProof
from conformance.readiness.obstacles import consequence_of
from conformance.report.requirement_pages import INDEX, Decider, pages
from conformance.spec.catalogue import load_catalogue, requirement

SAMPLE = Path(__file__).parent / "ORD-42.md"
"""Made by this test's call: whoever changes the page looks at it."""


def page(name: str, *rows: Decider, cost: str = "") -> str:
    found = dict(pages([requirement(name)], {name: rows}, {}, {name: cost}))
    return found[f"{name}.md"]


def test_the_sample_page_is_up_to_date() -> None:
    entry = requirement("ORD-42")
    proof = {"ORD-42": KillProof(("one-fault", "another"), 2)}
    cost = {"ORD-42": "The same order may reach the market twice."}
    found = dict(pages([entry], deciders(), proof, cost))
    assert found["ORD-42.md"] == SAMPLE.read_text(encoding="utf-8")


def test_every_requirement_has_a_page_and_stands_in_the_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["requirements", "--pages", str(tmp_path / "pages")]) == 0
    written = {path.name for path in (tmp_path / "pages").iterdir()}
    assert written == {INDEX, *(f"{r.id}.md" for r in load_catalogue())}
    index = (tmp_path / "pages" / INDEX).read_text(encoding="utf-8")
    assert all(f"({r.id}.md)" in index for r in load_catalogue())
    assert capsys.readouterr().out.startswith(f"{len(load_catalogue())} pages: ")


def test_pages_are_the_same_each_time() -> None:
    made = [list(pages(load_catalogue(), deciders(), {}, {})) for _ in range(2)]
    assert made[0] == made[1]


def test_what_is_asked_of_a_strategy_is_run_on_one() -> None:
    row = Decider("a_check", "it traded", "s", "P.", "strategy", declared=("lot",))
    told = page("DUT-30", row)
    assert (
        "pytest --strategy-cmd COMMAND --conformance-only "
        "--conformance-requirement DUT-30"
    ) in told
    assert "must declare `lot`" in told


def test_what_is_slow_or_fuzzes_says_which_option_it_needs() -> None:
    row = Decider("a", "b", "s", "P.", "gateway", options=("--gateway-fuzz",))
    assert "--conformance-only --gateway-fuzz --conformance-requirement" in page(
        "FUZ-10", row
    )


def test_an_invariant_holds_on_every_transcript() -> None:
    row = Decider("a", "b", "invariants-x", "P.", "gateway", invariant=True)
    assert "| every transcript | P. |" in page("LED-11", row)


def test_what_no_script_plays_says_what_it_needs() -> None:
    told = page("SES-10")
    assert "it needs a recorded session" in told
    assert "Run just this" not in told


def test_what_is_excluded_says_why() -> None:
    entry = next(r for r in load_catalogue() if r.excluded)
    assert "Nothing: it is excluded." in page(entry.id)


def test_a_sentence_stays_in_its_cell() -> None:
    row = Decider("a", "x|y `z` <b>\n# no", "s", "P|Q", "gateway")
    told = page("ORD-10", row)
    assert "x\\|y \\`z\\` \\<b\\> # no" in told
    assert "P\\|Q" in told


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["requirements", "--pages", str(tmp_path / "file")]) == 4
    assert capsys.readouterr().err.startswith("conformance: --pages ")


def test_what_only_a_session_shows_is_decided_on_a_recorded_one() -> None:
    told = page("SES-10", *deciders()["SES-10"])
    assert "| a recorded session | How much a session shows" in told
    assert "conformance record --gateway-url URL" in told
    assert "pytest" not in told


def test_what_a_pair_alone_is_played_stands_once_beside_the_rest() -> None:
    rows = [(row.check, row.script) for row in deciders()["ORD-83"]]
    assert "pair-lost-below" in {script for _, script in rows}
    assert len(set(rows)) == len(rows)
    duties = [row for row in deciders()["DUT-30"] if row.subject == "pair"]
    assert duties == []


def test_every_page_says_what_it_may_cost(tmp_path: Path) -> None:
    assert main(["requirements", "--pages", str(tmp_path)]) == 0
    cost = consequence_of(requirement("ORD-42"))
    assert cost in (tmp_path / "ORD-42.md").read_text(encoding="utf-8")
