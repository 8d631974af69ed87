"""readiness.html: one page that needs nothing else, for a person who decides."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

import jinja2

from conformance.evidence.transcript import Transcript
from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness
from conformance.report.causes import causes, waiver_note
from conformance.report.plots import number
from conformance.report.view.banner import UNSAID, banner, waiver_ends, with_waiver
from conformance.report.view.blockers import blockers
from conformance.report.view.capabilities import capabilities_shown
from conformance.report.view.evidence import sections, transcript_name
from conformance.report.view.ledger import ledger
from conformance.report.view.proofs import unproven
from conformance.report.view.providers import matrix
from conformance.report.view.requirements import table
from conformance.report.view.rules import provisions, realism
from conformance.report.view.sessions import MOST, percent, sessions_shown
from conformance.report.view.submits import submits_told
from conformance.spec.regulation import regulation

MEANINGS = {
    Verdict.VIOLATED: "The subject did what it must not do.",
    Verdict.SUITE_FAULT: "We were wrong: please report it.",
    Verdict.NOT_VERIFIED: "Nothing has shown it yet: this is not a pass.",
    Verdict.WARNED: "The subject did what it should not do.",
    Verdict.MET: "It occurred, and the subject did what is required.",
    Verdict.NOT_APPLICABLE: "The subject does not claim what it is about.",
}


ORDER = tuple(MEANINGS)


def html_text(readiness: Readiness, transcripts: Sequence[Transcript] = ()) -> str:
    """The page; all evidence in it is escaped."""
    violated = causes(readiness.having(Verdict.VIOLATED))
    warned = causes(readiness.having(Verdict.WARNED))
    shown = sections(readiness, transcripts, (*violated, *warned))
    submits = submits_told((*violated, *warned), transcripts)
    page = _template().render(
        r=readiness,
        policy=policy(),
        style=_file("page.css"),
        script=_file("page.js"),
        banner=banner(readiness),
        unsaid=UNSAID,
        blockers=blockers(readiness),
        capabilities=capabilities_shown(readiness),
        violated=violated,
        warned=warned,
        submits={"": submits[: len(violated)], "w": submits[len(violated) :]},
        matrix=matrix(readiness),
        table=table(readiness),
        shown={q.id for q in readiness.requirements if not q.excluded},
        by_id={q.id: q for q in readiness.requirements},
        excluded=[q for q in readiness.requirements if q.excluded],
        counts=sorted(readiness.counts.items(), key=lambda pair: _place(pair[0])),
        meanings={str(verdict): text for verdict, text in MEANINGS.items()},
        sections=shown,
        played={section.name for section in shown},
        sessions=sessions_shown(readiness.sessions or ()),
        most=MOST,
        ledger=ledger(readiness),
        with_waiver=with_waiver(readiness),
        unproven=unproven(readiness),
        regulation=regulation(),
        provisions=provisions(readiness),
        realism=realism(readiness),
        waiver_ends=lambda expires: waiver_ends(readiness, expires),
    )
    # What an attribute cannot hold would end the page's text for some readers.
    return page.replace("\x00", "�")


def _place(word: str) -> int:
    """The worst stands first, and what was left out last."""
    return ORDER.index(Verdict(word)) if word in set(ORDER) else len(ORDER)


def policy() -> str:
    """The content security policy: our own style and script by hash, nothing else."""
    style, script = (_hash(_file(name)) for name in ("page.css", "page.js"))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


@cache
def _file(name: str) -> str:
    path = resources.files("conformance.report") / "templates" / name
    return path.read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("conformance.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "slug": slug,
        "waiver_note": waiver_note,
        "transcript": transcript_name,
        "number": number,
        "percent": percent,
    }
    return environment.get_template("page.html.j2")


def slug(text: str) -> str:
    """A text as the name of a place in the page."""
    return "".join(c if c.isalnum() else "-" for c in text.lower())
