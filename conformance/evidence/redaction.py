"""Takes secrets out of every text before it is kept or printed."""

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.evidence.entry import Json

PLACEHOLDER = "$GATEWAY_API_KEY"
_USERINFO = re.compile(r"(?<=://)[^/@\s\"']+@")


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces each secret, and the forms it travels in, by a variable's name."""

    secrets: tuple[str, ...] = ()
    _forms: tuple[tuple[str, str], ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        forms = dict(pair for secret in self.secrets for pair in _forms_of(secret))
        longest_first = sorted(forms.items(), key=lambda pair: -len(pair[0]))
        object.__setattr__(self, "_forms", tuple(longest_first))

    def value(self, value: Json) -> Json:
        """The same value with every text in it redacted."""
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, int):
            return value
        if isinstance(value, Mapping):
            return {self.text(k): self.value(each) for k, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        return value

    def text(self, text: str) -> str:
        """The text without secrets and without the user part of any URL."""
        for form, shown in self._forms:
            if form in text:
                text = text.replace(form, shown)
        return _USERINFO.sub("", text) if "@" in text else text


def _forms_of(secret: str) -> Iterable[tuple[str, str]]:
    if not secret:
        return
    # The altered keys of the authentication scripts would give most of it away.
    if len(secret) > 8:
        for form in (secret[:-1], secret[1:], secret.upper(), secret.lower()):
            yield form, f"{PLACEHOLDER}(altered)"
    # After the altered ones: a key of lower-case letters alone is not an altered one.
    encoded = base64.b64encode(secret.encode()).decode()
    escaped = (quote(secret, safe=""), json.dumps(secret)[1:-1], html.escape(secret))
    for form in (secret, *escaped, encoded, encoded.rstrip("=")):
        yield form, PLACEHOLDER
