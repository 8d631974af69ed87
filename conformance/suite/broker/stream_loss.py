"""A broker's streams that are lost for a while are told so, and nothing is missed."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.losses import (
    TOLD_AS,
    Loss,
    back,
    ended_by_the_gateway,
    first_asked,
    is_of,
    losses,
    meanwhile,
    not_opened,
    opened,
    quoted,
    quotes,
    refilled,
    telling,
    told,
)
from conformance.judge.orders import shown
from conformance.judge.positions import holdings
from conformance.judge.venue import Booked, booked
from conformance.peers.engine.conduct import How
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.protocol.order_states import TERMINAL
from conformance.suite.check import check
from conformance.suite.loss_operation import (
    health_tells_of_the_loss,
    the_broker_has_its_name,
    the_connection_is_counted,
    the_status_agrees_with_the_stream,
)
from conformance.suite.stream_steps import SOON, begin, change_meanwhile, go_on, lose

__all__ = (
    "NEEDS",
    "health_tells_of_the_loss",
    "script",
    "the_broker_has_its_name",
    "the_connection_is_counted",
    "the_status_agrees_with_the_stream",
)

NEEDS = Needs(abilities=frozenset({Ability.STREAM}), seconds=60, environment=SOON)

LEAST_GAP = 0.5
"""The part of the time without streams that the told gap must cover at least."""

AT_MOST = 3
"""How often a Gateway may end a stream that it opened again: to renew both, say."""


async def script(strategy: Played) -> None:
    """Orders fill and end while no stream is granted."""
    begun = await begin(strategy)
    since = len(begun.stream.heard)
    await lose(strategy, begun.stream, How.RST, refused=503)
    await change_meanwhile(strategy, begun)
    strategy.venue.grant_streams()
    await go_on(strategy, begun, since, missed=True)


def _returns(transcript: Transcript, loss: Loss) -> list[tuple[Entry, dict[str, Json]]]:
    return told(transcript, "BROKER_RECONNECTED", loss.lost.number, loss.before)


@check("NET-10", occurs="the broker's streams were lost")
def loss_and_return_are_told(transcript: Transcript) -> Iterator[Observation]:
    for loss in losses(transcript):
        yield occurred(loss.lost)
        returns = _returns(transcript, loss)
        last = returns[0][0] if returns else None
        if loss.refused:
            last = loss.granted
        end = loss.before if last is None else last.number
        if not told(transcript, "BROKER_DISCONNECTED", loss.lost.number, end):
            yield finding(
                f"The broker's streams were lost ({loss.how}){_gone(loss)}; that the "
                "connection was lost was not told.",
                loss.lost,
            )
        yield from _return(transcript, loss, returns)


def _gone(loss: Loss) -> str:
    """For how long none was granted."""
    if loss.granted is None:
        return ""
    return f" and none was granted for {loss.granted.at - loss.lost.at:.1f} s"


def _return(
    transcript: Transcript, loss: Loss, returns: list[tuple[Entry, dict[str, Json]]]
) -> Iterator[Observation]:
    since = back(transcript, loss)
    if since is None:
        return
    yield occurred(since)
    if not returns:
        yield finding(
            f"The broker grants its streams again, and {len(opened(transcript, loss))} "
            "were opened; the return was not told.",
            loss.lost,
            since,
        )
        return
    entry, message = returns[0]
    gap = message.get("gap_duration_ms")
    least = (since.at - loss.lost.at) * 1000 * LEAST_GAP
    most = (entry.at - loss.lost.at) * 1000 + 1
    if not isinstance(gap, int) or not least <= gap <= most:
        yield finding(
            f"The broker's streams were away for {least / LEAST_GAP:.0f} ms and their "
            f"return was told {most:.0f} ms after the loss; the gap is told as {gap} "
            "ms.",
            loss.lost,
            since,
            entry,
        )


def missed(transcript: Transcript) -> Iterator[tuple[Loss, Booked]]:
    """What filled or ended while the streams were lost, all of which were opened again.

    Raises NotVerified where they were not: then nothing can have been made up for.
    """
    for loss in losses(transcript):
        if lacking := not_opened(transcript, loss):
            raise NotVerified(f"these were not opened again: {', '.join(lacking)}")
        for change in meanwhile(transcript, loss):
            yield loss, change


@check("NET-14", occurs="an order filled or ended while the streams were lost")
def what_was_missed_is_told(transcript: Transcript) -> Iterator[Observation]:
    for loss, change in missed(transcript):
        said = telling(transcript, change)
        yield occurred(change.entry, *(a.entry for a in said))
        if not said:
            yield finding(
                f"Order {change.order} was {change.what} at the broker while its "
                "streams were lost; the strategy's stream never told of it.",
                loss.lost,
                change.entry,
            )


@check("NET-12", occurs="orders were told before a loss of the streams and after it")
def a_return_tells_nothing_twice(transcript: Transcript) -> Iterator[Observation]:
    for loss in losses(transcript):
        if lacking := not_opened(transcript, loss):
            raise NotVerified(f"these were not opened again: {', '.join(lacking)}")
        ends = [c for c in booked(transcript) if c.what in TOLD_AS]
        heard = [a.entry.number for c in ends for a in telling(transcript, c)]
        lost = loss.lost.number
        if not heard or not min(heard) < lost < max(heard):
            continue  # Who tells of no order tells of none twice.
        yield occurred(loss.lost)
        for change in ends:
            said = telling(transcript, change)
            if len(said) > 1:
                yield finding(
                    f"{said[0].event} of order {change.order} was told {len(said)} "
                    "times over a loss of the broker's streams.",
                    change.entry,
                    *(a.entry for a in said),
                )


@check("NET-15", occurs="the return was told, and what had been missed")
def it_has_caught_up_when_it_says_so(transcript: Transcript) -> Iterator[Observation]:
    for loss, change in missed(transcript):
        returns = _returns(transcript, loss)
        said = telling(transcript, change)
        if not returns or not said:
            what = "what had been missed" if returns else "the return"
            raise NotVerified(f"{what} was not told")
        entry = returns[0][0]
        yield occurred(entry, said[0].entry)
        if said[0].entry.number > entry.number:
            yield finding(
                f"BROKER_RECONNECTED was told, and only then that order "
                f"{change.order} had been {change.what} while the streams were lost.",
                change.entry,
                entry,
                said[0].entry,
            )


def _looks(
    transcript: Transcript, change: Booked, after: Entry
) -> Iterator[tuple[Exchange, dict[str, Json]]]:
    """The answers that showed an order, asked for after an entry."""
    for look, row in shown(transcript):
        if look.request.number > after.number and is_of(row, change):
            yield look, row


@check("NET-16", occurs="the stream of prices was lost, and a quote came after it")
def staleness_is_told(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[0]
    for loss in losses(transcript):
        first = loss.lost.number
        if not any(e.number < first for e in quotes(transcript)):
            continue
        yield from _told_of(transcript, "STALE", symbol, loss, loss.lost)
        since = back(transcript, loss)
        after = loss.before if since is None else since.number
        fresh = [e for e in quotes(transcript) if after < e.number < loss.before]
        if not fresh:
            raise NotVerified("no quote was told after the return of the streams")
        yield from _told_of(transcript, "FRESH", symbol, loss, fresh[0])


def _told_of(
    transcript: Transcript, event: str, symbol: str, loss: Loss, why: Entry
) -> Iterator[Observation]:
    yield occurred(loss.lost, why)
    named = [
        message.get("symbols")
        for _, message in told(transcript, event, loss.lost.number, loss.before)
    ]
    if not any(isinstance(n, list) and symbol in n for n in named):
        since = "" if event == "STALE" else " and a quote came since"
        yield finding(
            f"The broker's stream of prices was lost ({loss.how}){since}; that the "
            f"data of {symbol} is {event} was not told.",
            loss.lost,
            why,
        )


@check("NET-18", occurs="the broker granted its streams again")
def everything_goes_on(transcript: Transcript) -> Iterator[Observation]:
    for loss in losses(transcript):
        since = loss.granted if loss.refused else loss.lost
        if since is None:
            continue
        yield occurred(since, *opened(transcript, loss))
        if lacking := not_opened(transcript, loss):
            waited = transcript.entries[-1].at - since.at
            yield finding(
                f"The broker's streams were lost ({loss.how}); for {waited:.1f} s "
                "they would have been granted. Not opened again were: "
                f"{', '.join(lacking)}.",
                loss.lost,
                since,
            )
            continue
        ended = ended_by_the_gateway(transcript, loss)
        if len(ended) > AT_MOST:
            yield finding(
                f"The broker granted its streams again; the Gateway opened "
                f"{len(opened(transcript, loss))} and ended {len(ended)} of them by "
                "itself.",
                since,
                *ended[:4],
            )
        yield from _what_came_then(transcript, loss)


def _what_came_then(transcript: Transcript, loss: Loss) -> Iterator[Observation]:
    for change in refilled(transcript, loss):
        # What a later question brings to light was not told by the broker's stream.
        asked_at = first_asked(transcript, change.entry)
        if not any(a.entry.number < asked_at for a in telling(transcript, change)):
            yield finding(
                f"Order {change.order} filled after the streams had been opened "
                "again; until it was asked for the strategy was told nothing of it.",
                loss.lost,
                change.entry,
            )
    for note, bid in quoted(transcript, loss):
        if not any(e.number > note.number for e in quotes(transcript)):
            yield finding(
                f"A quote with the bid {bid}, which the broker had after its streams "
                "were opened again, was not told; one before the loss was.",
                note,
            )


@check("NET-22", occurs="what filled without streams was asked for after it")
def what_filled_meanwhile_is_shown(transcript: Transcript) -> Iterator[Observation]:
    for loss, change in missed(transcript):
        since = back(transcript, loss)
        if since is None or change.what != "filled":
            continue
        for look, row in _looks(transcript, change, since):
            yield occurred(change.entry, look)
            if row.get("status") not in set(TERMINAL):
                yield finding(
                    f"Order {change.order} filled while the broker's streams were "
                    f"lost; after their return it is shown {row.get('status')}.",
                    change.entry,
                    look,
                )
    yield from _held(transcript)


def _held(transcript: Transcript) -> Iterator[Observation]:
    """The positions after the last loss against what the broker booked."""
    symbol = transcript.header.symbols[0]
    fills = list(booked(transcript, "filled"))
    found = {loss.lost.number: loss for loss, _ in missed(transcript)}
    for loss in found.values():
        for held in holdings(transcript, symbol):
            at = held.exchange.request.number
            if at < loss.lost.number:
                continue
            before = [f for f in fills if f.entry.number < at]
            filled = sum((f.number("fill") for f in before), Decimal(0))
            yield occurred(loss.lost, held.exchange)
            if held.quantity != filled:
                yield finding(
                    f"The broker bought {filled} {symbol}, some of it while its "
                    f"streams were lost; the positions show {held.quantity}.",
                    loss.lost,
                    held.exchange,
                )
