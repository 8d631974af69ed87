"""An answer of the subject, as a script sees it."""

from dataclasses import dataclass

from conformance.evidence.entry import Json
from conformance.evidence.exchange import parsed


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `status` is 0 and `lost` names the reason where none came."""

    exchange: int
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    lost: str | None = None

    @property
    def json(self) -> Json | None:
        """The body's JSON, or None where it is none."""
        return parsed(self.text)

    def field(self, name: str) -> Json | None:
        """One field of a JSON object, or None."""
        body = self.json
        return body.get(name) if isinstance(body, dict) else None

    def header(self, name: str) -> str | None:
        """One header's value."""
        found = (value for key, value in self.headers if key == name.lower())
        return next(found, None)

    def __str__(self) -> str:
        if self.lost:
            return f"no answer ({self.lost})"
        return f"{self.status} {self.text[:200]}"
