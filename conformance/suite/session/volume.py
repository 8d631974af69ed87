"""How much a session shows: on what it was traded, how often, for how long."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.session.model import SessionFacts
from conformance.protocol.instants import instant_of
from conformance.spec.platforms import Mode, platform_of
from conformance.suite.session.check import BROKERS, PAPER, Evidence, session_check

ENOUGH = 30
WEEK = timedelta(days=7)
DAYS = 5
"""Different days with something traded or told in a week."""


@session_check(
    "SES-10", occurs="a round trip was made on paper", kinds=PAPER, exists=True
)
def thirty_round_trips(evidence: Evidence) -> Iterator[Observation]:
    trips = evidence.facts.numbers.counted_round_trips
    yield occurred()
    if len(trips) < ENOUGH:
        scripted = len(evidence.facts.numbers.round_trips) - len(trips)
        beside = f", {scripted} with orders of the suite's own not counted"
        yield finding(
            f"There are {len(trips)} round trips of {ENOUGH}"
            f"{beside if scripted else ''}.",
            cause="Is it still being recorded?",
        )


@session_check("SES-11", occurs="an order was filled", kinds=PAPER, exists=True)
def it_was_traded_on_paper(evidence: Evidence) -> Iterator[Observation]:
    story = evidence.story
    if not story.orders.fills:
        return
    first = next(o for o in story.orders.all if o.fill_count)
    yield occurred(first.entry)
    for name, entry in story.prices.providers.items():
        known = platform_of(name)
        if known is not None and known.mode is Mode.SIMULATED:
            yield finding(
                f"/health names {', '.join(evidence.facts.platforms)}; the prices "
                f"come from {name}, a simulation.",
                entry,
            )
    if evidence.facts.reference:
        yield finding(
            "The Gateway is the suite's own reference Gateway under a paper "
            "platform's name: its fills are made up.",
            first.entry,
        )


@session_check("SES-25", occurs="a symbol was traded on paper", kinds=BROKERS)
def a_week_of_the_full_universe(evidence: Evidence) -> Iterator[Observation]:
    wanted = frozenset(evidence.profile.symbols)
    if not wanted:
        raise NotVerified("declare symbols in the profile: what the full universe is")
    sessions = [f for f in (evidence.facts, *evidence.others) if f.kind in BROKERS]
    traded = {s.symbol for f in sessions for s in f.numbers.symbols if s.fills}
    if missing := sorted(wanted - traded):
        raise NotVerified(f"nothing was traded of {', '.join(missing)}")
    began = min(instant_of(f.started) for f in sessions)
    ended = max(instant_of(f.ended) for f in sessions)
    days = min(sum(f.numbers.market_days for f in sessions), len(_dates(sessions)))
    yield occurred()
    if ended - began < WEEK or days < DAYS:
        span = (ended - began) / timedelta(days=1)
        yield finding(
            f"The sessions of all {len(wanted)} symbols span {span:.1f} days, with a "
            f"market on {days} of them; a week with {DAYS} is asked for."
        )


def _dates(sessions: Sequence[SessionFacts]) -> set[date]:
    """The days on which anything was recorded: two sessions of one day are one."""
    spans = [
        (instant_of(f.started).date(), instant_of(f.ended).date()) for f in sessions
    ]
    return {
        began + timedelta(days=number)
        for began, ended in spans
        for number in range((ended - began).days + 1)
    }
