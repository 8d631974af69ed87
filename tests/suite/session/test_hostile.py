"""A session full of nonsense is judged all the same: nothing of ours breaks on it."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.entry import Entry, Kind, Party
from conformance.judge.verdict import Verdict
from conformance.suite.session import judged
from fixtures.sessions.disk import write_session
from fixtures.sessions.fault import profile
from fixtures.sessions.paper import Paper
from fixtures.sessions.plan import Plan

JUNK: tuple[Any, ...] = (
    None,
    5,
    -1,
    1.5,
    True,
    "",
    "x",
    "NaN",
    "1e5",
    "-3",
    "9" * 40,
    [],
    {},
    [1],
    {"a": 1},
    "\ud800",
)
TEXTS = ("{", "null", "[]", "5", '"x"', "[[1]]", "\u0000")
TARGETS = ("/v1/orders/", "/", "/v1/positions/x?y", "//", "/v1/trades?limit=1", "/v1")


class Garbled(Paper):
    """Values, bodies, targets and statuses are replaced by chance."""

    def __init__(self, seed: int, share: float) -> None:
        super().__init__(Plan(trips=6, days=2, quotes=2))
        self._chance, self._share = random.Random(seed), share

    def add(self, party: Party, kind: Kind, **data: Any) -> Entry:
        chance = self._chance
        for name in ("text", "body"):
            if str(data.get(name))[:1] in ("{", "["):
                whole = json.dumps(self._junk(json.loads(data[name])))
                data[name] = whole if chance.random() > 0.02 else chance.choice(TEXTS)
        if "target" in data and chance.random() < 0.05:
            data["target"] = chance.choice(TARGETS)
        if kind is Kind.RESPONSE and chance.random() < 0.05:
            data["status"] = chance.choice((200, 201, 204, 400, 422, 500, 503))
        return super().add(party, kind, **data)

    def _junk(self, value: Any) -> Any:
        chance = self._chance
        if isinstance(value, dict):
            kept = (n for n in value if chance.random() > self._share / 3)
            return {name: self._junk(value[name]) for name in kept}
        if isinstance(value, list):
            return [self._junk(each) for each in value]
        return chance.choice(JUNK) if chance.random() < self._share else value


@pytest.mark.parametrize("share", [0.01, 0.05, 0.3])
@pytest.mark.parametrize("seed", range(8))
def test_nonsense_is_judged_and_breaks_no_check(
    seed: int, share: float, tmp_path: Path
) -> None:
    folder = write_session(Garbled(seed, share), tmp_path / "s")
    facts, _ = judged(folder, profile())
    assert not [o for o in facts.outcomes if o.verdict is Verdict.SUITE_FAULT]
    assert any(o.requirement == "SES-12" and o.findings for o in facts.outcomes)
