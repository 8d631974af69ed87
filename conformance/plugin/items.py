"""One pytest item a requirement and module, and what its verdict makes of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.plugin import PREFIX
from conformance.spec.catalogue import requirement

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr

VERDICT = "verdict"
"""The user property that says the verdict, in junit.xml and between workers."""


class Judged(Protocol):
    """Where items get their outcomes, and how they are told."""

    def planned(self) -> tuple[tuple[str, str], ...]:
        """Every module and requirement that is an item."""

    def outcomes(self, module: str, name: str) -> tuple[Outcome, ...]:
        """What the checks said; waits until they have."""

    def told(self, nodeid: str, name: str, found: tuple[Outcome, ...]) -> str:
        """What an item prints of its findings."""

    def waived(self, name: str) -> str | None:
        """Why a violation of this requirement is accepted today; None where not."""


class NotMet(Exception):
    """What was found, where a requirement is violated."""


class Requirement(pytest.Item):
    """One requirement in one module."""

    judged: Judged
    module: str
    found: tuple[Outcome, ...] = ()

    def setup(self) -> None:
        """Waits for the outcomes; a fault of the suite is an error, not a failure."""
        if self.config.getoption("setuponly"):
            return
        self.found = self.judged.outcomes(self.module, self.name)
        faults = [o for o in self.found if o.verdict is Verdict.SUITE_FAULT]
        if faults:
            self._say(Verdict.SUITE_FAULT)
            told = f"fault of the suite, please report it: {faults[0].reason}"
            raise pytest.fail.Exception(f"{self.name}: {told}", pytrace=False)

    def runtest(self) -> None:
        verdict = worst(o.verdict for o in self.found)
        self._say(verdict)
        if verdict in {Verdict.NOT_VERIFIED, Verdict.NOT_APPLICABLE}:
            reasons = dict.fromkeys(o.reason for o in self.found if o.reason)
            why = "; ".join(reasons) or "the run ended before it was decided"
            raise pytest.skip.Exception(f"{verdict}: {why}")
        if verdict is Verdict.MET:
            return
        told = self.judged.told(self.nodeid, self.name, self.found)
        if verdict is Verdict.WARNED:
            self.add_report_section("call", "warned", told)
            return
        waived = self.judged.waived(self.name)
        if waived is not None and not self.config.getoption("runxfail"):
            raise pytest.xfail.Exception(f"waived: {waived}")
        raise NotMet(told)

    def _say(self, verdict: Verdict) -> None:
        about = requirement(self.name)
        self.user_properties += [
            (VERDICT, verdict.value),
            ("requirement", about.id),
            ("level", about.level.value),
            ("source", about.source),
        ]

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> "str | TerminalRepr":
        if not isinstance(excinfo.value, NotMet):
            return super().repr_failure(excinfo)
        told = str(excinfo.value)
        shown = excinfo.getrepr(style="native")
        shown.reprtraceback.reprentries[0].lines = [f"{told}\n"]
        if shown.reprcrash is not None:
            # pytest's summary takes all of a message where it sees a CI.
            shown.reprcrash.message = told.splitlines()[0]
        return shown

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.nodeid


class GatewaySuite(pytest.Collector):
    """Beside the user's directories: no path of theirs is touched."""

    judged: Judged

    def collect(self) -> Iterator[Requirement]:
        for module, name in dict.fromkeys(self.judged.planned()):
            nodeid = f"{PREFIX}/{module}::{name}"
            item = Requirement.from_parent(self, name=name, nodeid=nodeid)
            item.judged, item.module = self.judged, module
            item.extra_keyword_matches.add(module)
            item.add_marker(pytest.mark.requirement(name))
            yield item
