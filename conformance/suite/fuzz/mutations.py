"""Spoils a JSON message in every way that it knows: its fields, and its text."""

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

from conformance.evidence.entry import Json

DEEP = 5_000
"""Lists within lists: more than a parser that recurses without a bound survives."""

LONG = 65_536
"""Characters of a text that is too long to be a name of anything."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A message that was spoilt in one way: `name` says where and how."""

    name: str
    text: str


ODD: Mapping[str, Json] = {
    "null": None,
    "empty": "",
    "a-space": " ",
    "long": "x" * LONG,
    "nul": "a\u0000b",
    "controls": "a\r\nb\u001b[0m",
    "right-to-left": "\u202eabc",
    "path": "../../v1/orders",
    "unknown-word": "NOT_A_WORD",
    "number": 7,
    "zero": 0,
    "negative": -1,
    "huge": 10**30,
    "tiny": 1e-300,
    "decimal-text": "1e400",
    "not-a-number": "NaN",
    "exponent": "1e2",
    "plus": "+1",
    "padded": " 1 ",
    "no-fraction": "1.",
    "no-whole": ".5",
    "underscored": "1_0",
    "hexadecimal": "0x1",
    "comma": "1,5",
    "full-width": "\uff11",
    "zero-text": "0",
    "minus-text": "-1",
    "minus-zero": "-0",
    "many-digits": "9" * 40,
    "many-places": "0." + "0" * 40 + "1",
    "true": True,
    "object": {"a": 1},
    "list": [1, "a", None],
    "empty-object": {},
    "empty-list": [],
}
"""What a field's value is replaced by."""

TEXTS: Mapping[str, str] = {
    "empty": "",
    "blank": "  ",
    "null": "null",
    "number": "1",
    "string": '"a"',
    "list": "[]",
    "empty-object": "{}",
    "no-json": "hello",
    "deep": "[" * DEEP + "]" * DEEP,
    "deep-object": '{"a":' * DEEP + "1" + "}" * DEEP,
    "lone-surrogate": '{"type": "\\ud800"}',
    "huge-number": '{"type": 1' + "0" * 5000 + "}",
}
"""Whole messages that stand instead of the given one."""


def mutations(message: Mapping[str, Json]) -> Iterator[Mutation]:
    """Every mutation of a message: each field spoilt in each way, then its text."""
    for path in _paths(message):
        where = ".".join(str(step) for step in path)
        yield Mutation(f"{where}-missing", _dumps(_without(message, path)))
        for name, value in ODD.items():
            yield Mutation(f"{where}-{name}", _dumps(_with(message, path, value)))
    yield from _texts(_dumps(message))


def sample(
    message: Mapping[str, Json], count: int, chance: random.Random
) -> tuple[Mutation, ...]:
    """So many of them, chosen by chance and kept in order; all where they are fewer."""
    every = list(mutations(message))
    if count >= len(every):
        return tuple(every)
    places = sorted(chance.sample(range(len(every)), count))
    return tuple(every[place] for place in places)


def _texts(text: str) -> Iterator[Mutation]:
    for part in (1, 2, 3):
        cut = text[: len(text) * part // 4]
        yield Mutation(f"text-cut-at-{part}-quarters", cut)
    yield Mutation("text-doubled", text + text)
    yield Mutation("text-with-more-after", text + " x")
    yield Mutation("field-doubled", text[:-1] + ", " + text[1:])
    yield Mutation("unknown-field", text[:-1] + ', "unknown_field": {"a": [1]}}')
    yield Mutation("in-a-list", f"[{text}]")
    yield Mutation("values-in-a-list", json.dumps([*json.loads(text).values()]))
    for name, whole in TEXTS.items():
        yield Mutation(f"text-{name}", whole)


Path = tuple[str | int, ...]


def _paths(value: Json, before: Path = ()) -> Iterator[Path]:
    if isinstance(value, Mapping):
        steps: Iterable[tuple[str | int, Json]] = value.items()
    elif isinstance(value, list):
        steps = list(enumerate(value))[:1]
    else:
        return
    for step, inner in steps:
        yield (*before, step)
        yield from _paths(inner, (*before, step))


def _with(message: Json, path: Path, value: Json) -> Json:
    copy = deepcopy(message)
    _parent(copy, path)[path[-1]] = value
    return copy


def _without(message: Json, path: Path) -> Json:
    copy = deepcopy(message)
    del _parent(copy, path)[path[-1]]
    return copy


def _parent(message: Json, path: Path) -> Json:
    for step in path[:-1]:
        message = message[step]
    return message


def _dumps(value: Json) -> str:
    return json.dumps(value, default=str)
