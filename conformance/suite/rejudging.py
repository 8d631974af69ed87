"""Judges transcripts that were recorded before, as the run judged them that day."""

from collections.abc import Sequence

from conformance.evidence.transcript import Transcript
from conformance.judge.verdict import Outcome
from conformance.suite.check import Suite, SuiteModule
from conformance.suite.runner import faulted, join_takes, judge, judge_invariants


def judged_again(
    suite: Suite, transcripts: Sequence[Transcript]
) -> tuple[Outcome, ...]:
    """What the checks of every script that has a transcript say, and the invariants.

    Transcripts of no script of the suite, the doctor's say, are judged by no check.
    """
    scripts = {module.name: module for module in suite.modules if module.scene}
    known = [t for t in transcripts if t.header.script in scripts]
    outcomes: list[Outcome] = []
    for name, module in scripts.items():
        takes = sorted(
            (t for t in known if t.header.script == name), key=lambda t: t.header.take
        )
        outcomes.extend(_judged(module, takes))
    checks = (c for module in suite.modules if not module.scene for c in module.checks)
    outcomes.extend(_judged(SuiteModule("", "", None, tuple(checks)), known))
    return tuple(outcomes)


def _judged(
    module: SuiteModule, transcripts: Sequence[Transcript]
) -> tuple[Outcome, ...]:
    try:
        if module.scene is None:
            return judge_invariants(module.checks, transcripts)
        return join_takes([judge(module, take) for take in transcripts])
    except Exception as error:  # noqa: BLE001 - a check of ours failed
        return faulted(module, repr(error))
