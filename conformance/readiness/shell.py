"""Writes a request as a line that a shell sends as it was sent."""

import re
import shlex
from collections.abc import Mapping

from conformance.evidence.entry import Entry
from conformance.evidence.members import PLACEHOLDER

LONG = 2000
"""Characters of a body beyond which its repetitions are written as such."""

LONGEST = 100_000
"""Characters of one argument that every shell takes."""

REPEATED = re.compile(r"(.{1,24}?)\1{49,}", re.DOTALL)
GLOBBED = frozenset("[]{}")
"""What curl reads as a pattern of several addresses."""

DOTTED = re.compile(r"/(?:\.|%2e)", re.IGNORECASE)
"""What curl would take out of a path."""


def curl(
    entry: Entry, names: Mapping[str, str] | None = None, *, loud: bool = True
) -> str:
    """The curl line of a request; keys read $GATEWAY_API_KEY.

    `names` are the variables that hold ids of its path; one that is not `loud` prints
    the answer's body alone.
    """
    data = entry.data
    target, body = str(data["target"]), data.get("body")
    told = "-i" if loud else "-s"
    parts = ["curl", told, *_method(str(data["method"]), body is not None)]
    if GLOBBED & {*target}:
        parts.append("-g")
    if DOTTED.search(target):
        parts.append("--path-as-is")
    parts.append(f'"$GATEWAY_URL"{_address(target, names or {})}')
    for name, value in data["headers"].items():
        parts += ["-H", _header(name, str(value))]
    if body is None:
        return " ".join(parts)
    if "content-type" not in data["headers"]:
        parts += ["-H", "'Content-Type:'"]
    return _with_body(parts, str(body))


def _address(target: str, names: Mapping[str, str]) -> str:
    """The target as words of a shell, with its ids as variables."""
    path, mark, query = target.partition("?")
    steps = path.split("/")
    place = next((n for n, step in enumerate(steps) if step in names), None)
    if place is None:
        return quoted(target)
    before = quoted("/".join(steps[:place]) + "/")
    rest = "".join("/" + step for step in steps[place + 1 :]) + mark + query
    after = quoted(rest) if rest else ""
    return f'{before}"${names[steps[place]]}"{after}'


def _method(method: str, has_body: bool) -> list[str]:
    if method == "HEAD":
        # With -X curl would wait for a body that no answer to HEAD has.
        return ["-I"]
    # With a body, curl would make a POST of a GET.
    return [] if method == "GET" and not has_body else ["-X", method]


def _with_body(parts: list[str], body: str) -> str:
    """The line with its body; a long one is written by Python, before it."""
    if len(body) <= LONG:
        return " ".join([*parts, "--data-raw", quoted(body)])
    written = expression(body)
    if len(written) > LONGEST:
        return " ".join([*parts, "--data-raw", quoted(body[:LONG])]) + " # cut"
    program = f"import sys; sys.stdout.write({written})"
    line = " ".join([*parts, "--data-binary", "@-"])
    return f"python3 -c {shlex.quote(program)} | {line}"


def expression(text: str) -> str:
    """A Python expression of a text, with what is repeated in it written once."""
    parts: list[str] = []
    at = 0
    for found in REPEATED.finditer(text):
        unit = found[1]
        if found.start() > at:
            parts.append(ascii(text[at : found.start()]))
        parts.append(f"{unit!a} * {len(found[0]) // len(unit)}")
        at = found.end()
    if at < len(text):
        parts.append(ascii(text[at:]))
    return " + ".join(parts) or "''"


def quoted(text: str) -> str:
    """A text as a word of a shell; what no terminal shows is written in escapes."""
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "replace"))


def _header(name: str, value: str) -> str:
    # Recorded values hold the variable's name in place of the key.
    if PLACEHOLDER in value:
        return f'"{name}: {value}"'
    return quoted(f"{name}: {value}")
