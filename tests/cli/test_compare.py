"""`conformance compare` prints a table and ends by what it shows."""

from pathlib import Path

import pytest

from conformance.cli import main
from fixtures.sessions.disk import write_session
from fixtures.sessions.fault import BACKTEST, DECLARED
from fixtures.sessions.paper import Paper
from fixtures.sessions.plan import Plan

PROFILE = ["--strategy-profile", str(DECLARED)]


@pytest.fixture
def backtest(tmp_path: Path) -> str:
    return str(write_session(Paper(BACKTEST), tmp_path / "backtest"))


@pytest.fixture
def paper(tmp_path: Path) -> str:
    return str(write_session(Paper(), tmp_path / "paper"))


def test_a_session_like_its_backtest_is_within(
    backtest: str, paper: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", backtest, paper, *PROFILE]) == 0
    told = capsys.readouterr().out
    assert "expected  backtest (backtest: tektii), 120 round trips" in told
    assert "the 95 % interval is ±" in told
    assert "BTCUSD:" in told
    assert told.endswith("WITHIN\n")


def test_a_session_that_trades_seldom_is_beyond(
    backtest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seldom = write_session(Paper(Plan(trips=36, days=36)), tmp_path / "seldom")
    assert main(["compare", backtest, str(seldom), *PROFILE]) == 1
    assert "BEYOND  trades per day\n" in capsys.readouterr().out


def test_a_short_session_decides_nothing(
    backtest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = write_session(Paper(Plan(trips=8, days=2)), tmp_path / "short")
    assert main(["compare", backtest, str(short), *PROFILE]) == 5
    assert "too small a sample, 30 are needed" in capsys.readouterr().out


def test_without_tolerances_nothing_is_decided(
    backtest: str, paper: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", backtest, paper]) == 5
    assert "UNDECIDED: no tolerance is declared" in capsys.readouterr().out


def test_a_file_of_tolerances_outranks_the_profile(
    backtest: str, paper: str, tmp_path: Path
) -> None:
    path = tmp_path / "strict.toml"
    path.write_text("[tolerances]\nrejection_points = 0\n")
    words = ["compare", backtest, paper, *PROFILE, "--tolerances", str(path)]
    assert main(words) == 5


@pytest.mark.parametrize("text", ["[tolerances]\nslip = 1\n", "lot = 1\n", None])
def test_a_file_without_tolerances_is_refused(
    backtest: str,
    paper: str,
    tmp_path: Path,
    text: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "bad.toml"
    if text is not None:
        path.write_text(text)
    assert main(["compare", backtest, paper, "--tolerances", str(path)]) == 4
    assert capsys.readouterr().err.startswith(f"conformance: {path}")


def test_what_cannot_be_compared_is_refused(
    backtest: str, paper: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", paper, paper]) == 4
    assert "are the same session" in capsys.readouterr().err
    assert main(["compare", paper, backtest]) == 4
    assert "a backtest before paper" in capsys.readouterr().err


def test_a_folder_that_is_no_session_is_refused(
    paper: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(tmp_path), paper]) == 4
    assert "this is no session's folder" in capsys.readouterr().err
