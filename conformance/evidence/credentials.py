"""Takes credentials out of traffic, those too that nobody told us: it learns them."""

import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from conformance.evidence.entry import Json
from conformance.evidence.redaction import PLACEHOLDER, Redactor

LEARNED = 16
"""Credentials that were seen and are looked for everywhere; the newest ones."""

SHORTEST = 12
"""What is shorter may be a word that stands elsewhere too: it is not looked for."""

_NAMES = r"api[-_]?key|secret|token|passw(?:or)?d|authorization|credential|signature"
_TELLING = [
    *("apikey", "api_key", "api-key", "secret", "token"),
    *("passw", "authorization", "credential", "signature"),
]
_HEADER = re.compile(rf"{_NAMES}|^cookie$|^set-cookie$|session", re.IGNORECASE)
_KEPT = frozenset({"sec-websocket-key", "sec-websocket-accept"})
_PAIR = re.compile(
    rf"(?<![\w.-])(?P<name>[\w.-]{{0,99}}(?:{_NAMES})[\w.-]{{0,99}})"
    r"=(?P<value>[^&\s\"'<>;,]+)",
    re.IGNORECASE,
)
_MEMBER = re.compile(
    rf'(?P<name>(?P<quote>\\{{0,3}}")[\w.-]{{0,40}}(?:{_NAMES})[\w.-]{{0,40}}'
    r"(?P=quote)\s{0,8}:\s{0,8}(?P=quote))(?P<value>(?:(?!(?P=quote))(?:\\.|[^\\]))+)",
    re.IGNORECASE | re.DOTALL,
)
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

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The same headers; of what lets somebody in, only the scheme is left."""
        for name, value in headers.items():
            if _lets_in(name):
                self._learn_header(name, value)
        return {n: self._header(n, v) for n, v in headers.items()}

    def text(self, text: str) -> str:
        """The text without known credentials, and without what is named as one."""
        lower = text.lower()
        # Ten times as fast as a pattern, and hardly any message has one of them.
        if any(word in lower for word in _TELLING):
            for pattern in (_PAIR, _MEMBER):
                self.learn(found["value"] for found in pattern.finditer(text))
            text = _PAIR.sub(rf"\g<name>={PLACEHOLDER}", text)
            text = _MEMBER.sub(rf"\g<name>{PLACEHOLDER}", text)
        if "%" in lower:
            text = _SPELLED.sub(self._spelled, text)
        return self._redactor.text(text)

    def _spelled(self, found: re.Match[str]) -> str:
        if not _HEADER.search(unquote(found["name"])):
            return found[0]
        self.learn((found["value"],))
        return f"{found['name']}={PLACEHOLDER}"

    def value(self, value: Json) -> Json:
        """The same value with every text in it cleaned."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(k)): self.value(each) for k, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        return value

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
