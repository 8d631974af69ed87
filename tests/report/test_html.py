"""readiness.html stands alone, escapes all evidence, and its links lead somewhere."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding
from conformance.judge.record import RunRecord
from conformance.readiness.assembly import assemble
from conformance.readiness.model import Readiness
from conformance.report.html import AROUND, SHORT, html_text, sections


class Page(HTMLParser):
    """The tags, ids and links of a page."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [a[name] or "" for _, a in self.tags if name in a]


@pytest.fixture(scope="module")
def text(readiness: Readiness, transcripts: tuple[Transcript, ...]) -> str:
    return html_text(readiness, transcripts)


def test_evidence_brings_no_tag_with_it(text: str) -> None:
    page = Page(text)
    assert not page.open
    assert {tag for tag, _ in page.tags}.isdisjoint(
        {"script", "iframe", "img", "link", "object"}
    )
    assert "&lt;script&gt;alert(1)" in text
    assert not [name for _, a in page.tags for name in a if name.startswith("on")]


def test_nothing_is_fetched_and_a_policy_says_so(text: str) -> None:
    assert "default-src 'none'" in text
    assert not re.search(r'(src|href)="(?!#)', text)


def test_every_link_leads_to_one_place(text: str) -> None:
    page = Page(text)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.values("href")} <= set(ids)


def test_the_banner_says_the_verdict_and_that_it_was_a_drill(text: str) -> None:
    banner = text[text.index("<header") : text.index("</header>")]
    assert "NOT READY for live-small" in banner
    assert "DRILL" in banner


def test_a_finding_is_told_with_its_requirement_and_its_curl_line(text: str) -> None:
    assert "Order 17 was cancelled 2 times." in text
    assert "1 more of this cause" in text
    assert "curl -i" in text
    assert "waived: known" in text


def test_a_run_without_a_script_has_a_page(nothing: RunRecord) -> None:
    page = html_text(assemble(nothing, (), date(2026, 1, 2)), ())
    assert "The run ended early: nothing answers." in page
    assert "No script was played." in page


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


def test_words_of_narrow_columns_are_not_broken_letter_by_letter(text: str) -> None:
    style = text[text.index("<style>") : text.index("</style>")]
    cells = next(r for r in style.splitlines() if "th, td {" in r)
    assert "overflow-wrap: anywhere" not in cells
    assert '<td class="tight">response</td>' in text
    assert '<td class="tight">MUST</td>' in text


def test_a_link_to_a_script_opens_what_is_folded(text: str) -> None:
    page = Page(text)
    places = [tag for tag, a in page.tags if (a.get("id") or "").startswith("script-")]
    assert places
    assert "details" not in places


def test_a_script_that_left_no_transcript_is_no_link(
    readiness: Readiness, transcripts: tuple[Transcript, ...]
) -> None:
    text = html_text(readiness, [t for t in transcripts if t.name != "cancel"])
    rows = text[text.index('id="requirements"') : text.index('id="account"')]
    assert "#script-cancel" not in rows
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
