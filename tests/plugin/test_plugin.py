"""The plugin costs nothing unused, and leaves pytest's own ways alone."""

import os
import sys
from pathlib import Path

import pytest

from conformance.plugin import joined
from tests.plugin.conftest import Playing, Running

ROOT = Path(__file__).parents[2]


def test_a_run_without_our_options_imports_only_the_door(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_imports():
            ours = {n for n in sys.modules if n.split(".")[0] == "conformance"}
            assert ours == {"conformance", "conformance.plugin"}
        """
    )
    assert pytester.runpytest_subprocess("--strict-markers").ret == 0


@pytest.mark.parametrize("option", ["--conformance-only", "gateway-conformance/cancel"])
def test_a_run_of_ours_without_a_subject_is_told_in_one_line(
    pytester: pytest.Pytester, option: str
) -> None:
    result = pytester.runpytest_subprocess(option)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: no subject is named: --gateway-url URL*"])


def test_a_path_after_an_option_of_ours_is_joined_to_it(tmp_path: Path) -> None:
    given = ["-v", "--gateway-cmd", str(tmp_path), str(tmp_path), "--gateway-url", "x"]
    meant = ["-v", f"--gateway-cmd={tmp_path}", str(tmp_path), "--gateway-url", "x"]
    assert joined(given) == meant
    assert joined(meant) == meant


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=len)
def test_a_command_that_is_a_path_moves_neither_rootdir_nor_ini_file(
    pytester: pytest.Pytester,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    workers: tuple[str, ...],
) -> None:
    gateway = tmp_path_factory.mktemp("elsewhere") / "gateway"
    gateway.write_text(f"#!/bin/sh\nexec {sys.executable} -m conformance.reference\n")
    gateway.chmod(0o755)
    pytester.makepyfile(
        tiny="""
        from conformance.suite import performance
        from tests.plugin.conftest import tiny_suite

        suite = tiny_suite("met")
        performance.suite_for = lambda _: suite
        """
    )
    pytester.makeini("[pytest]\nmarkers = mine: of the user's ini file\n")
    pytester.makepyfile(
        test_own="""
        import pytest

        @pytest.mark.mine
        def test_own(pytestconfig):
            assert pytestconfig.inipath is not None
        """
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{pytester.path}")
    result = pytester.runpytest_subprocess(
        *("-p", "conformance", "-p", "no:cacheprovider", "--strict-markers", *workers),
        *("-p", "tiny", "--gateway-cmd", str(gateway)),
    )
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"rootdir: {pytester.path}", "configfile: tox.ini"])
    result.assert_outcomes(passed=2)


def test_no_empty_line_stands_beneath_the_heading(
    run: Running, playing: Playing
) -> None:
    playing("met")
    lines = run("embedded").outlines
    stripped = [line.strip("= ") for line in lines]
    assert lines[stripped.index("conformance") + 1]
