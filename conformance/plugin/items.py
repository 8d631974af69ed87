"""One pytest item a requirement and module, or a fuzzed operation, and its verdict."""

from collections.abc import Iterator, Sequence
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

    def operation(self, module: str) -> str:
        """What a module's checks are told of as one; empty where they are not."""

    def outcomes(self, module: str, name: str) -> tuple[Outcome, ...]:
        """What the checks said; waits until they have."""

    def told(self, nodeid: str, name: str, found: tuple[Outcome, ...]) -> str:
        """What an item prints of its findings."""

    def waived(self, name: str) -> str | None:
        """Why a violation of this requirement is accepted today; None where not."""


class NotMet(Exception):
    """What was found, where a requirement is violated."""


class Requirement(pytest.Item):
    """One requirement in one module, or all that one operation was fuzzed for."""

    judged: Judged
    module: str
    names: tuple[str, ...]
    found: tuple[Outcome, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The module with each of its requirements."""
        return tuple((self.module, name) for name in self.names)

    def setup(self) -> None:
        """Waits for the outcomes; a fault of the suite is an error, not a failure."""
        if self.config.getoption("setuponly"):
            return
        asked = self.judged.outcomes
        self.found = tuple(o for pair in self.pairs for o in asked(*pair))
        faults = [o for o in self.found if o.verdict is Verdict.SUITE_FAULT]
        if faults:
            self._say(Verdict.SUITE_FAULT)
            told = f"fault of the suite, please report it: {faults[0].reason}"
            raise pytest.fail.Exception(f"{self.name}: {told}", pytrace=False)

    def runtest(self) -> None:
        verdict = worst(o.verdict for o in self.found)
        self._say(verdict)
        if verdict in {Verdict.NOT_VERIFIED, Verdict.NOT_APPLICABLE}:
            worst_of = (o for o in self.found if o.verdict is verdict)
            reasons = dict.fromkeys(o.reason for o in worst_of if o.reason)
            why = "; ".join(reasons) or "the run ended before it was decided"
            raise pytest.skip.Exception(f"{verdict}: {why}")
        if verdict is Verdict.MET:
            return
        if verdict is Verdict.WARNED:
            self.add_report_section("call", "warned", self._told(self._with(verdict)))
            return
        violated = self._with(verdict)
        waived = {name: self.judged.waived(name) for name in violated}
        if None not in waived.values() and not self.config.getoption("runxfail"):
            reasons = dict.fromkeys(why for why in waived.values() if why)
            raise pytest.xfail.Exception(f"waived: {'; '.join(reasons)}")
        raise NotMet(self._told([n for n in violated if waived[n] is None] or violated))

    def _with(self, verdict: Verdict) -> list[str]:
        """The requirements that have this verdict."""
        having = {o.requirement for o in self.found if o.verdict is verdict}
        return [name for name in self.names if name in having]

    def _told(self, names: Sequence[str]) -> str:
        """All that is found of these requirements."""
        return "\n\n".join(
            self.judged.told(
                self.nodeid,
                name,
                tuple(o for o in self.found if o.requirement == name),
            )
            for name in names
        )

    def _say(self, verdict: Verdict) -> None:
        about = [requirement(name) for name in self.names]
        self.user_properties += [
            (VERDICT, verdict.value),
            ("requirement", ", ".join(each.id for each in about)),
            ("level", ", ".join(dict.fromkeys(each.level.value for each in about))),
            ("source", "; ".join(dict.fromkeys(each.source for each in about))),
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
        for place, names in placed(self.judged).items():
            module, _, name = place.rpartition("::")
            item = Requirement.from_parent(
                self, name=name, nodeid=f"{PREFIX}/{node_of(self.judged, place)}"
            )
            item.judged, item.module, item.names = self.judged, module, names
            item.extra_keyword_matches.add(module)
            for each in names:
                item.add_marker(pytest.mark.requirement(each))
            yield item


FUZZ = "fuzz"
"""What the node ids of operations begin with, after ours."""


def placed(judged: Judged) -> dict[str, tuple[str, ...]]:
    """The requirements of each item, by its module and name joined by "::"."""
    found: dict[str, tuple[str, ...]] = {}
    for module, name in dict.fromkeys(judged.planned()):
        place = f"{module}::{judged.operation(module) or name}"
        found[place] = (*found.get(place, ()), name)
    return found


def node_of(judged: Judged, place: str) -> str:
    """An item's node id, without what all of ours begin with."""
    module, _, name = place.rpartition("::")
    return f"{FUZZ}::{name}" if judged.operation(module) else place
