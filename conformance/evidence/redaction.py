"""Takes secrets out of every text before it is kept or printed."""

import base64
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from conformance.evidence.entry import Json
from conformance.evidence.members import PLACEHOLDER, UNTOLD, without_secrets

SHORT = 8
"""A part of a secret with no more letters is too common to be looked for."""

_USERINFO = re.compile(r"(?<=://)[^/@\s\"']+@")


@dataclass(frozen=True, slots=True)
class Redactor:
    """Replaces each secret, and the forms it travels in, by a variable's name."""

    secrets: tuple[str, ...] = ()
    _forms: tuple[tuple[str, str], ...] = field(init=False, repr=False, default=())
    _escaped: tuple[re.Pattern[str], ...] = field(init=False, repr=False, default=())
    _cut: tuple[tuple[str, str], ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        secrets = [secret for secret in self.secrets if secret]
        forms = dict(pair for secret in secrets for pair in _forms_of(secret))
        longest_first = sorted(forms.items(), key=lambda pair: -len(pair[0]))
        object.__setattr__(self, "_forms", tuple(longest_first))
        object.__setattr__(self, "_escaped", tuple(map(_escaped, secrets)))
        cut = ((s[: _most(s)], s) for s in secrets if len(s) > SHORT)
        object.__setattr__(self, "_cut", tuple(cut))

    def value(self, value: Json) -> Json:
        """The same value with every text in it redacted."""
        if isinstance(value, str):
            # Those that are known first: of the others only the names tell.
            return without_secrets(self.text(value), UNTOLD)[0]
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
        if any(sign in text for sign in "\\%&"):
            for pattern in self._escaped:
                text = pattern.sub(lambda _: PLACEHOLDER, text)
        for start, secret in self._cut:
            if start in text:
                text = _without_start(text, start, secret)
        return _USERINFO.sub("", text) if "@" in text else text


def _forms_of(secret: str) -> Iterable[tuple[str, str]]:
    # The altered keys of the authentication scripts would give most of it away.
    if len(secret) > SHORT:
        for form in (secret[:-1], secret[1:], secret.upper(), secret.lower()):
            yield form, f"{PLACEHOLDER}(altered)"
    # After the altered ones: a key of lower-case letters alone is not an altered one.
    spelled = secret.encode()
    for form in (secret, *_in_base64(spelled), spelled.hex(), spelled.hex().upper()):
        yield form, PLACEHOLDER


def _in_base64(secret: bytes) -> Iterable[str]:
    """What base64 makes of it, wherever it stands in what was encoded."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(secret).decode()
        yield from (whole, whole.rstrip("="))
        for before in range(3):
            text = encode(b"\0" * before + secret).decode().rstrip("=")
            # A letter at an edge is made of its neighbour too.
            loose = (before + len(secret)) % 3 != 0
            inner = text[(0, 2, 3)[before] : -1 if loose else None]
            if len(inner) > SHORT:
                yield inner


def _escaped(secret: str) -> re.Pattern[str]:
    """Each letter as itself or escaped as JSON, a URL or HTML do it, also twice.

    Every repetition is bounded: a text of nothing but backslashes costs no more.
    """
    return re.compile("".join(map(_letter, secret)))


def _letter(letter: str) -> str:
    number = ord(letter)
    octets = "".join(f"%(?:25){{0,3}}{octet:02x}" for octet in letter.encode())
    units = letter.encode("utf-16-be").hex()
    pairs = (units[i : i + 4] for i in range(0, len(units), 4))
    utf16 = "".join(rf"\\{{1,7}}u{unit}" for unit in pairs)
    named = html.escape(letter)
    entities = rf"&(?:amp;){{0,3}}#(?:0{{0,6}}{number}|x0{{0,6}}{number:x});"
    spelled = "|".join((octets, utf16, entities))
    itself = rf"\\{{0,7}}{re.escape(letter)}"
    if named != letter:
        itself = rf"{re.escape(named)}|{itself}"
    return f"(?:(?i:{spelled})|{itself})"


def _most(secret: str) -> int:
    """So much of a secret, from its start on, gives too much of it away."""
    return max(SHORT, len(secret) // 2)


def _without_start(text: str, start: str, secret: str) -> str:
    """Where a text was cut in the middle of a secret, what is left of that."""
    first, *rest = text.split(start)
    after = secret[len(start) :]
    kept = [first]
    for part in rest:
        pairs = zip(part, after, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        kept.append(f"{PLACEHOLDER}(cut){part[same:]}")
    return "".join(kept)
