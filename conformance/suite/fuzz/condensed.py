"""Tells each cause once: by its shortest finding, and how many show it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import wraps

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding, Observation
from conformance.suite.check import Judgement


def condensed(judgement: Judgement) -> Judgement:
    """The same judgement, of findings that have one key only one."""

    @wraps(judgement)
    def judged(transcript: Transcript) -> Iterator[Observation]:
        alike: dict[str, list[Finding]] = {}
        for observation in judgement(transcript):
            if isinstance(observation, Finding) and observation.key is not None:
                alike.setdefault(observation.key, []).append(observation)
            else:
                yield observation
        for found in alike.values():
            shortest = min(found, key=lambda finding: len(finding.sentence))
            more = f" {len(found)} show it." if len(found) > 1 else ""
            yield replace(shortest, sentence=shortest.sentence + more)

    return judged
