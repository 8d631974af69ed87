"""The page in a real browser: nothing fetched, filters, links, widths, paper, axe."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from conformance.readiness.backing import (
    Validity,
)
from conformance.readiness.model import (
    RequirementStanding,
)
from conformance.report.html import html_text
from fixtures import report_story, reports
from fixtures.chromium import Page, chromium, found

pytestmark = pytest.mark.skipif(
    found() is None,
    reason="no Chromium on this machine (CHROMIUM names one): the page was not seen",
)

PLANT = "<script>document.title='planted'</script><img src=x onerror=alert(1)>"
REPORTS = {
    "ready": reports.ready,
    "not-ready": reports.not_ready,
    "drill": reports.drill,
    "bare": reports.bare,
    "pair": reports.pair,
    "hostile": lambda: reports.planted(reports.not_ready(), PLANT),
}
ROWS = (
    "[...document.querySelectorAll('.reqs tbody tr')]"
    ".filter((row) => row.checkVisibility()).length"
)
COUNT = "document.querySelector('#filters output').value"


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, make in REPORTS.items():
        told = report_story.transcripts()
        if name == "hostile":
            told = reports.planted(told, PLANT)
        (folder / f"{name}.html").write_text(html_text(make(), told), "utf-8")
    return folder


def show(browser: Page, folder: Path, name: str, place: str = "") -> None:
    browser.look(1280)
    browser.open((folder / f"{name}.html").as_uri() + place)


def choose(browser: Page, name: str, value: str) -> None:
    """Chooses in a filter as a person does, and waits until it is drawn."""
    field = f"document.querySelector('#filters [name={name}]')"
    browser.ask(
        f"{field}.value = {json.dumps(value)};"
        f"{field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    )
    browser.settle()


@pytest.mark.parametrize("name", REPORTS)
def test_it_says_nothing_on_the_console_and_asks_for_nothing_but_itself(
    browser: Page, folder: Path, name: str
) -> None:
    show(browser, folder, name)
    assert browser.complaints == []
    assert browser.requests == [(folder / f"{name}.html").as_uri()]


def test_what_was_planted_did_not_run_and_made_no_element(
    browser: Page, folder: Path
) -> None:
    show(browser, folder, "hostile")
    assert browser.ask("document.title") != "planted"
    assert browser.ask("document.querySelectorAll('script').length") == 1
    assert browser.ask("document.querySelectorAll('img').length") == 0
    assert PLANT in browser.ask("document.body.textContent")


@pytest.mark.parametrize("name", REPORTS)
def test_it_never_scrolls_sideways(browser: Page, folder: Path, name: str) -> None:
    show(browser, folder, name)
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    for width in (1920, 1200, 1000, 740, 360):
        browser.look(width)
        assert browser.ask("document.documentElement.scrollWidth") <= width
        assert browser.ask(SPILLED) == [], width


SPILLED = """
[...document.querySelectorAll('header *, main *')].filter(e =>
  !e.closest('.scroll, svg, .sr, thead')
  && e.getBoundingClientRect().right > innerWidth + 1
).map(e => e.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verdict", "violated"),
        ("level", "SHOULD"),
        ("item", "6"),
        ("family", "strategy"),
        ("provider", "tektii"),
        ("mode", "missed-data"),
        ("text", "EXI-36"),
    ],
)
def test_a_filter_leaves_the_rows_that_fit_and_says_how_many(
    browser: Page, folder: Path, name: str, value: str
) -> None:
    show(browser, folder, "not-ready")
    every = browser.ask(ROWS)
    choose(browser, name, value)
    left = browser.ask(ROWS)
    assert 0 < left < every
    assert browser.ask(COUNT) == f"{left} of {every}"
    assert left == fitting(name, value)


def fitting(name: str, value: str) -> int:
    """How many rows should be left, by the report itself."""
    fits: dict[str, Callable[[RequirementStanding], bool]] = {
        "verdict": lambda r: r.verdict == value,
        "level": lambda r: r.level == value,
        "item": lambda r: int(value) in r.items,
        "family": lambda r: r.family == value,
        "provider": lambda r: value in r.providers,
        "mode": lambda r: value in r.failure_modes,
        "text": lambda r: r.id == value,
    }
    rows = (r for r in reports.not_ready().requirements if not r.excluded)
    return sum(map(fits[name], rows))


def test_a_filter_works_on_a_phone_too(browser: Page, folder: Path) -> None:
    show(browser, folder, "not-ready")
    browser.look(360)
    choose(browser, "verdict", "violated")
    assert browser.ask(ROWS) == fitting("verdict", "violated")


def test_filters_are_joined_and_can_be_cleared(browser: Page, folder: Path) -> None:
    show(browser, folder, "not-ready")
    every = browser.ask(ROWS)
    choose(browser, "verdict", "violated")
    choose(browser, "text", "nothing has this text")
    assert browser.ask(ROWS) == 0
    assert browser.ask("!document.getElementById('none').hidden")
    browser.ask("document.querySelector('#filters button').click()")
    browser.settle()
    assert browser.ask(ROWS) == every


def test_a_count_of_the_legend_filters_the_table(browser: Page, folder: Path) -> None:
    show(browser, folder, "not-ready")
    link = "document.querySelector('#counts ~ table a[data-verdict=violated]')"
    told = browser.ask(f"{link}.textContent")
    browser.ask(f"{link}.click()")
    browser.settle()
    assert browser.ask(ROWS) == int(told)


def test_a_deep_link_opens_what_is_folded_and_shows_what_was_filtered(
    browser: Page, folder: Path
) -> None:
    show(browser, folder, "not-ready", "#script-stream-slow")
    row = "document.getElementById('script-stream-slow')"
    assert browser.ask(f"{row}.closest('details').open")
    choose(browser, "verdict", "violated")
    browser.ask("location.hash = 'CON-20'")
    browser.settle()
    box = browser.ask("document.getElementById('CON-20').getBoundingClientRect().top")
    assert 0 <= box < 900
    assert not browser.ask("document.getElementById('CON-20').hidden")


@pytest.mark.parametrize(
    ("until", "told"), [("2000-01-01", True), ("2999-01-01", False)]
)
def test_a_report_that_has_expired_says_so_when_it_is_opened(
    browser: Page, tmp_path: Path, until: str, told: bool
) -> None:
    report = replace(reports.ready(), validity=Validity(until, {}))
    page = tmp_path / "page.html"
    page.write_text(html_text(report), "utf-8")
    browser.look(1280)
    browser.open(page.as_uri())
    assert browser.ask("document.getElementById('expired').checkVisibility()") is told


def test_it_can_be_read_where_no_script_runs(browser: Page, folder: Path) -> None:
    browser.script(False)
    try:
        show(browser, folder, "not-ready")
        assert browser.ask("document.getElementById('filters').hidden")
        assert browser.ask(ROWS) > 600
        hidden = "document.querySelectorAll('.family[hidden]').length"
        assert browser.ask(hidden) == 0
    finally:
        browser.script(True)


def test_the_first_key_leads_past_the_contents(browser: Page, folder: Path) -> None:
    show(browser, folder, "not-ready")
    browser.press("Tab")
    assert browser.ask("document.activeElement.className") == "skip"
    assert (
        browser.ask("getComputedStyle(document.activeElement).outlineStyle") != "none"
    )
    browser.press("Enter")
    browser.settle()
    assert browser.ask("location.hash") == "#blockers"


def test_a_time_line_of_one_submit_can_be_read_on_a_phone(
    browser: Page, folder: Path
) -> None:
    show(browser, folder, "not-ready")
    browser.look(360)
    line = "document.querySelector('.submit')"
    assert browser.ask(f"{line}.open")
    told = browser.ask(
        f"[...{line}.querySelectorAll('.steps tbody td')]"
        ".filter(d => d.checkVisibility()).map(d => [getComputedStyle(d, '::before')"
        ".content, d.getBoundingClientRect().right])"
    )
    heads = {head for head, _ in told}
    assert {'"strategy: "', '"Gateway: "', '"the Engine\'s books: "'} <= heads
    assert max(right for _, right in told) <= 360


def test_a_folded_time_line_is_there_on_paper(
    browser: Page, folder: Path, tmp_path: Path
) -> None:
    show(browser, folder, "not-ready")
    browser.ask("document.querySelectorAll('.submit').forEach(d => d.open = false)")
    browser.look(700, media="print")
    end = "document.querySelector('.submit .end').getBoundingClientRect()"
    assert browser.ask(f"{end}.height") > 0
    assert browser.ask(f"{end}.right") <= 700


def test_on_paper_nothing_is_folded_and_no_filter_is_shown(
    browser: Page, folder: Path, tmp_path: Path
) -> None:
    show(browser, folder, "not-ready")
    browser.look(700, media="print")
    hidden = "getComputedStyle(document.getElementById('filters')).display"
    assert browser.ask(hidden) == "none"
    assert (
        browser.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    )
    within = "document.querySelector('.finding details pre').getBoundingClientRect()"
    assert browser.ask(f"{within}.height") > 0
    browser.printed(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [
        ("not-ready", 1280, False),
        ("not-ready", 360, True),
        ("ready", 1280, True),
        ("bare", 360, False),
    ],
)
def test_axe_finds_nothing(
    browser: Page, folder: Path, name: str, width: int, dark: bool
) -> None:
    browser.look(width, dark=dark)
    browser.open((folder / f"{name}.html").as_uri())
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    browser.ask(AXE)
    broken: list[dict[str, Any]] = browser.ask(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map("
        "v => ({id: v.id, where: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)),"
        " why: v.nodes[0].failureSummary})))"
    )
    assert broken == []


AXE = (resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")


def test_ten_thousand_rows_open_and_filter_at_once(
    browser: Page, tmp_path: Path
) -> None:
    page = tmp_path / "many.html"
    page.write_text(html_text(reports.many(10_000)), "utf-8")
    browser.look(1280)
    browser.open(page.as_uri())
    took = browser.ask("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert took < 10_000
    filtered = browser.ask(
        "(() => { const field = document.querySelector('#filters [name=text]');"
        "field.value = 'order'; const from = performance.now();"
        "field.dispatchEvent(new Event('input', {bubbles: true}));"
        "return new Promise(go => requestAnimationFrame(() => requestAnimationFrame("
        "() => go(performance.now() - from)))) })()"
    )
    assert 0 < browser.ask(ROWS) < 10_000
    assert filtered < 3_000
