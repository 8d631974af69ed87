"""The plugin costs nothing unused, and tells a wrong option in one line."""

import pytest


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


def test_an_unusable_option_ends_with_status_4(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--gateway-url", "ftp://a")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--gateway-url ftp://a: only http and https*"])
