"""The page tells signs of a hollow run, what a Gateway can do, and what was slow."""

import re
from collections.abc import Callable

from conformance.readiness.model import Readiness
from conformance.report.html import html_text
from fixtures import report_story, reports


def page(make: Callable[[], Readiness] = reports.not_ready) -> str:
    return html_text(make(), report_story.transcripts())


def test_signs_of_a_hollow_run_stand_in_the_banner_with_what_to_do() -> None:
    banner = page().partition("</header>")[0]
    assert "The market was closed: MARKET_CLOSED was told 31 times." in banner
    assert "Run it while the market is open." in banner
    assert 'class="hollow"' not in page(reports.ready)


def test_a_contradiction_stands_before_the_lists() -> None:
    told = page()
    first = told.index("Contradicted: order type TRAILING_STOP is claimed")
    assert first < told.index("<dt>Supported, as seen</dt>")
    assert "Contradicted" not in page(reports.ready)


def test_every_capability_has_its_source() -> None:
    told = page().partition('id="capabilities"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr><th scope=\"row\">(\w+) .*?</tr>", told, re.DOTALL)
    known = [c.name for c in reports.not_ready().identity.capabilities]
    assert rows[: len(known)] == known
    assert 'href="#script-unknown-outcome"' in told
    assert "transcripts/doctor.jsonl" in told
    assert "refused as unsupported" in told
    assert 'violated: <a href="#EXI-36">' in told


def test_the_ten_slowest_scripts_are_listed_the_slowest_first() -> None:
    told = page().partition('class="plain slowest"')[2].partition("</table>")[0]
    seconds = [float(n) for n in re.findall(r'class="number">([\d.]+)', told)]
    assert len(seconds) == 10
    assert seconds == sorted(seconds, reverse=True)


def test_a_strategy_alone_has_no_capabilities_of_a_gateway() -> None:
    assert "its Gateway was ours" in page(reports.strategy_run)
    assert "its Gateway was ours" not in page(reports.pair)
