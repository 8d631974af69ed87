"""Tells how far fuzzing has come, while an item waits for what is long."""

import time
from contextlib import nullcontext

import pytest

from conformance.suite.performance import Performance

SECONDS = 10.0
"""Between two lines: most scripts that fuzz have ended by the first."""


class Progress:
    """Writes lines between pytest's own; none with -q, none in a worker."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def watch(self, performance: Performance, module: str) -> None:
        """Returns once a module is judged; until then it tells of what fuzzes."""
        began = time.monotonic()
        while not performance.is_judged(module, SECONDS):
            now = performance.fuzzing
            if now is not None:
                took = time.monotonic() - began
                self._write(f"{now[0]}: {now[1]} sent so far, waited {took:.0f} s")

    def _write(self, line: str) -> None:
        plugins = self._config.pluginmanager
        reporter = plugins.getplugin("terminalreporter")
        capture = plugins.getplugin("capturemanager")
        if reporter is None or self._config.get_verbosity() < 0:
            return
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            reporter.ensure_newline()
            reporter.write_line(line)
