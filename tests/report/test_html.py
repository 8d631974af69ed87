"""readiness.html stands alone, escapes all evidence, and its links lead somewhere."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding
from conformance.judge.record import RunRecord
from conformance.readiness.assembly import assemble
from conformance.readiness.model import Readiness
from conformance.report.html import html_text, policy
from conformance.report.view.evidence import AROUND, MOST_SHOWN, SHORT, sections
from fixtures import report_parts, report_story, reports

SECTIONS = (
    "blockers",
    "identity",
    "capabilities",
    "counts",
    "items",
    "stages",
    "failure-modes",
    "metrics",
    "violated",
    "warned",
    "providers",
    "requirements",
    "scripts",
    "account",
    "sessions",
    "comparisons",
    "waivers",
    "attestations",
    "host",
    "unverified",
    "regulation",
    "paper",
    "excluded",
    "again",
)
PLANT = "<script>alert('planted')</script><img src=x onerror=alert(1)>\"' {{ 7*7 }}"
EVERY = (
    reports.ready,
    reports.ready_with_waivers,
    reports.not_ready,
    reports.drill,
    reports.bare,
    reports.strategy_run,
    reports.pair,
    reports.nothing_ran,
)


class Page(HTMLParser):
    """The tags, ids and links of a page."""

    VOID = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [a[name] or "" for _, a in self.tags if name in a]


@pytest.fixture(scope="module")
def text(readiness: Readiness, transcripts: tuple[Transcript, ...]) -> str:
    return html_text(readiness, transcripts)


@pytest.mark.parametrize("make", EVERY)
def test_every_report_has_every_section(make: Callable[[], Readiness]) -> None:
    page = Page(html_text(make(), report_story.transcripts()))
    assert not page.open
    ids = page.values("id")
    assert [each for each in ids if each in SECTIONS] == list(
        dict.fromkeys(each for each in ids if each in SECTIONS)
    )
    assert set(SECTIONS) <= set(ids)


@pytest.mark.parametrize("make", EVERY)
def test_every_link_leads_to_one_place(make: Callable[[], Readiness]) -> None:
    page = Page(html_text(make(), report_story.transcripts()))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.values("href")} <= set(ids)


@pytest.mark.parametrize("make", EVERY)
def test_what_is_planted_in_every_text_is_shown_as_text(
    make: Callable[[], Readiness],
) -> None:
    hostile = reports.planted(make(), PLANT)
    told = reports.planted(report_story.transcripts(), PLANT)
    text = html_text(hostile, told)
    page = Page(text)
    assert not page.open
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "iframe", "object"})
    assert not [name for _, a in page.tags for name in a if name.startswith("on")]
    assert "{{ 7*7 }}" in text
    assert "alert(&#39;planted&#39;)" in text


def test_evidence_brings_no_tag_with_it(text: str) -> None:
    page = Page(text)
    assert not page.open
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "&lt;script&gt;alert(1)" in text
    assert not [name for _, a in page.tags for name in a if name.startswith("on")]


def test_nothing_is_fetched_and_a_policy_says_so(text: str) -> None:
    assert "default-src 'none'" in text
    assert not re.search(r'(src|href)="(?!#)', text)
    assert "unsafe" not in policy()
    assert not Page(text).values("style")


@pytest.mark.parametrize("tag", ["style", "script"])
def test_the_policy_allows_what_the_page_brings_and_no_more(
    text: str, tag: str
) -> None:
    own = text[text.index(f"<{tag}>") + len(tag) + 2 : text.index(f"</{tag}>")]
    digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
    assert f"{tag}-src 'sha256-{digest}'" in policy()
    shown = Page(text)
    assert policy() in shown.values("content")


def test_the_banner_says_the_verdict_and_that_it_was_a_drill(text: str) -> None:
    banner = text[text.index("<header") : text.index("</header>")]
    assert "NOT READY" in banner
    assert "live-small" in banner
    assert "DRILL" in banner


def test_the_banner_says_its_mode_its_counts_and_what_it_does_not_say() -> None:
    text = html_text(reports.not_ready())
    banner = text[text.index("<header") : text.index("</header>")]
    assert "4 blockers · 1 waiver expiring in 6 days · 1 warned" in banner
    assert "paper: alpaca-paper" in banner
    assert "What this does not say" in banner


def test_the_page_says_how_long_a_waiver_holds_yet() -> None:
    text = html_text(reports.not_ready())
    waivers = text[text.index('<h2 id="waivers"') : text.index('<h2 id="attestations"')]
    assert "2026-01-08" in waivers
    assert "6 days left at the run" in waivers


def test_a_blocker_tells_what_it_may_cost_and_where_to_look() -> None:
    text = html_text(reports.not_ready(), report_story.transcripts())
    first = text[text.index('class="blocker seen"') : text.index("item 1</a>")]
    assert report_parts.COSTS in first
    assert report_parts.TWICE in first
    assert "Mend it: ORD-83." in first
    assert '<a href="#script-unknown-outcome">' in first
    assert '<a href="#EXI-36">' in first


def test_twelve_blockers_are_told_at_once_and_the_rest_is_folded() -> None:
    report = reports.not_ready()
    blockers = tuple(
        replace(report.readiness.blockers[-1], sentence=f"It is so {n}.")
        for n in range(20)
    )
    standing = replace(report.readiness, blockers=blockers)
    text = html_text(replace(report, readiness=standing))
    told, _, folded = text.partition("<summary>8 more</summary>")
    assert "It is so 11." in told
    assert "It is so 12." not in told
    assert "It is so 19." in folded


def test_a_finding_is_told_with_its_requirement_and_its_curl_line(text: str) -> None:
    assert "Order 17 was cancelled 2 times." in text
    assert "1 more of this cause" in text
    assert "curl -i" in text
    assert "waived: known" in text


def test_a_run_without_a_script_has_a_page(nothing: RunRecord) -> None:
    page = html_text(assemble(nothing, (), date(2026, 1, 2)), ())
    assert "The run ended early: nothing answers." in page
    assert "No script was played." in page


def test_what_is_not_known_yet_says_what_would_fill_it() -> None:
    text = html_text(reports.bare())
    told = re.findall(r'<p class="fill">(.*?)</p>', text)
    commands = ("record", "readiness", "compare", "attest", "host")
    for command in commands:
        assert any(f"<code>conformance {command}" in line for line in told), command


def test_regulation_is_never_said_to_be_complied_with() -> None:
    text = html_text(reports.ready()).lower()
    assert "compliant" not in text
    assert "supports an assessment, and is not one" in text


def test_a_long_transcript_is_cut_to_what_is_cited(
    readiness: Readiness, transcripts: tuple[Transcript, ...]
) -> None:
    by_name = {s.name: s for s in sections(readiness, transcripts)}
    long = max(by_name.values(), key=lambda s: s.entries)
    assert long.entries > SHORT
    assert long.left_out == long.entries - len(long.lines)
    cited = by_name["cancel"]
    assert {line.number for line in cited.lines if line.cited} == {1, 2, 3, 4, 5}
    assert AROUND > 0


def test_what_nothing_cites_is_named_and_stays_beside_the_page() -> None:
    text = html_text(reports.not_ready(), report_story.transcripts())
    assert "transcripts/stream-slow.jsonl" in text
    assert text.count("&#34;bid&#34;: &#34;104.22&#34;") == 0


def test_a_hundred_transcripts_are_drawn_and_not_more() -> None:
    report = reports.not_ready()
    many = tuple(report_story.transcript(f"script-{n}") for n in range(MOST_SHOWN + 9))
    one = next(r for r in report.requirements if r.findings)
    findings = tuple(
        replace(one.findings[0], transcript=f"transcripts/{t.name}.jsonl") for t in many
    )
    found = replace(report, requirements=(replace(one, findings=findings),))
    drawn = [s for s in sections(found, many) if s.lines]
    assert len(drawn) == MOST_SHOWN


def test_a_link_to_a_script_opens_what_is_folded(text: str) -> None:
    page = Page(text)
    places = [tag for tag, a in page.tags if (a.get("id") or "").startswith("script-")]
    assert places
    assert "details" not in places


def test_a_script_that_left_no_transcript_is_no_link(
    readiness: Readiness, transcripts: tuple[Transcript, ...]
) -> None:
    text = html_text(readiness, [t for t in transcripts if t.name != "cancel"])
    assert 'href="#script-cancel"' not in text
    rows = text[text.index('id="requirements"') : text.index('id="account"')]
    assert ">cancel " in rows


def test_the_clock_is_told_no_finer_than_it_was_read(text: str) -> None:
    assert "within 1 s of ours" in text


def test_a_cited_entry_is_shown_with_its_headers(run: RunRecord) -> None:
    transcript = next(t for t in run.transcripts if t.name == "cancel")
    cited, *others = [e.number for e in transcript.entries if e.kind == "response"]
    outcome = replace(run.outcomes[0], findings=(Finding("It lacks one.", (cited,)),))
    readiness = assemble(replace(run, outcomes=(outcome,)), (), date(2026, 1, 2))
    (section,) = sections(readiness, [transcript])
    shown = {line.number: line.text for line in section.lines}
    assert "\ncontent-type: application/json" in shown[cited]
    assert not any("\ncontent-type" in shown.get(n, "") for n in others)


def test_every_table_has_a_caption_and_heads_with_a_scope() -> None:
    text = html_text(reports.not_ready(), report_story.transcripts())
    tables = re.findall(r"<table.*?</table>", text, re.S)
    assert all("<caption" in table for table in tables)
    assert not re.findall(r"<th(?! scope)", "".join(tables).replace("<thead", ""))


def test_a_page_of_ten_thousand_requirements_stays_small() -> None:
    text = html_text(reports.many(10_000))
    assert text.count('data-v="') > 9_000
    assert len(text) < 6_000_000
