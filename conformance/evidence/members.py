"""Takes out of JSON what stands under a member, or beside a name, that tells a secret.

The text stays as it was in all else, and what was JSON is JSON afterwards; it may also
be JSON within a string of JSON, cut off, or no JSON at all.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote

from conformance.evidence.entry import Json

PLACEHOLDER = "$GATEWAY_API_KEY"
UNTOLD = "$SECRET"
"""Instead of what is named as a secret and is not known as the Gateway's key."""

NAMES = (
    r"api[-_ ]?key|secret|token|passw(?:or)?d|passphrase|authorization|credential"
    r"|signature|private[-_ ]?key|access[-_ ]?key"
)
_TELLING = (
    *("key", "secret", "token", "pass", "authorization", "credential", "signature"),
    *("\\u00", "%"),
)
"""No name is without one of these, escaped ones included."""

_NAMED = re.compile(NAMES, re.IGNORECASE)
_SPACE = r"(?:\s|\\++[nrt])*+"
_NAME = r"(?P<quote>\\{0,3}[\"'])(?P<name>(?:(?!(?P=quote))[^\"']){1,120}?)(?P=quote)"
_MEMBER = re.compile(_NAME + _SPACE + ":" + _SPACE)
_BESIDE = re.compile(
    _NAME
    + _SPACE
    + ","
    + _SPACE
    + rf"(?P<value>(?P=quote)(?:value|val|v)(?P=quote){_SPACE}:{_SPACE})?"
    + r"(?=(?P=quote))"
)
"""A name and its value in one list, or as two members of one object."""

_SCHEMED = re.compile(r"(?:Bearer|Basic|Token|ApiKey|Digest)\s+(\S+)", re.IGNORECASE)
MOST_LEARNED = 8
"""Values of one member that are told: more would push the other ones out."""

_SHORTEST_NAME, _LONG_NAME = 12, 20
_DIGITS = 6
"""Of a number with fewer digits, a member that is named so is a count of something."""


def telling(text: str) -> bool:
    """Whether a member of this text may be named as a secret; hardly any is."""
    lower = text.lower()
    # Ten times as fast as a pattern.
    return any(word in lower for word in _TELLING)


def names_a_secret(name: str) -> bool:
    """Whether what stands under this name lets somebody in, however it is spelled."""
    return _NAMED.search(_plain(unquote(name))) is not None


def without_secrets(text: str, shown: str = PLACEHOLDER) -> tuple[str, tuple[str, ...]]:
    """The text without what is named as a secret, and what that was."""
    found: list[str] = []
    if telling(text):
        for pattern in (_MEMBER, _BESIDE):
            text = "".join(_cleaned(text, pattern, shown, found))
    return text, tuple(dict.fromkeys(found))


def value_without_secrets(value: Json, found: list[str]) -> Json:
    """What stands under such a name, without any text or number in it."""
    if isinstance(value, dict):
        return {
            _clean_name(str(name), PLACEHOLDER, found): value_without_secrets(
                each, found
            )
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [value_without_secrets(each, found) for each in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    found.extend(_spellings(str(value)))
    return PLACEHOLDER


def counts(value: Json) -> bool:
    """Whether what is named as a secret is a short number: a count of something."""
    number = isinstance(value, (int, float))
    return number and sum(c.isdigit() for c in str(value)) < _DIGITS


def _cleaned(
    text: str, pattern: re.Pattern[str], shown: str, found: list[str]
) -> Iterator[str]:
    kept = at = 0
    while (match := pattern.search(text, at)) is not None:
        at = match.end()
        if not names_a_secret(match["name"]):
            if pattern is _BESIDE:
                # Its value may be the name of the one after it.
                at = match.end("name") + len(match["quote"])
            continue
        below = _Below(match["quote"], shown)
        clean, at = below.value(text, match.end())
        if pattern is _BESIDE and not match["value"] and not _may_be_one(below.told):
            at = match.end()
            continue
        found += below.told[:MOST_LEARNED]
        yield text[kept : match.end()]
        yield clean
        kept = at
    yield text[kept:]


def _may_be_one(told: Iterable[str]) -> bool:
    """Whether the word after a name in a list may be its value, and no other name."""
    return any(len(t) >= 8 and any(c.isdigit() or c == " " for c in t) for t in told)


@dataclass(slots=True)
class _Below:
    """What stands under one member, in strings that begin with `quote`."""

    quote: str
    shown: str
    told: list[str] = field(default_factory=list)

    def value(self, text: str, at: int) -> tuple[str, int]:
        """What is shown instead of the value that begins here, and where it ends."""
        pattern, shown = _tokens(self.quote), []
        inside: list[str] = []
        while (token := pattern.match(text, at)) is not None:
            kind, here = token.lastgroup, token[0]
            if not inside and kind in ("space", "close"):
                break
            at = token.end()
            if kind == "open":
                inside.append(here)
            elif kind == "close":
                inside.pop()
            elif kind == "scalar":
                here = self._scalar(here, alone=not inside)
            elif kind == "string":
                named = inside[-1:] == ["{"] and _COLON.match(text, at) is not None
                here = self._string(token["text"], token["end"] or "", named=named)
            shown.append(here)
            if not inside:
                break
        return "".join(shown), at

    def _string(self, content: str, end: str, *, named: bool) -> str:
        if named:
            content = _clean_name(content, self.shown, self.told)
        elif PLACEHOLDER in content:
            content = PLACEHOLDER
        elif content:
            self.told.extend(_spellings(content))
            content = self.shown
        return f"{self.quote}{content}{end}"

    def _scalar(self, text: str, *, alone: bool) -> str:
        short = sum(c.isdigit() for c in text) < _DIGITS
        if text in ("true", "false", "null") or (alone and short):
            return text
        self.told.append(text)
        return f"{self.quote}{self.shown}{self.quote}"


def _clean_name(name: str, shown: str, told: list[str]) -> str:
    """A member's name, unless it looks like a key: a list by key has such ones."""
    numbered = len(name) >= _SHORTEST_NAME and any(c.isdigit() for c in name)
    if not numbered and len(name) <= _LONG_NAME:
        return name
    told.extend(_spellings(name))
    return shown


_COLON = re.compile(_SPACE + ":")


@cache
def _tokens(quote: str) -> re.Pattern[str]:
    """The parts of JSON whose strings begin with this, as deep as it is escaped."""
    sign, slashes = quote[-1], len(quote) - 1
    mark, slash = re.escape(quote), r"\\" * (slashes + 1)
    letter = (
        rf"{slash}{mark}|{slash}{slash}|{slash}"
        rf"|(?!{mark})\\[^{sign}]|[^\\{sign}]"
    )
    return re.compile(
        rf"(?P<string>{mark}(?P<text>(?:{letter})*+)(?P<end>{mark})?)"
        rf"|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<space>(?:[\s,:]|\\++[nrt])++)"
        rf"|(?P<scalar>(?:[^\s,:\[\]{{}}{sign}\\]|\\++(?![nrt{sign}]))++)",
        re.DOTALL,
    )


def _spellings(value: str) -> Iterator[str]:
    """What was said, as it came and as it is meant; and without its scheme."""
    for spelled in dict.fromkeys((value, _plain(value))):
        yield spelled
        schemed = _SCHEMED.fullmatch(spelled.strip())
        if schemed is not None:
            yield schemed[1]


def _plain(text: str) -> str:
    """A text without what JSON escapes in it, as often as it does."""
    for _ in range(3):
        if "\\" not in text:
            break
        try:
            text = str(json.loads(f'"{text}"'))
        except ValueError:
            break
    return text
