"""What a Gateway with a broker says that is out of all shape is no fault of ours."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from conformance.judge.verdict import Verdict
from conformance.protocol.money import DIGITS
from conformance.reference.server import ReferenceGateway
from conformance.reference.stream import Stream
from fixtures.playing import (
    QUICK_PACE,
    embedded,
    modules_named,
    perform,
    so_many_at_once,
)

SCRIPTS = (
    *("fills", "foreign", "groups", "hedging", "limited-closes", "margin", "money"),
    *("options", "platform-paper"),
)
BEYOND = "9" * (10 * DIGITS + 1)

Leaf = Callable[[Any], Any]
LEAVES: tuple[Leaf, ...] = (
    lambda value: [value],
    lambda value: {"it is": value},
    lambda value: f"{value}\ud800",
    lambda value: BEYOND if str(value)[:1].isdigit() else value,
)


def bent(leaf: Leaf, value: Any) -> Any:
    """The same with every leaf replaced; and rows that are none in every list."""
    if isinstance(value, dict):
        return {name: bent(leaf, each) for name, each in value.items()}
    if isinstance(value, list):
        return [None, [], 1, *(bent(leaf, each) for each in value), {}]
    return leaf(value)


def bending(leaf: Leaf) -> type[ReferenceGateway]:
    """A Gateway of which every answer and event is bent, but those to orders."""

    class Bent(Stream):
        def text(self, message: dict[str, Any]) -> str:
            told = bent(leaf, message)
            return super().text({**told, "type": message["type"]})

    class Bending(ReferenceGateway):
        stream_class = Bent

        async def answer(self, request: web.Request) -> web.StreamResponse:
            found = await super().answer(request)
            asked = request.method == "GET" and request.path.startswith("/v1/")
            if not asked or not isinstance(found, web.Response) or found.status != 200:
                return found
            told = bent(leaf, json.loads(found.text or "null"))
            return self.json_response(200, told)

    return Bending


async def test_an_answer_out_of_all_shape_was_a_fault_of_the_suite() -> None:
    names = tuple(f"oanda-{name}" for name in SCRIPTS)
    modules = [m for m in modules_named(names) if m.scene is None or m.name in names]
    pace = replace(QUICK_PACE, patience=0.3)
    plays = (
        perform(modules, embedded(bending(leaf)), pace=pace, takes=1) for leaf in LEAVES
    )
    for found in await so_many_at_once(len(LEAVES), plays):
        assert found.of(Verdict.VIOLATED)
