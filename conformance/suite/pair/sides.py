"""Who of a pair did what: each side is judged by what it did, and by no more."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import TypeAlias

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.exchange import exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import (
    Finding,
    NotApplicable,
    NotVerified,
    Observation,
)
from conformance.judge.pair import died, kept_back, of_run, sent_again
from conformance.judge.strategy.runs import Run, runs
from conformance.peers.pair.gateway import ACK_KEPT, NOT_PASSED_ON
from conformance.peers.strategy.stage import LACKING
from conformance.suite.check import Judgement

Side: TypeAlias = Callable[[Judgement], Judgement]

KEPT_BACK = {
    NOT_PASSED_ON: "did not pass on the events",
    ACK_KEPT: "did not pass on the acknowledgements of",
}
"""Notes of what the Gateway failed to do, and how they are told."""


def the_strategy(function: Judgement) -> Judgement:
    """The check of a duty: what the Gateway did wrong is no fault of the strategy's."""

    @wraps(function)
    def judged(transcript: Transcript) -> Iterator[Observation]:
        _refuse_lacking(transcript)
        spoiled = {run.name: why for run in runs(transcript) if (why := spoils(run))}
        seen = False
        for observation in function(_without(transcript, frozenset(spoiled))):
            seen = True
            yield _named(observation, "strategy")
        if spoiled and not seen:
            name, why = next(iter(spoiled.items()))
            raise NotVerified(f"the Gateway {why} ({name[:-1]})")

    return judged


def the_gateway(function: Judgement) -> Judgement:
    """The check of a Gateway's requirement, on each Gateway of the transcript."""

    @wraps(function)
    def judged(transcript: Transcript) -> Iterator[Observation]:
        _refuse_lacking(transcript)
        seen, reason = False, None
        for part in parts(transcript):
            try:
                for observation in function(part):
                    seen = True
                    yield _named(observation, "Gateway")
            except (NotVerified, NotApplicable) as nothing:
                reason = nothing
        if reason is not None and not seen:
            raise reason

    return judged


def unseen(reason: str) -> Judgement:
    """The check of what no script of a pair can show."""

    def not_in_a_pair(transcript: Transcript) -> Iterator[Observation]:
        if reason:
            raise NotVerified(reason)
        yield from ()

    return not_in_a_pair


def _named(observation: Observation, side: str) -> Observation:
    if not isinstance(observation, Finding):
        return observation
    return replace(observation, sentence=f"({side}) {observation.sentence}")


def _refuse_lacking(transcript: Transcript) -> None:
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == LACKING:
            raise NotVerified(str(entry.data["text"]))


# --- the strategy's part ---


def spoils(run: Run) -> str:
    """What the Gateway did in a run, so that it shows nothing of the strategy."""
    part = of_run(run.transcript, run.entries)
    if died(part) is not None:
        return "had died"
    for name, what in KEPT_BACK.items():
        for _, events in kept_back(part, name):
            return f"{what} {', '.join(events[:3])}"
    for again in sent_again(part):
        return f"sent an order {again.told}"
    return ""


def _without(transcript: Transcript, spoiled: frozenset[str]) -> Transcript:
    """The transcript without these runs."""
    if not spoiled:
        return transcript
    key = ("without", spoiled)
    if key not in transcript.memo:
        kept = tuple(e for e in transcript.entries if run_of(e) not in spoiled)
        transcript.memo[key] = replace(transcript, entries=kept)
    found = transcript.memo[key]
    assert isinstance(found, Transcript)
    return found


# --- the Gateway's part ---


def parts(transcript: Transcript) -> tuple[Transcript, ...]:
    """What each Gateway of a transcript was asked and said, and nothing of ours."""
    found: tuple[Transcript, ...] | None = transcript.memo.get("parts")
    if found is None:
        ours = frozenset(_ours(transcript))
        by_run: dict[str, list[Entry]] = {}
        for entry in transcript.entries:
            name = run_of(entry)
            strategys = entry.kind in (Kind.PROCESS, Kind.LOG)
            if name is None or (strategys and entry.party is Party.STRATEGY):
                continue
            if entry.number not in ours:
                by_run.setdefault(name, []).append(entry)
        rows = by_run.values()
        found = tuple(replace(transcript, entries=tuple(r)) for r in rows)
        transcript.memo["parts"] = found
    return found


def _ours(transcript: Transcript) -> Iterator[int]:
    """The entries of requests that we answered, or whose answer we kept."""
    for exchange in exchanges(transcript):
        answer, lost = exchange.response, exchange.lost
        deliberate = answer is not None and answer.data.get("deliberate")
        cut = lost is not None and "gateway" not in str(lost.data.get("detail"))
        if deliberate or cut:
            yield from exchange.numbers
    for entry in transcript.of_kind(Kind.REFUSED):
        if entry.data["status"] is None or entry.data["status"] == 503:
            yield entry.number


def run_of(entry: Entry) -> str | None:
    """The run that an entry belongs to."""
    if "run" in entry.data:
        return str(entry.data["run"])
    facts = entry.data.get("facts")
    return str(facts["run"]) if isinstance(facts, dict) and "run" in facts else None
