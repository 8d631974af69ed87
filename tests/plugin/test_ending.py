"""Of two exit statuses, the graver one is the run's."""

import json
from pathlib import Path

import pytest

from conformance.plugin.ending import command_line, leave, unbegun, worse
from conformance.readiness.dossier import Dossier
from conformance.spec.profile import Profile


@pytest.mark.parametrize(
    ("pytests", "ours", "status"),
    [
        (0, 0, 0),
        (0, 5, 5),
        (5, 0, 5),
        (1, 5, 1),
        (5, 1, 1),
        (1, 3, 3),
        (2, 1, 2),
        (1, 4, 4),
        (4, 3, 3),
        (7, 1, 7),
    ],
)
def test_the_graver_status_wins_and_a_users_own_stays(
    pytests: int, ours: int, status: int
) -> None:
    assert worse(pytests, ours) == status


def test_a_run_that_never_began_leaves_a_report_without_the_password(
    tmp_path: Path,
) -> None:
    values = {"gateway_url": "http://me:hidden-word@host"}
    status, lines = leave(unbegun("it is not there", values), tmp_path)
    assert status == 4
    assert "the run ended early: it is not there" in lines
    text = (tmp_path / "latest" / "readiness.json").read_text()
    assert json.loads(text)["run"]["error"] == "it is not there"
    assert "hidden-word" not in text


def test_a_report_that_cannot_be_written_is_told_and_is_status_4(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    status, lines = leave(unbegun(None, {}, interrupted=True), tmp_path / "file")
    assert status == 4
    assert lines[-1].startswith("--conformance-report-dir ")


def test_the_command_line_can_be_pasted_into_a_shell() -> None:
    assert (
        command_line(["/venv/bin/pytest", "-k", "MOD-19 or ORD-42"])
        == "pytest -k 'MOD-19 or ORD-42'"
    )
    assert command_line(["/lib/pytest/__main__.py", "-x"]) == "python -m pytest -x"
    assert "hidden words" not in command_line(
        ["pytest", "hidden words"], ("hidden words",)
    )


def test_a_run_alone_was_bound_to_no_file_of_the_users(tmp_path: Path) -> None:
    profile = Profile(source="strategy.toml")
    found = Dossier(profile=profile, configuration={"profile": "5" * 64})
    bound = []
    for beside in (Dossier(), found):
        leave(unbegun("it is not there", {}), tmp_path, beside=beside)
        told = json.loads((tmp_path / "latest" / "readiness.json").read_text())
        assert (told["runs"], told["sessions"]) == (None, None)
        bound.append(told["validity"]["bound"]["configuration"])
    assert bound[0] != bound[1]
    proofs = [b["how_to_prove"] for b in told["readiness"]["blockers"]]
    assert any("--strategy-profile strategy.toml" in line for line in proofs)
