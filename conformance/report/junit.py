"""junit.xml: one test case for each requirement and script."""

from xml.etree import ElementTree as Tree

from conformance.judge.verdict import Verdict
from conformance.readiness.model import CheckShown, Readiness, RequirementStanding


def junit_text(readiness: Readiness) -> str:
    """The file's text; a SHOULD that was warned of is no failure."""
    root = Tree.Element("testsuites", name="trading-gateway-conformance")
    suite = Tree.SubElement(root, "testsuite", name="gateway-conformance")
    cases = [
        _case(suite, requirement, shown)
        for requirement in readiness.requirements
        for shown in requirement.checks
    ]
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error")):
        suite.set(name, str(len(list(suite.iter(tag)))))
    suite.set("skipped", str(len(list(suite.iter("skipped")))))
    suite.set("time", f"{readiness.run.seconds:.3f}")
    if readiness.run.error:
        Tree.SubElement(suite, "system-err").text = clean(readiness.run.error)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Tree.tostring(
        root, encoding="unicode"
    )


def _case(
    suite: Tree.Element, requirement: RequirementStanding, shown: CheckShown
) -> Tree.Element:
    case = Tree.SubElement(
        suite,
        "testcase",
        classname=f"gateway-conformance.{shown.script}",
        name=f"{requirement.id} {shown.name}",
    )
    properties = Tree.SubElement(case, "properties")
    facts = {
        "level": requirement.level,
        "source": requirement.source,
        "items": " ".join(map(str, requirement.items)),
        "verdict": str(shown.verdict),
    }
    for name, value in facts.items():
        Tree.SubElement(properties, "property", name=name, value=clean(value))
    _result(case, requirement, shown)
    return case


def _result(
    case: Tree.Element, requirement: RequirementStanding, shown: CheckShown
) -> None:
    sentences = [
        f.sentence
        for f in requirement.findings
        if f.transcript.startswith(f"transcripts/{shown.script}")
    ]
    told = clean("\n".join(sentences) or shown.reason)
    if shown.verdict is Verdict.SUITE_FAULT:
        Tree.SubElement(case, "error", message=clean(shown.reason))
    elif shown.verdict is Verdict.VIOLATED and not requirement.waived:
        failure = Tree.SubElement(case, "failure", message=clean(requirement.sentence))
        failure.text = told
    elif shown.verdict is Verdict.VIOLATED:
        Tree.SubElement(case, "skipped", message=f"waived: {told}")
    elif shown.verdict in (Verdict.NOT_VERIFIED, Verdict.NOT_APPLICABLE):
        Tree.SubElement(case, "skipped", message=f"{shown.verdict}: {told}")
    elif shown.verdict is Verdict.WARNED:
        Tree.SubElement(case, "system-out").text = f"warned: {told}"


def clean(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return "".join(
        c
        for c in text
        if c in "\t\n\r"
        or " " <= c < "\ud800"
        or (c > "\udfff" and c not in "\ufffe\uffff")
    )
