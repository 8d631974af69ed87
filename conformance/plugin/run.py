"""Puts the suite's requirements beside the user's tests, and ends the run by them."""

import os
import sys
import warnings
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import ConformanceError
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Outcome
from conformance.plugin import PREFIX, names_ours, workers
from conformance.plugin.ending import command_line, leave, today, unbegun, worse
from conformance.plugin.findings import Findings
from conformance.plugin.gathering import beside
from conformance.plugin.items import GatewaySuite, Requirement, node_of, placed
from conformance.plugin.progress import Progress
from conformance.plugin.signals import Termination, undisturbed
from conformance.plugin.words import Told, colour, told
from conformance.readiness.dossier import Dossier
from conformance.settings import Settings, parse_settings
from conformance.suite.performance import Performance
from conformance.suite.plan import plan_lines
from conformance.suite.selection import Pair


class Run:
    """One run of the suite within a pytest session."""

    def __init__(
        self, config: pytest.Config, settings: Settings, evidence: Dossier
    ) -> None:
        self.settings = settings
        self._evidence = evidence
        # A worker's own words start no run; the controller's are what was typed.
        self._words = getattr(config, "workerinput", {}).get("mainargv", sys.argv)
        self._waivers = {w.requirement: w for w in evidence.waivers}
        self._performance = Performance(settings, os.environ)
        self._progress = Progress(config)
        self._findings = Findings()
        self._termination = Termination()
        self._lines: tuple[str, ...] = ()
        self._started = False
        self._interrupted = False
        self._pending: set[str] = set()
        self._passed_on: tuple[int, tuple[str, ...]] | None = None
        ours = [a for a in config.args if names_ours(a)]
        self._named = [a.rstrip("/") for a in ours if a.rstrip("/") != PREFIX]
        self._wanted = bool(ours) or (
            config.args_source is not config.ArgsSource.ARGS or settings.only
        )
        config.args = [a for a in config.args if a not in ours]
        self._check_names()

    # --- what the items ask for ---------------------------------------------------

    def planned(self) -> tuple[tuple[str, str], ...]:
        """Every module and requirement that is an item."""
        return self._performance.planned

    def operation(self, module: str) -> str:
        """What a module's checks are told of as one; empty where they are not."""
        return self._performance.operation(module)

    def outcomes(self, module: str, name: str) -> tuple[Outcome, ...]:
        """What the checks said; waits until they have."""
        self._progress.watch(self._performance, module)
        return self._performance.outcomes(module, name)

    def told(self, nodeid: str, name: str, found: tuple[Outcome, ...]) -> str:
        """What an item prints of its findings."""
        return self._findings.text(nodeid, name, found, self._performance.transcripts)

    def waived(self, name: str) -> str | None:
        """Why a violation of this requirement is accepted today; None where not."""
        waiver = self._waivers.get(name)
        if waiver is None or waiver.expires < today():
            return None
        return f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"

    # --- collection -----------------------------------------------------------------

    def _check_names(self) -> None:
        ids = [f"{PREFIX}/{node_of(self, place)}" for place in placed(self)]
        for name in self._named:
            if not any(_within(nodeid, name) for nodeid in ids):
                raise pytest.UsageError(f"not found, or not asked for: {name}")

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if isinstance(collector, pytest.Session) and report.passed and self._wanted:
            suite = GatewaySuite.from_parent(collector, name=PREFIX, nodeid=PREFIX)
            suite.judged = self
            theirs = [] if self.settings.only else (report.result or [])
            report.result = [*theirs, suite]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._named:
            items[:] = [i for i in items if self._keeps(i)]

    def _keeps(self, item: pytest.Item) -> bool:
        return not isinstance(item, Requirement) or any(
            _within(item.nodeid, name) for name in self._named
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        return workers.scheduler(config, log)

    # --- playing --------------------------------------------------------------------

    def pytest_sessionstart(self) -> None:
        self._termination.listen()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        config = session.config
        chosen = [i for i in session.items if isinstance(i, Requirement)]
        self._pending = {i.nodeid for i in chosen}
        if self.settings.plan:
            self._plan(config, [pair for i in chosen for pair in i.pairs])
            return True
        if not (config.option.collectonly or workers.is_controller(config)):
            self._performance.select(pair for i in chosen for pair in i.pairs)
        return None

    def _plan(self, config: pytest.Config, pairs: Sequence[Pair]) -> None:
        if workers.is_controller(config):
            pairs = self.planned()
        if not workers.is_worker(config):
            self._lines = tuple(plan_lines(self.settings, pairs))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Begins at the first item of ours: until then a fixture of the user's may
        still bring the Gateway up, and no script disturbs their tests."""
        if not isinstance(item, Requirement):
            return None
        # pytest restores the filters after each item. What a library warns of in our
        # thread is nothing that the user's filters, "error" say, should meet.
        warnings.simplefilter("ignore")
        if not self._started and not item.config.getoption("setuponly"):
            self._started = True
            try:
                self._performance.begin()
            except ConformanceError as error:
                return self._cannot_begin(item.session, str(error))
        self._pending.discard(item.nodeid)
        return None

    def _cannot_begin(self, session: pytest.Session, error: str) -> bool:
        told = self._performance.record().error or error
        if not workers.is_worker(session.config):
            raise pytest.UsageError(told)
        session.shouldstop = told
        return True

    def pytest_keyboard_interrupt(
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> None:
        stopped = (pytest.Session.Interrupted, pytest.exit.Exception)
        self._interrupted = not isinstance(excinfo.value, stopped)

    # --- telling ----------------------------------------------------------------------

    def pytest_report_header(self) -> str:
        told = "slow scripts too" if self.settings.slow else "without slow scripts"
        facts = self._performance.facts
        return f"conformance: {facts.shown}, seed {self.settings.seed}, {told}"

    def pytest_report_collectionfinish(self) -> str:
        if not self._wanted or self.planned():
            return ""
        return (
            "conformance: no check of this run was asked for; a strategy's need "
            "--strategy-cmd, a broker's --gateway-provider NAME, slow ones "
            "--conformance-slow, a session's "
            "`conformance readiness --session DIR`"
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport | pytest.CollectReport
    ) -> Told | None:
        return told(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        workers.give_seed(node, self.settings.seed)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._passed_on = workers.passed_on(node) or self._passed_on

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        config = session.config
        if config.option.collectonly:
            return
        if self.settings.plan:
            session.exitstatus = 0 if self.settings.readiness is None else 5
            return
        ended = self._passed_on if workers.is_controller(config) else self._end()
        if ended is None:
            ended = self._end_unbegun(config, int(exitstatus))
        if ended is not None:
            status, self._lines = ended
            session.exitstatus = worse(int(exitstatus), status)
            if workers.is_worker(config):
                workers.pass_on(config, status, self._lines)

    def _end(self) -> tuple[int, tuple[str, ...]] | None:
        if not self._started:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record = self._record()
        with undisturbed():
            return self._leave(record)

    def _record(self) -> RunRecord:
        if not self._interrupted:
            return (
                self._performance.stop()
                if self._pending
                else self._performance.finish()
            )
        try:
            return self._performance.interrupt()
        except KeyboardInterrupt:
            # Asked twice: what is there is told, and what may be left.
            return self._performance.record()

    def _end_unbegun(
        self, config: pytest.Config, status: int
    ) -> tuple[int, tuple[str, ...]] | None:
        """A run that was stopped before our first item leaves a report too.

        So does one in which nothing of ours was chosen, by a path, -k or -m, though a
        stage was asked for: it is no gate that stands open.
        """
        stopped = self._wanted and status == 2
        if workers.is_worker(config) or not (stopped or self._measures_nothing(config)):
            return None
        if stopped and workers.is_controller(config):
            latest = self.settings.report_dir / "latest"
            return 2, (f"interrupted: a worker that was playing left {latest}",)
        return self._leave(
            replace(
                unbegun(None, _named_in(self.settings), interrupted=stopped),
                partial=not stopped,
            )
        )

    def _measures_nothing(self, config: pytest.Config) -> bool:
        """Whether something was to be decided, and no script was even begun."""
        return self.settings.readiness is not None or config.getoption("setuponly")

    def _leave(self, record: RunRecord) -> tuple[int, tuple[str, ...]]:
        given = self.settings
        return leave(
            replace(record, command_line=command_line(self._words, given.secrets)),
            given.report_dir,
            waivers=tuple(self._waivers.values()),
            stage=given.readiness,
            secrets=given.secrets,
            beside=self._evidence,
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> Generator[None, None, None]:
        # After pytest's own list of failures: of a hundred lines the last are read.
        yield
        if self._lines:
            terminalreporter.ensure_newline()
            terminalreporter.section("conformance")
            for line in self._lines:
                terminalreporter.write_line(line, **colour(line))

    def pytest_unconfigure(self) -> None:
        self._termination.rest()


def enable(config: pytest.Config, values: dict[str, object]) -> None:
    """Registers the run; what the user gave wrong ends pytest with status 4."""
    try:
        settings = parse_settings({**values, **workers.given(config)}, os.environ)
        run = Run(config, settings, beside(settings))
    except ConformanceError as error:
        _refuse(str(error), values)
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(run, "conformance-run")


def _refuse(error: str, values: dict[str, object]) -> None:
    """Leaves a report that says why there is nothing in it."""
    given = values.get("conformance_report_dir") or "reports"
    leave(unbegun(error, values), Path(str(given)))


def _named_in(settings: Settings) -> dict[str, object]:
    """Which subject was named, by its option."""
    return {
        "gateway_url": settings.gateway_url,
        "gateway_cmd": settings.gateway_cmd,
        "strategy_cmd": settings.strategy_cmd,
    }


def _within(nodeid: str, name: str) -> bool:
    return nodeid == name or nodeid.startswith(f"{name}::")
