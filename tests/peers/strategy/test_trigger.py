"""What a user gives to make a strategy trade is read, or named where it is wrong."""

import sys
from decimal import Decimal
from pathlib import Path as File

import pytest

from conformance.errors import BadFile
from conformance.peers.strategy.footing import Start
from conformance.peers.strategy.kept import keep_path, kept_path
from conformance.peers.strategy.trigger import declared_path, replayed
from conformance.spec.profile import parse_profile
from conformance.venue.paths import Path

PROGRAM = """
import json, sys
for line in sys.stdin:
    want = json.loads(line)["want"]
    print(json.dumps({"closes": [1, 2] if want == "entry" else ["3"]}), flush=True)
"""


def start(text: str, folder: File) -> Start:
    profile = parse_profile(text, str(folder / "strategy.toml"))
    return Start("true", folder, {}, profile, "k")


async def test_closes_make_a_path(tmp_path: File) -> None:
    given = start("[trigger]\nentry = [1, 2]\nexit = [3]", tmp_path)
    path = await declared_path(given, "X")
    assert path is not None
    assert [path.close(i) for i in range(3)] == [1, 2, 3]


async def test_a_program_is_asked_for_the_entry_and_the_exit(tmp_path: File) -> None:
    (tmp_path / "trigger.py").write_text(PROGRAM)
    given = start(f"[trigger]\nprogram = '{sys.executable} trigger.py'", tmp_path)
    path = await declared_path(given, "X")
    assert path is not None
    assert [row[3] for row in path.rows] == [1, 2, 3]


async def test_a_program_that_answers_nonsense_is_named(tmp_path: File) -> None:
    given = start("[trigger]\nprogram = 'echo no'", tmp_path)
    with pytest.raises(BadFile, match="trigger program echo no: its answer is no JSON"):
        await declared_path(given, "X")


def test_a_file_of_bars_is_read(tmp_path: File) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("time,open,high,low,close\n1,1,3,1,2\n2,2,2,2,2.5\n")
    assert replayed(path)[0][:4] == (1, 3, 1, 2)
    path = tmp_path / "bars.jsonl"
    path.write_text('{"close": "7.5"}\n')
    assert replayed(path)[0][3] == Decimal("7.5")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it has no bars"),
        ('{"close": 1}\n{"open": 1}', ":2: a bar needs a close"),
        ('{"close": "x"}', ":1: a price is no number"),
        ('{"close": 0}', ":1: a price is not above zero"),
        ("{", ":1: no JSON"),
    ],
)
def test_a_broken_file_of_bars_is_named(tmp_path: File, text: str, told: str) -> None:
    path = tmp_path / "bars.jsonl"
    path.write_text(text)
    with pytest.raises(BadFile, match=told):
        replayed(path)


def test_a_path_is_kept_and_found_again(tmp_path: File) -> None:
    file = tmp_path / "triggers" / "x.json"
    keep_path(Path("saw", Decimal(3), 30, skipped=4), file)
    assert kept_path(file) == Path("saw", Decimal(3), 30, skipped=4)
    file.write_text("{}")
    assert kept_path(file) is None
