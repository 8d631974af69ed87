"""Under xdist the suite runs in one worker, and ends as it does without."""

import json
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    kinds: str,
    *options: str,
    url: str = "embedded",
) -> pytest.RunResult:
    """A session of its own with two workers, over a tiny suite."""
    pytester.makepyfile(
        tiny=f"""
        from conformance.suite import performance
        from tests.plugin.conftest import tiny_suite

        suite = tiny_suite({kinds!r})
        performance.suite_for = lambda _: suite
        """,
        test_own="""
        import pytest

        @pytest.mark.parametrize("number", range(12))
        def test_own(number):
            assert number >= 0
        """,
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}{os.pathsep}{ROOT}")
    plugins = ("-p", "conformance.plugin", "-p", "xdist", "-p", "tiny", "-n", "2")
    return pytester.runpytest_subprocess(*plugins, "--gateway-url", url, *options)


@pytest.mark.parametrize("way", ["load", "loadfile", "loadgroup"])
def test_all_our_items_run_in_one_worker(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    result = run(pytester, monkeypatch, "met again unseen", "-v", "--dist", way)
    assert result.ret == 1
    told = result.stdout.str()
    pattern = r"\[(gw\d)\] .* (MET|VIOLATED|NOT VERIFIED) gateway-conformance/"
    ours = re.findall(pattern, told)
    assert [word for _, word in ours] == ["MET", "VIOLATED", "NOT VERIFIED"]
    assert len({worker for worker, _ in ours}) == 1
    assert "1 failed, 13 passed, 1 not verified" in told
    result.stdout.fnmatch_lines(["VIOLATED *", "report: reports/*"])
    (report,) = (pytester.path / "reports").glob("2*")
    seed = json.loads((report / "readiness.json").read_text())["identity"]["seed"]
    assert f"conformance: embedded, seed {seed}," in told


def test_a_worker_tells_the_command_that_was_typed_and_not_its_own(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(pytester, monkeypatch, "met", "--conformance-only")
    facts = json.loads((pytester.path / "reports/latest/readiness.json").read_text())
    command = facts["identity"]["command"]
    assert "pytest" in command
    assert command.endswith("-n 2 --gateway-url embedded --conformance-only")


def test_nothing_measured_is_status_5_under_xdist_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(pytester, monkeypatch, "unseen", "--conformance-only").ret == 5


def test_no_subject_is_status_4_under_xdist_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(pytester, monkeypatch, "met again", url="http://127.0.0.1:9")
    assert result.ret == 4
    assert result.stdout.str().count("no Gateway can be reached at http") >= 1
    result.stdout.fnmatch_lines(["report: reports/*"])
