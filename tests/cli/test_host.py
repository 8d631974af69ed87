"""The host's facts come as lines, or as the file that readiness reads."""

import os
import re
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.readiness.host import read_host

Output = pytest.CaptureFixture[str]


def test_every_fact_is_a_line_and_concerns_are_counted(capsys: Output) -> None:
    assert main(["host"]) == 0
    *facts, counts = capsys.readouterr().out.splitlines()
    told = re.fullmatch(
        rf"(\d+) of {len(facts)} facts speak against a server"
        r"(?:, (\d+) could not be seen and should be)?",
        counts,
    )
    assert told
    marked = int(told[1]) + int(told[2] or 0)
    assert marked == sum(line.startswith("!") for line in facts)
    assert marked == sum(" — " in line for line in facts)
    assert any("nobody said which process it is" in line for line in facts)


def test_the_file_holds_the_same_facts(tmp_path: Path, capsys: Output) -> None:
    words = ["host", "--json", "--pid", str(os.getpid()), "--folder", str(tmp_path)]
    assert main(words) == 0
    path = tmp_path / "host.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    facts = {fact.name: fact for fact in read_host(path)}
    assert not facts["service"].value.startswith("not told")
    assert len(facts) == 14


def test_a_process_that_is_not_there_is_one_line_and_status_4(capsys: Output) -> None:
    assert main(["host", "--pid", "0"]) == 4
    assert capsys.readouterr().err == (
        "conformance: --pid 0: no process has this number\n"
    )
