"""badge.json: the verdict as the endpoint of a badge; it never says nothing."""

import json

from conformance.readiness.model import Decision, Readiness

COLOURS = {
    Decision.READY: "brightgreen",
    Decision.READY_WITH_WAIVERS: "yellow",
    Decision.NOT_READY: "red",
    Decision.NOT_PROVEN: "lightgrey",
}


def badge_text(readiness: Readiness | None = None) -> str:
    """The file's text; without a report it says that nothing is proven."""
    if readiness is None:
        return _text("readiness", "not proven", "lightgrey")
    decision = readiness.readiness
    message = str(decision.verdict).lower()
    if readiness.identity.drill:
        message = f"drill: {message}"
    if readiness.validity is not None and decision.verdict in _EXPIRES:
        message = f"{message} until {readiness.validity.until}"
    return _text(decision.stage, message, COLOURS[decision.verdict])


_EXPIRES = frozenset({Decision.READY, Decision.READY_WITH_WAIVERS})


def _text(label: str, message: str, colour: str) -> str:
    facts = {"schemaVersion": 1, "label": label, "message": message, "color": colour}
    return json.dumps(facts, ensure_ascii=False) + "\n"
