"""How a strategy acknowledges the events of a backtest."""

from collections.abc import Iterator

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.exchange import message_of
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Run, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds(trades=False)

WINDOW = 5.0
"""Seconds that the Engine waits for an acknowledgement (strategy-duties.md, B5)."""

HOLD = 0.05
"""Seconds between the last acknowledgement of a bar and the next bar: what it does
after it acknowledged shows."""

LAST_SECONDS = 8.0
"""How long it may take to end once the backtest is over."""

LATE_SECONDS = 3.0
"""How much later the first acknowledgement may come to be told late, and not none."""

RUN, BROKEN_OFF = "backtest-", "broken-off-"
COMPLETE = "backtest_complete"


async def script(strategy: Encounter) -> None:
    """A whole backtest, and one whose end has no id: the Gateway made it up."""
    await strategy.side_by_side(whole(strategy), broken_off(strategy))


async def broken_off(strategy: Encounter) -> None:
    """The Engine is gone, and the Gateway tells the end in its stead."""
    async with strategy.gateway(Terms(paced=True), run=BROKEN_OFF) as gateway:
        await gateway.feed()
        if not await gateway.wait(lambda: gateway.stream.acks > 0, LATE_SECONDS):
            return
        gateway.note("over", "the backtest is broken off")
        gateway.tell_plain({"type": COMPLETE})
        await gateway.rested()
        gateway.stream.end(1000)
        await gateway.gone(LAST_SECONDS)
        gateway.note("waited", "it had time to end")


async def whole(strategy: Encounter) -> None:
    """Two turns, events that it cannot use, and the end."""
    async with strategy.gateway(Terms(paced=True, hold=HOLD), run=RUN) as gateway:
        await gateway.feed()
        if not await gateway.wait(lambda: gateway.stream.acks > 0, LATE_SECONDS):
            # It acknowledges nothing: each further bar would take five seconds.
            return
        await gateway.until(
            lambda: len(gateway.exits()) > 1 or len(gateway.missed) > 1,
            2 * gateway.footing.patience,
        )
        await unusable(gateway)
        await gateway.feed(2)
        await end(gateway)


async def unusable(gateway: PlayedGateway) -> None:
    """Events that it cannot use, each with an id."""
    market = gateway.market
    broken = market.bar_json(market.bar(market.next - 1))
    del broken["close"]
    gateway.tell({"type": "candle", "bar": broken}, deliberate=True)
    await gateway.digested()
    gateway.tell({"type": "weather", "wind": "east"}, deliberate=True)
    await gateway.digested()


async def end(gateway: PlayedGateway) -> None:
    """The end of the backtest, and time to end and to come again."""
    gateway.note("over", "the backtest is over")
    gateway.tell({"type": COMPLETE})
    await gateway.digested()
    gateway.stream.end(1000)
    await gateway.gone(LAST_SECONDS)
    gateway.note("waited", "it had time to end")


def acknowledged(run: Run) -> dict[str, list[Entry]]:
    """Where each event id was acknowledged."""
    found: dict[str, list[Entry]] = {}
    for entry, ids in run.acks:
        for event_id in ids:
            found.setdefault(event_id, []).append(entry)
    return found


@check("DUT-30", occurs="an event with an id was told")
def every_event_is_acknowledged(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        acks = acknowledged(run)
        for entry, event_id in run.identified:
            if entry.data["deliberate"] or kind(entry) == COMPLETE:
                continue
            yield occurred(entry, *acks.get(event_id, ())[:1])
            if event_id not in acks:
                yield finding(
                    f"The event {event_id} ({kind(entry)}) was never acknowledged; "
                    f"{len(acks)} of {len(run.identified)} ids were.",
                    entry,
                    cause="Are acknowledgements sent at all, and with the event's id?",
                    key="unacknowledged",
                )


@check("DUT-33", occurs="an acknowledgement named an id")
def only_what_was_sent_is_acknowledged(
    transcript: Transcript,
) -> Iterator[Observation]:
    for run in runs(transcript):
        sent = {event_id for _, event_id in run.identified}
        seen: set[str] = set()
        for entry, ids in run.acks:
            for event_id in ids:
                yield occurred(entry)
                if event_id not in sent:
                    yield finding(
                        f"It acknowledged {event_id}, which it was never sent.",
                        entry,
                        cause="Is something else taken for the event's id?",
                        key="unknown-id",
                    )
                elif event_id in seen:
                    yield finding(
                        f"It acknowledged {event_id} twice.", entry, key="twice"
                    )
                seen.add(event_id)


@check("DUT-31", occurs="an order was asked for in a paced run")
def it_acts_before_it_acknowledges(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        for asked in run.asked:
            told = [e for e, _ in run.identified if e.number < asked.number]
            open_ = unanswered(run, asked.number)
            if not told or not run.acks:
                continue
            yield occurred(told[-1], asked.exchange)
            if not open_:
                yield finding(
                    f"It asked for {asked.told()} {asked.at - told[-1].at:.3f} s after "
                    f"the last event, when it had acknowledged everything: time had "
                    f"gone on without the order.",
                    told[-1],
                    asked.exchange,
                    cause="Is the acknowledgement sent before the work is done?",
                    key="early",
                )


def unanswered(run: Run, number: int) -> set[str]:
    """The event ids that were sent and not acknowledged before an entry."""
    open_ = {i for entry, i in run.identified if entry.number < number}
    for entry, ids in run.acks:
        if entry.number < number:
            open_.difference_update(ids)
    return open_


@check("DUT-32", occurs="a bar was acknowledged while an order was unfilled")
def no_acknowledgement_waits_for_a_fill(
    transcript: Transcript,
) -> Iterator[Observation]:
    for run in runs(transcript):
        for change in run.changes:
            if change.what != "accepted" or not run.acks:
                continue
            for entry in after(run, change.number):
                if entry.kind is Kind.NOTE:
                    yield finding(
                        f"Nothing was acknowledged for {WINDOW:g} s once it had asked "
                        f"for order {change.order}, which fills with the next bar.",
                        change.entry,
                        entry,
                        cause="Does it wait for the fill before it acknowledges?",
                        key="waits-for-fill",
                    )
                else:
                    yield occurred(change.entry, entry)


def after(run: Run, number: int) -> Iterator[Entry]:
    """The first acknowledgement after an entry, or the note that none came."""
    acks = {entry.number for entry, _ in run.acks}
    for entry in run.entries:
        missed = entry.kind is Kind.NOTE and entry.data.get("name") == "unacknowledged"
        if entry.number > number and (missed or entry.number in acks):
            yield entry
            return


@check("DUT-34", occurs="an event that cannot be used was told, with an id")
def what_it_cannot_use_is_acknowledged(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        acks = acknowledged(run)
        for entry, event_id in run.identified:
            if not entry.data["deliberate"] or not acks:
                continue
            yield occurred(entry, *acks.get(event_id, ())[:1])
            if event_id not in acks:
                yield finding(
                    f"The event {event_id} ({kind(entry)}), which it could not use, "
                    f"was never acknowledged: a backtest stands still there.",
                    entry,
                    cause="Is an event that fails dropped before it is acknowledged?",
                    key="unusable",
                )


@check("DUT-35", occurs="an event was acknowledged")
def acknowledgements_come_in_time(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        acks = acknowledged(run)
        for entry, event_id in run.identified:
            for ack in acks.get(event_id, ())[:1]:
                yield occurred(entry, ack)
                if ack.at - entry.at > WINDOW:
                    yield finding(
                        f"The event {event_id} was acknowledged after "
                        f"{ack.at - entry.at:.1f} s.",
                        entry,
                        ack,
                        cause="Is something slow done before the acknowledgement?",
                        key="late",
                    )


@check("DUT-36", occurs="the end of a backtest was told")
def the_end_of_a_backtest_ends_it(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        over, waited = run.note("over"), run.note("waited")
        if over is None or waited is None:
            continue
        exited = [e for e in run.process("exited") if e.number < waited.number]
        yield occurred(over, *exited)
        for knock in run.knocks:
            if knock.number > over.number:
                yield finding(
                    "It connected again after the end of the backtest.",
                    over,
                    knock,
                    cause="Is the end taken for a lost connection?",
                    key="again",
                )
                break
        if not exited:
            yield finding(
                f"It still ran {LAST_SECONDS:g} s after the end of the backtest.",
                over,
                waited,
                key="runs-on",
            )
        elif exited[0].data["status"] != 0:
            yield finding(
                f"It ended with status {exited[0].data['status']}.", over, exited[0]
            )


def kind(entry: Entry) -> str:
    """The type of a message."""
    message = message_of(entry)
    return str(message.get("type")) if isinstance(message, dict) else "no object"
