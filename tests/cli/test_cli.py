"""The command lists the catalogue, and wrong usage is status 4."""

import pytest

from conformance.cli import main


def test_an_unknown_command_ends_with_status_4() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nonsense"])
    assert ended.value.code == 4


def test_the_requirements_of_an_item_are_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["requirements", "--item", "1"]) == 0
    assert "MUST" in capsys.readouterr().out
