"""Warns of a run that took place and yet showed little: a green that is hollow."""

from collections.abc import Iterator, Sequence

from conformance.judge.capabilities import on_a_gateway
from conformance.judge.record import RunRecord
from conformance.judge.session.model import SessionFacts
from conformance.judge.traffic import Traffic, traffic
from conformance.judge.verdict import Verdict
from conformance.readiness.backing import (
    HollowWarning,
)
from conformance.readiness.dossier import Run
from conformance.readiness.model import (
    RequirementStanding,
)

FEW = 10
"""Fewer answers than this are no sign of anything."""

MOST = 0.9
"""The share of answers from which on they all are refused, in effect."""

REFUSED = {
    401: "Give the key: --gateway-key-file FILE, or GATEWAY_API_KEY.",
    403: "Ask for the rights that trading takes: an allow-list, or another key.",
    429: "Ask for a higher limit, or run fewer scripts at a time.",
}
"""What says that nobody was let in, and what to do."""

BROKEN = "Mend the Gateway or its upstream first: its log says what failed."


def hollow_warnings(
    runs: Sequence[Run],
    sessions: Sequence[SessionFacts],
    requirements: Sequence[RequirementStanding],
) -> tuple[HollowWarning, ...]:
    """Every sign, run by run and session by session; then what was not verified."""
    alone = len(runs) == 1 and not sessions
    found = [
        w for run in runs for w in _of_run(run.record, "" if alone else run.folder)
    ]
    found += [w for session in sessions for w in _of_session(session)]
    # A run that ended early says why, and that it showed nothing.
    if any(run.record.error is None for run in runs) or not runs:
        found.extend(_mostly_open(requirements))
    return tuple(found)


def _of_run(record: RunRecord, where: str) -> Iterator[HollowWarning]:
    whole = traffic(record.transcripts)
    if not whole.said:
        if record.error is None and not record.interrupted:
            yield HollowWarning(
                "nothing traced",
                where,
                "Nothing was traced: not one request, answer or message was seen.",
                "Does the subject speak to the address that it was given?",
            )
        return
    played = [t for t in record.transcripts if on_a_gateway(t)]
    if played:
        yield from _of_gateway(record, traffic(played), where)
    if record.subject.kind in ("strategy", "pair"):
        yield from _of_strategy(record, where)


def _of_gateway(
    record: RunRecord, found: Traffic, where: str
) -> Iterator[HollowWarning]:
    yield from _refused(found, where)
    if found.closed:
        yield HollowWarning(
            "market closed",
            where,
            f"The market was closed: MARKET_CLOSED was told {_times(found.closed)}.",
            "Run it while the market is open.",
        )
    # A part of the suite may need no order, or no fill.
    if record.partial or record.subject.kind == "pair":
        return
    if not found.orders:
        yield HollowWarning(
            "no order",
            where,
            "No order was sent: nothing about orders was shown.",
            "Let the run trade, on a paper platform: `conformance doctor` says how.",
        )
    elif not found.fills:
        yield _no_fill(found.orders, found.accepted, where)


def _refused(found: Traffic, where: str) -> Iterator[HollowWarning]:
    total = found.answers.total()
    for status, count in found.answers.most_common(1):
        if (
            total >= FEW
            and count >= MOST * total
            and (status in REFUSED or status > 499)
        ):
            yield HollowWarning(
                "answers refused",
                where,
                f"{count} of {total} answers were {status}.",
                REFUSED.get(status, BROKEN),
            )


def _no_fill(orders: int, accepted: int, where: str) -> HollowWarning:
    return HollowWarning(
        "no fill",
        where,
        f"No fill ever happened: {orders} orders were sent, {accepted} accepted.",
        "Is the market open, and are there prices for these symbols?",
    )


def _of_strategy(record: RunRecord, where: str) -> Iterator[HollowWarning]:
    """What the strategy itself did: the scripts of a pair on a Gateway are its too."""
    mine = [t for t in record.transcripts if _by_a_strategy(t.header.script)]
    found = traffic(mine)
    if not mine:
        return
    if not found.orders:
        yield HollowWarning(
            "no order",
            where,
            "The strategy never traded: it sent no order in any script.",
            "Say in its profile what makes it trade: path, symbols, timeframe.",
        )
    elif not found.fills and not record.partial:
        yield _no_fill(found.orders, found.accepted, where)


def _by_a_strategy(script: str) -> bool:
    return script.startswith(("strategy-", "pair-"))


def _of_session(session: SessionFacts) -> Iterator[HollowWarning]:
    counts = session.numbers.orders
    if not session.entries:
        yield HollowWarning(
            "nothing traced",
            session.name,
            f"Nothing was traced in session {session.name}.",
            "Does the strategy speak to the tap's address, not to the Gateway's?",
        )
    elif not counts.submitted:
        yield HollowWarning(
            "no order",
            session.name,
            f"The strategy never traded in session {session.name}.",
            "Record for longer, or while its market moves.",
        )
    elif not session.numbers.fills:
        yield _no_fill(counts.submitted, counts.accepted, session.name)


def _mostly_open(
    requirements: Sequence[RequirementStanding],
) -> Iterator[HollowWarning]:
    planned = [r for r in requirements if r.planned and not r.excluded]
    open_ = [r for r in planned if r.verdict is Verdict.NOT_VERIFIED]
    if len(open_) * 2 > len(planned):
        yield HollowWarning(
            "not verified",
            "",
            f"{len(open_)} of the {len(planned)} requirements that the run was to "
            "decide are not verified.",
            "What would verify each stands under what is not proven.",
        )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
