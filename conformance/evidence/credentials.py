"""Takes credentials out of traffic, those too that nobody told us: it learns them."""

import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from conformance.evidence.entry import Json
from conformance.evidence.members import (
    MOST_LEARNED,
    NAMES,
    PLACEHOLDER,
    counts,
    names_a_secret,
    telling,
    value_without_secrets,
    without_secrets,
)
from conformance.evidence.redaction import Redactor

LEARNED = 16
"""Credentials that were seen and are looked for everywhere; the newest ones."""

SHORTEST = 12
"""What is shorter may be a word that stands elsewhere too: it is not looked for."""

_HEADER = re.compile(rf"{NAMES}|^cookie$|^set-cookie$|session", re.IGNORECASE)
_KEPT = frozenset({"sec-websocket-key", "sec-websocket-accept"})
_NAME = rf"(?<![\w.\[\]-])(?P<name>[\w.\[\]-]{{0,99}}(?:{NAMES})[\w.\[\]-]{{0,99}})"
_VALUE = r"[^&\s\"'<>;,]+(?:[;,](?![\w.-]+=)[^&\s\"'<>;,]+)*"
_PAIR = re.compile(rf"{_NAME}=(?P<value>{_VALUE})", re.IGNORECASE)
_FORM = re.compile(rf"{_NAME}=(?P<value>[^&\s#]+)", re.IGNORECASE)
"""A pair in a query or a form: nothing but its own signs ends the value there."""

_ONLY_FORM = re.compile(r"[^\s\"<>{}]+")
_WITHIN = re.compile(
    rf"{_NAME}(?P<sign>%(?:25){{0,2}}3d)"
    r"(?P<value>(?:(?!%(?:25){0,2}26)[^&\s\"'<>;,])+)",
    re.IGNORECASE,
)
"""A pair within the value of another one."""

_PART = re.compile(
    rf"(?P<head>form-data;[^\r\n]{{0,99}}name=\"?[^\"\r\n]{{0,99}}(?:{NAMES})"
    r"[^\r\n]{0,200}\r?\n(?:[^\r\n]{1,200}\r?\n){0,9}\r?\n)"
    r"(?P<value>(?:(?!\r?\n--).)+)",
    re.IGNORECASE | re.DOTALL,
)
"""A field of a form in parts."""

_SPELLED = re.compile(
    r"(?<![\w.%-])(?P<name>[\w.-]{0,99}%[\w.%-]{1,99})=(?P<value>[^&\s\"'<>;,]+)"
)
"""A pair whose name has letters escaped as a URL does it: it may spell one of them."""
_SCHEME = re.compile(r"(?P<scheme>\w+)\s+(?P<value>\S.*)")
_LONG_WORD = 20


class Credentials:
    """What may not be kept: the secrets that are known, and those that were seen."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = tuple(secrets)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._redactor = Redactor(self._known)

    def headers(
        self, headers: Mapping[str, str] | Iterable[tuple[str, str]]
    ) -> dict[str, str]:
        """The same headers; of what lets somebody in, only the scheme is left.

        Those that come more than once are joined, as HTTP means them.
        """
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        pairs = tuple(pairs)
        for name, value in pairs:
            if _lets_in(name):
                self._learn_header(name, value)
        told: dict[str, str] = {}
        for name, value in pairs:
            clean = self._header(name, value)
            told[name] = f"{told[name]}, {clean}" if name in told else clean
        return told

    def text(self, text: str) -> str:
        """The text without known credentials, and without what is named as one."""
        if telling(text):
            text, found = without_secrets(text)
            self.learn(found)
            text = _WITHIN.sub(self._within, _PART.sub(self._part, text))
            pair = _FORM if _ONLY_FORM.fullmatch(text) else _PAIR
            self.learn(found["value"] for found in pair.finditer(text))
            text = pair.sub(rf"\g<name>={PLACEHOLDER}", text)
        if "%" in text:
            text = _SPELLED.sub(self._spelled, text)
        return self._redactor.text(text)

    def _spelled(self, found: re.Match[str]) -> str:
        if not _HEADER.search(unquote(found["name"])):
            return found[0]
        self.learn((found["value"],))
        return f"{found['name']}={PLACEHOLDER}"

    def _within(self, found: re.Match[str]) -> str:
        self.learn((found["value"],))
        return f"{found['name']}{found['sign']}{PLACEHOLDER}"

    def _part(self, found: re.Match[str]) -> str:
        self.learn((found["value"],))
        return f"{found['head']}{PLACEHOLDER}"

    def value(self, value: Json) -> Json:
        """The same value with every text in it cleaned."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(k)): self._under(k, v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        return value

    def _under(self, name: Json, value: Json) -> Json:
        if not names_a_secret(str(name)) or counts(value):
            return self.value(value)
        found: list[str] = []
        clean = value_without_secrets(value, found)
        self.learn(found[:MOST_LEARNED])
        return clean

    def octets(self, data: bytes) -> bytes:
        """The same bytes, where they are text: cleaned."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            # Byte by byte as letters: a key in the midst of them is found all the same.
            return self.text(data.decode("latin-1")).encode("latin-1", "replace")
        return self.text(text).encode()

    def learn(self, values: Iterable[str]) -> None:
        """From now on these are found wherever they stand."""
        told = [spelled for v in values for spelled in {v, unquote(v)}]
        fresh = {v for v in told if self._is_news(v)}
        for value in fresh:
            self._seen[value] = None
            if len(self._seen) > LEARNED:
                self._seen.popitem(last=False)
        if fresh:
            self._redactor = Redactor((*self._known, *self._seen))

    def _is_news(self, value: str) -> bool:
        if value in self._seen:
            self._seen.move_to_end(value)
            return False
        told = value.startswith(PLACEHOLDER) or value in self._known
        return SHORTEST <= len(value) <= 4096 and not told

    def _learn_header(self, name: str, value: str) -> None:
        if name.lower() in ("cookie", "set-cookie"):
            pairs = (part.partition("=")[2].strip() for part in value.split(";")[:32])
            self.learn(p for p in pairs if len(p) >= _LONG_WORD)
            return
        found = _SCHEME.fullmatch(value.strip())
        secret = value.strip() if found is None else found["value"].strip()
        self.learn((secret, *_basic(secret)))

    def _header(self, name: str, value: str) -> str:
        if name.lower() == "sec-websocket-protocol":
            words = [w.strip() for w in value.split(",")]
            self.learn(w for w in words if len(w) > _LONG_WORD)
            return ", ".join(PLACEHOLDER if len(w) > _LONG_WORD else w for w in words)
        if not _lets_in(name):
            return self.text(value)
        found = _SCHEME.fullmatch(value.strip())
        if found is not None and "authorization" in name.lower():
            return f"{self.text(found['scheme'])} {PLACEHOLDER}"
        return PLACEHOLDER


def _lets_in(name: str) -> bool:
    return name.lower() not in _KEPT and _HEADER.search(name) is not None


def _basic(secret: str) -> tuple[str, ...]:
    """What a pair of user and password spells, where it is one."""
    try:
        pair = base64.b64decode(secret, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ()
    user, colon, password = pair.partition(":")
    return (pair, password) if colon and user.isprintable() else ()
