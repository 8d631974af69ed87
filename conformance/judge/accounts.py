"""The account as it was shown at each stage that a script noted."""

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.noted import noted
from conformance.judge.orders import asked

LOOK = "look"
"""The name of the note before the account is asked for: at which stage, as `when`."""


def accounts_shown(
    transcript: Transcript,
) -> dict[str, tuple[Exchange, dict[str, Json]]]:
    """By stage: the first answer after the note, and the account in it."""
    found: dict[str, tuple[Exchange, dict[str, Json]]] = {}
    for note in noted(transcript, LOOK):
        for look in asked(transcript, "GET", "v1", "account"):
            shown = look.status == 200 and isinstance(look.body, dict)
            if look.request.number > note.number and shown:
                found[str(note.data["facts"]["when"])] = (look, dict(look.body or {}))
                break
    return found
