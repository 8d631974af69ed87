"""Who is let in: anybody to the probes, elsewhere who knows the key."""

import hmac
from collections.abc import Mapping

from conformance.reference.failure import Failure

OPEN_PATHS = frozenset({"/livez", "/readyz", "/health", "/metrics"})


class Authentication:
    """One method a decision; mutants get one wrong."""

    def __init__(self, key: str | None) -> None:
        self.key = key

    def admit(self, path: str, headers: Mapping[str, str]) -> None:
        """Raises Failure unless the request may pass."""
        if self.key is None or self.is_open(path):
            return
        given = self.given(headers)
        if given is None:
            raise self.refusal("MISSING_API_KEY", "an API key is needed")
        if not self.matches(given):
            raise self.refusal("INVALID_API_KEY", "the API key is wrong")

    def is_open(self, path: str) -> bool:
        return path in OPEN_PATHS

    def given(self, headers: Mapping[str, str]) -> str | None:
        """The key that was sent: as a bearer token, or in a header of its own."""
        return self.bearer(headers) or self.own_header(headers)

    def bearer(self, headers: Mapping[str, str]) -> str | None:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    def own_header(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("X-API-Key") or None

    def matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self.key or "").encode())

    def refusal(self, code: str, message: str) -> Failure:
        return Failure("UNAUTHORIZED", message, {"code": code})
