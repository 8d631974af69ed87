"""The account and its positions are told as the venue's books have them."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.accounts import LOOK, accounts_shown
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked, messages_of_type, number
from conformance.judge.venue import booked, frames
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(engine=True, own=True)

WARNINGS = ("margin_warning", "margin_call")


async def script(strategy: Played) -> None:
    """Opens, enlarges and closes a position; looks at the account at each stage."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    await _look(strategy, "flat")
    await strategy.bought(stream, "10")
    await strategy.bought(stream, "5")
    engine.candle(strategy.symbol, "105")
    await _look(strategy, "held")
    await strategy.bought(stream, "15", "SELL")
    await _look(strategy, "closed")
    last = [engine.account_event(event) for event in WARNINGS][-1]
    await strategy.told(stream, last)


async def _look(strategy: Played, when: str) -> None:
    strategy.note(LOOK, f"the account while {when}", when=when)
    await strategy.get("/v1/account")
    await strategy.get(f"/v1/positions?symbol={strategy.symbol}")


@check("LED-71", occurs="the account was shown while positions were held at a profit")
def unrealized_is_the_sum(transcript: Transcript) -> Iterator[Observation]:
    look = accounts_shown(transcript).get("held")
    for listed in asked(transcript, "GET", "v1", "positions"):
        if look is None or not isinstance(listed.body, list):
            continue
        if listed.request.number < look[0].request.number or listed.status != 200:
            continue
        parts = [number(row, "unrealized_pnl") for row in listed.body]
        told = number(look[1], "unrealized_pnl")
        total = sum((part or Decimal(0) for part in parts), Decimal(0))
        if told is None or not parts:
            return
        yield occurred(look[0], listed)
        if told != total:
            yield finding(
                f"The account has an unrealized_pnl of {told}; its positions' add up "
                f"to {total}.",
                look[0],
                listed,
            )
        return


@check("LED-72", occurs="a position was opened and closed at another price")
def the_account_moves(transcript: Transcript) -> Iterator[Observation]:
    looks = accounts_shown(transcript)
    if "flat" not in looks or "closed" not in looks or not _fills(transcript):
        return
    (before, first), (after, last) = looks["flat"], looks["closed"]
    yield occurred(before, after)
    if number(first, "balance") == number(last, "balance"):
        yield finding(
            f"A position was opened at 100 and closed at 105; the balance was "
            f"{first.get('balance')} before and is the same after.",
            before,
            after,
        )


def _fills(transcript: Transcript) -> Decimal:
    return sum((b.number("fill") for b in booked(transcript, "filled")), Decimal(0))


@check("LED-73", occurs="the account was shown before, with and after a position")
def margin_is_used_while_it_is_held(transcript: Transcript) -> Iterator[Observation]:
    looks = accounts_shown(transcript)
    if len(looks) < 3 or not _fills(transcript):
        return
    used = {when: number(row, "margin_used") for when, (_, row) in looks.items()}
    flat, held, closed = used["flat"], used["held"], used["closed"]
    if flat is None or held is None or closed is None:
        return
    yield occurred(*(look for look, _ in looks.values()))
    if held <= flat or closed != flat:
        yield finding(
            f"The margin in use was {flat} before a position, {held} with it and "
            f"{closed} after it.",
            *(look for look, _ in looks.values()),
        )


@check("LED-74", occurs="a position was opened and closed at another price")
def profit_and_commission_are_the_change(
    transcript: Transcript,
) -> Iterator[Observation]:
    looks = accounts_shown(transcript)
    if "flat" not in looks or "closed" not in looks or not _fills(transcript):
        return
    worth = commission = Decimal(0)
    for change in booked(transcript, "filled"):
        sign = -1 if change.entry.data["side"] == "BUY" else 1
        worth += sign * change.number("fill") * change.number("price")
        commission += change.number("commission")
    (before, first), (after, last) = looks["flat"], looks["closed"]
    start, end = number(first, "balance"), number(last, "balance")
    if start is None or end is None:
        return
    yield occurred(before, after)
    if end - start != worth - commission:
        yield finding(
            f"The trades made {worth} and cost {commission} of commission; the "
            f"balance changed by {end - start}.",
            before,
            after,
        )


@check("LED-84", occurs="the venue opened, changed and closed a position")
def positions_open_change_and_close(transcript: Transcript) -> Iterator[Observation]:
    venue = list(frames(transcript, kind="position"))
    told = list(messages_of_type(transcript, "position"))
    wanted = ["POSITION_OPENED", "POSITION_MODIFIED", "POSITION_CLOSED"]
    if len(venue) < len(wanted):
        return
    yield occurred(*(f.entry for f in venue), *(entry for entry, _ in told))
    events = [str(message.get("event")) for _, message in told]
    if events != wanted:
        yield finding(
            f"A position was opened, enlarged and closed; the strategy was told "
            f"{', '.join(events) or 'nothing'}.",
            *(entry for entry, _ in told),
            cause="Is every event of a position told as its change?",
        )


@check("REJ-15", occurs="the venue warned of the margin, and called it")
def margin_events_keep_their_kind(transcript: Transcript) -> Iterator[Observation]:
    told = {
        message.get("event_id"): (entry, message)
        for entry, message in messages_of_type(transcript, "account")
    }
    for frame in frames(transcript, kind="account"):
        event = frame.message["event"]
        if event not in WARNINGS:
            continue
        found = told.get(frame.event_id)
        yield occurred(frame.entry)
        if found is None:
            yield finding(f"The venue told {event}; nobody heard it.", frame.entry)
            continue
        entry, message = found
        if message.get("event") != event.upper():
            yield finding(
                f"The venue told {event}; the strategy was told "
                f"{message.get('event')}.",
                frame.entry,
                entry,
                cause="Is the kind of the event dropped?",
            )
        account, values = message.get("account"), frame.message["account"]
        for name in ("balance", "equity", "margin_used", "margin_available"):
            here = number(account, name) if isinstance(account, dict) else None
            if here is not None and here != Decimal(values[name]):
                yield finding(
                    f"The venue told {event} with the {name} {values[name]}; the "
                    f"strategy was told {here}.",
                    frame.entry,
                    entry,
                )
