"""Every command does its one thing, and wrong usage is status 4 and one line."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest

from conformance import __version__
from conformance.cli import main
from conformance.peers.venues.registry import VENUES
from conformance.spec.catalogue import load_catalogue
from conformance.spec.documents import load_gateway_document
from fixtures.serving import on_platform, serving

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory and no key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GATEWAY_API_KEY", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["requirements", "--item", "10"],
        ["requirements", "--family", "none"],
        ["judge"],
        ["judge", "x", "--conformance-readiness", "soon"],
        ["doctor", "--nonsense"],
        ["gateway", "--port", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_status_4(words: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 4
    assert capsys.readouterr().err.startswith("usage: conformance")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["doctor"], "no subject is named: --gateway-url URL, --gateway-cmd"),
        (["doctor", "--gateway-url", "ftp://a"], "--gateway-url ftp://a: only http"),
        (["doctor", "--gateway-url", "http://127.0.0.1:9"], "no Gateway can be rea"),
        (["judge", "absent"], "absent: there is no such folder"),
        (["readiness"], "--run: name a run, or a session with --session"),
        (["contract", "--against", "absent"], "absent: No such file"),
        (["contract", "--against", "http://127.0.0.1:9/x"], "no Gateway can be reac"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line_and_status_4(
    words: list[str], line: str, capsys: Output
) -> None:
    assert main(words) == 4
    told = capsys.readouterr().err
    assert told.startswith(f"conformance: {line}")
    assert told.count("\n") == 1


def test_the_version_is_told(capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == __version__


def test_the_requirements_of_an_item_are_listed(capsys: Output) -> None:
    assert main(["requirements", "--item", "1"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == sum(1 in r.items for r in load_catalogue())


def test_the_whole_catalogue_is_a_page(capsys: Output) -> None:
    assert main(["requirements", "--markdown"]) == 0
    rows = [x for x in capsys.readouterr().out.splitlines() if x.startswith("| ")]
    ids = [row.split()[1] for row in rows if row.split()[1] != "id"]
    assert sorted(ids) == sorted(r.id for r in load_catalogue())
    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)


def test_our_own_description_is_printed(capsys: Output) -> None:
    assert main(["contract"]) == 0
    assert "openapi: 3.1.0" in capsys.readouterr().out


def test_a_document_like_ours_has_no_unexpected_difference(
    folder: Path, capsys: Output
) -> None:
    (folder / "same.json").write_text(json.dumps(load_gateway_document()))
    assert main(["contract", "--against", "same.json"]) == 0
    assert "0 unexpected differences" in capsys.readouterr().out


def test_an_unexpected_difference_is_told_last_and_ends_with_status_1(
    folder: Path, capsys: Output
) -> None:
    document = json.loads(json.dumps(load_gateway_document()))
    del document["components"]["schemas"]["Order"]["properties"]["symbol"]
    del document["paths"]["/metrics"]
    (folder / "other.json").write_text(json.dumps(document))
    assert main(["contract", "--against", "other.json"]) == 1
    *_, deliberate, unexpected, counts = capsys.readouterr().out.splitlines()
    assert deliberate.startswith("deliberate  paths./metrics  path: ")
    assert unexpected.startswith("UNEXPECTED  schemas.Order.symbol  field: ")
    assert counts.startswith("1 deliberate and 1 unexpected")


@pytest.mark.parametrize("text", ["{", "[]", "x: 1", '{"paths": {"/health": 1}}'])
def test_what_is_no_document_is_told_in_one_line(
    folder: Path, capsys: Output, text: str
) -> None:
    (folder / "other.json").write_text(text)
    assert main(["contract", "--against", "other.json"]) == 4
    assert capsys.readouterr().err.startswith("conformance: other.json")


def test_the_doctor_tells_what_it_saw_and_leaves_nothing_behind(
    folder: Path, capsys: Output
) -> None:
    with serving() as url:
        assert main(["doctor", "--gateway-url", url]) == 0
    told = capsys.readouterr().out
    assert "ok       platform: mock (simulated)" in told
    assert "ok       order events: " in told
    assert told.endswith("fit to be judged\n")
    assert list(folder.iterdir()) == []


def test_the_doctor_tells_where_the_gateways_own_document_differs(
    folder: Path, capsys: Output
) -> None:
    document = json.loads(json.dumps(load_gateway_document()))
    del document["components"]["schemas"]["Order"]["properties"]["symbol"]
    (folder / "other.json").write_text(json.dumps(document))
    words = ["doctor", "--gateway-url", "embedded", "--gateway-openapi"]
    assert main([*words, "other.json"]) == 0
    told = capsys.readouterr().out
    assert "warning  contract drift: schemas.Order.symbol, field: ours" in told
    assert main([*words, "absent.json"]) == 4
    assert "absent.json: No such file" in capsys.readouterr().err


def test_the_doctor_refuses_a_live_platform(capsys: Output) -> None:
    with serving(on_platform("alpaca-live")) as url:
        assert main(["doctor", "--gateway-url", url]) == 4
    told = capsys.readouterr()
    assert "ok       platform: alpaca-live (live)" in told.out
    assert "refused for safety" in told.err


def test_the_reference_gateway_runs_by_hand(folder: Path) -> None:
    command = [sys.executable, "-m", "conformance.cli", "gateway", "--port", "0"]
    environment = {**os.environ, "GATEWAY_PORT": "1"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, cwd=folder
    )
    assert process.stdout is not None
    try:
        ready = next(line for line in process.stdout if "serving on" in line)
        url = f"http://{ready.split()[-1]}/livez"
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        with pytest.raises(URLError):
            urllib.request.urlopen(url, timeout=5)
    finally:
        process.kill()
        process.communicate()


def test_a_broker_is_played_by_hand_until_it_is_interrupted(folder: Path) -> None:
    name = next(iter(VENUES))
    command = [sys.executable, "-m", "conformance.cli", "venue", name, "--port", "0"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    assert process.stdout is not None
    try:
        lines = iter(process.stdout.readline, "")
        assert next(lines) == f"GATEWAY_PROVIDER={name}\n"
        assert any(line.startswith("symbols: ") for line in lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 2
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


def test_a_broker_that_nobody_plays_is_told_in_one_line(capsys: Output) -> None:
    assert main(["venue", "ig"]) == 4
    assert "NAME ig: no such broker; there are " in capsys.readouterr().err


def test_a_run_names_what_is_missing(folder: Path) -> None:
    command = [sys.executable, "-m", "conformance.cli", "run"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 4
    assert "ERROR: no subject is named: --gateway-url URL" in ended.stderr


def test_a_reader_that_has_seen_enough_gets_no_traceback() -> None:
    line = f"{sys.executable} -m conformance.cli requirements | head -n 1"
    done = subprocess.run(
        line, shell=True, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
