"""Which Gateway it is, from the answer to /health, whoever asked for it."""

from collections.abc import Mapping

from conformance.evidence.entry import Json, Kind
from conformance.evidence.exchange import parsed

PENDING = 100
"""Questions whose answer may still come."""


class Identity:
    """Hears entries, and tells what is new."""

    def __init__(self) -> None:
        self._asked: set[int] = set()
        self._known: dict[str, Json] | None = None

    def hear(self, kind: Kind, data: Mapping[str, Json]) -> dict[str, Json] | None:
        """Version, revision and platforms, where this entry tells others."""
        if kind is Kind.REQUEST:
            path = str(data["target"]).partition("?")[0]
            if path.endswith("/health") and len(self._asked) < PENDING:
                self._asked.add(data["exchange"])
            return None
        if kind not in (Kind.RESPONSE, Kind.NO_RESPONSE):
            return None
        if data["exchange"] not in self._asked:
            return None
        self._asked.discard(data["exchange"])
        body = parsed(data.get("body"))
        if data.get("status") != 200 or not isinstance(body, dict):
            return None
        found = _told(body)
        known, self._known = self._known, found
        return None if found == known else found


def _told(body: Mapping[str, Json]) -> dict[str, Json]:
    providers = body.get("providers")
    rows = providers if isinstance(providers, list) else []
    return {
        "version": str(body.get("version") or ""),
        "git_sha": str(body.get("git_sha") or ""),
        "platforms": [str(r.get("platform")) for r in rows if isinstance(r, dict)],
    }
