"""Tells how far a script has come that sends for long, while its item waits."""

import time

import pytest

from conformance.suite.fuzz import PREFIX
from conformance.suite.performance import Performance

SECONDS = 10.0
"""Between two lines: most scripts that fuzz have ended by the first."""


class Progress:
    """Writes lines between pytest's own; none with -q, none in a worker."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def watch(self, performance: Performance, module: str) -> None:
        """Returns once a module that fuzzes is judged; at once for any other."""
        if not module.startswith(PREFIX):
            return
        began = time.monotonic()
        while not performance.is_judged(module, SECONDS):
            sent = performance.sent(module)
            if sent is not None:
                name = performance.operation(module) or module
                took = time.monotonic() - began
                self._write(f"{name}: {sent} sent so far, {took:.0f} s")

    def _write(self, line: str) -> None:
        plugins = self._config.pluginmanager
        reporter = plugins.getplugin("terminalreporter")
        capture = plugins.getplugin("capturemanager")
        if reporter is None or self._config.get_verbosity() < 0:
            return
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(line)
