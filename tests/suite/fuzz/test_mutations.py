"""A message is spoilt in each of its fields and as a whole, alike for one seed."""

import json
import random

from conformance.suite.fuzz.mutations import ODD, mutations, sample

MESSAGE = {"type": "event_ack", "events_processed": ["a", "b"], "at": {"ms": 1}}


def names() -> list[str]:
    return [each.name for each in mutations(MESSAGE)]


def test_every_field_is_missing_once_and_takes_every_odd_value() -> None:
    for path in ("type", "events_processed", "events_processed.0", "at", "at.ms"):
        assert f"{path}-missing" in names()
        assert {f"{path}-{odd}" for odd in ODD} <= {*names()}


def test_no_two_mutations_are_called_the_same() -> None:
    assert len({*names()}) == len(names())


def test_only_what_is_spoilt_differs() -> None:
    spoilt = next(m for m in mutations(MESSAGE) if m.name == "at.ms-null")
    assert json.loads(spoilt.text) == {**MESSAGE, "at": {"ms": None}}


def test_one_seed_chooses_the_same() -> None:
    once = sample(MESSAGE, 10, random.Random(3))
    assert once == sample(MESSAGE, 10, random.Random(3))
    assert once != sample(MESSAGE, 10, random.Random(4))
    assert len(once) == 10


def test_more_than_there_are_is_all_of_them() -> None:
    assert len(sample(MESSAGE, 10**6, random.Random(3))) == len(names())
