"""Puts the suite's requirements beside the user's tests, and ends the run by them."""

import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.errors import RunError, SuiteFault, UsageError
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.settings import Settings, parse_settings

PREFIX = "gateway-conformance"


class NotMet(Exception):
    """What the outcomes say where a requirement failed."""


class Requirement(pytest.Item):
    """One requirement in one module."""

    run: "Run"
    module: str

    def runtest(self) -> None:
        found = self.run.performance.outcomes(self.module, self.name)
        verdict = worst(o.verdict for o in found)
        if verdict in {Verdict.VIOLATED, Verdict.SUITE_FAULT}:
            raise NotMet("\n".join([f"{self.name}: {verdict}", *_told(found)]))
        self.user_properties.append(("verdict", verdict.value))
        if verdict in {Verdict.NOT_VERIFIED, Verdict.NOT_APPLICABLE}:
            pytest.skip(f"{verdict}: {'; '.join(o.reason for o in found)}")

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.nodeid


class GatewaySuite(pytest.Collector):
    """Beside the user's directories: no path of theirs is touched."""

    run: "Run"

    def collect(self) -> Iterator[Requirement]:
        for module, name in dict.fromkeys(self.run.performance.planned):
            nodeid = f"{PREFIX}/{module}::{name}"
            item = Requirement.from_parent(self, name=name, nodeid=nodeid)
            item.run, item.module = self.run, module
            yield item


class Run:
    """One run of the suite within a pytest session."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.settings = settings
        from conformance.suite.performance import Performance  # noqa: PLC0415

        self.performance = Performance(settings, os.environ)
        self.lines: tuple[str, ...] = ()
        self._started = False
        ours = [a for a in config.args if a.split("/")[0] == PREFIX]
        self._named = [a for a in ours if a != PREFIX]
        self._wanted = bool(ours) or (
            config.args_source is not config.ArgsSource.ARGS or settings.only
        )
        config.args = [a for a in config.args if a not in ours]

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if isinstance(collector, pytest.Session) and report.passed and self._wanted:
            suite = GatewaySuite.from_parent(collector, name=PREFIX, nodeid=PREFIX)
            suite.run = self
            theirs = [] if self.settings.only else (report.result or [])
            report.result = [*theirs, suite]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._named:
            items[:] = [i for i in items if self._keeps(i)]

    def _keeps(self, item: pytest.Item) -> bool:
        return not isinstance(item, Requirement) or any(
            item.nodeid == a or item.nodeid.startswith(a + "::") for a in self._named
        )

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if self.settings.plan:
            self.lines = tuple(f"{m}: {r}" for m, r in self.performance.planned)
            return True
        if any(isinstance(i, Requirement) for i in session.items):
            self._started = True
            self.performance.start()
        return None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.settings.plan:
            session.exitstatus = 0
        elif self._started:
            stopped = exitstatus == pytest.ExitCode.INTERRUPTED
            finish = self.performance.interrupt if stopped else self.performance.finish
            status = self._report(finish())
            session.exitstatus = 2 if stopped else _worse(int(exitstatus), status)

    def _report(self, record: RunRecord) -> int:
        from conformance.readiness.assembly import assemble  # noqa: PLC0415
        from conformance.readiness.waivers import read_waivers  # noqa: PLC0415
        from conformance.report.bundle import write_bundle  # noqa: PLC0415
        from conformance.report.terminal import summary_lines  # noqa: PLC0415

        given = self.settings
        waivers = read_waivers(given.waivers) if given.waivers else ()
        today = datetime.now(UTC).date()
        readiness = assemble(record, waivers, today, given.readiness)
        path = write_bundle(readiness, record, given.report_dir, given.secrets)
        self.lines = (*summary_lines(readiness), f"report: {path}")
        return int(readiness.exit_status)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if self.lines:
            terminalreporter.section("conformance")
            for line in self.lines:
                terminalreporter.write_line(line)


def enable(config: pytest.Config, values: dict[str, object]) -> None:
    """Registers the run; what the user gave wrong ends pytest with status 4."""
    try:
        run = Run(config, parse_settings(values, os.environ))
    except (UsageError, RunError, SuiteFault) as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(run, "conformance-run")


def _told(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.reason:
            yield f"  {outcome.reason}"
        for found in outcome.findings:
            yield f"  {found.sentence} ({outcome.script}, entries {found.entries})"


def _worse(pytest_status: int, ours: int) -> int:
    """3 outranks 4, 4 outranks 1, and 1 outranks 5.

    pytest's own 1 speaks of the user's tests or of ours; 5 is nothing collected.
    """
    return next((s for s in (3, 4, 1, 5) if s in (pytest_status, ours)), ours)
