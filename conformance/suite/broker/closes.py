"""A close is told done where the broker did it, and does no more than it was told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.at_broker import CANCELLED
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.noted import noted
from conformance.judge.positions import holdings
from conformance.judge.standing import held
from conformance.judge.venue import calls_during
from conformance.peers.engine.conduct import Conduct, Cut, How, Status, When
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import CLOSING
from conformance.suite.broker_orders import position_shown, traded
from conformance.suite.check import check
from conformance.suite.exit_steps import position_path
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(start=False, symbols=2, seconds=60)

BOUGHT, PART = "5", "2"
CLOSE = "close"
"""The name of the note before a close."""

PARTLY, WHOLLY, ALL = "a part of it", "the whole", "all positions"
REFUSED, ONE_REFUSED = "its broker refused it", "all positions, one refused"
FAULT, LOST = "its broker answered 503", "the answer was lost"
DONE = (PARTLY, WHOLLY, ALL)
PARTS = (PARTLY, FAULT, LOST)
FAULTS: Mapping[str, Conduct] = {
    FAULT: Status(503, "{}"),
    LOST: Cut(When.ACCEPTED, How.RST),
}

OVER = (*CANCELLED, "REJECTED", "EXPIRED")


async def script(strategy: Played) -> None:
    """Closes positions in part, whole, all at once; and where the broker will not."""
    one, other = strategy.symbols
    await strategy.start()
    await _bought(strategy, one)
    await _close(strategy, PARTLY, one, {"quantity": PART})
    await _close(strategy, WHOLLY, one)
    await _bought(strategy, one, other)
    await _close_all(strategy, ALL)
    await strategy.start()
    await _bought(strategy, one, other)
    for case, conduct in FAULTS.items():
        await _met(strategy, case, other, conduct)
        await strategy.start()
    strategy.venue.keep_open(one)
    await _close(strategy, REFUSED, one)
    strategy.venue.keep_open(one)
    await _close_all(strategy, ONE_REFUSED)


async def _met(strategy: Played, case: str, symbol: str, conduct: Conduct) -> None:
    for operation in CLOSING:
        strategy.venue.always(operation, conduct)
    await _close(strategy, case, symbol, {"quantity": PART})
    strategy.venue.plainly()


async def _bought(strategy: Played, *symbols: str) -> None:
    """Has so much of each on the broker's books."""
    for symbol in symbols:
        await traded(strategy, symbol, BOUGHT)


async def _close(
    strategy: Played, case: str, symbol: str, body: Json | None = None
) -> None:
    """Closes the position of a symbol; StepFailed where none is shown."""
    shown = await position_shown(strategy, symbol)
    strategy.note(CLOSE, f"a close: {case}", case=case, symbol=symbol)
    await strategy.request("DELETE", position_path(shown), json=body or {})
    await strategy.get("/v1/positions")


async def _close_all(strategy: Played, case: str) -> None:
    strategy.note(CLOSE, f"a close: {case}", case=case, symbol="")
    await strategy.delete("/v1/positions")
    await strategy.get("/v1/positions")


@dataclass(frozen=True, slots=True)
class Close:
    """One DELETE of positions, and what the broker held before and after it."""

    case: str
    exchange: Exchange
    symbol: str
    before: Decimal
    after: Decimal

    @property
    def closed(self) -> Decimal:
        """How much went."""
        return self.before - self.after

    @property
    def well(self) -> bool:
        """Whether it is told done, or under way."""
        body = self.exchange.body
        rows = body if isinstance(body, list) else [body]
        over = [r for r in rows if isinstance(r, dict) and r.get("status") in OVER]
        return 200 <= (self.exchange.status or 0) < 300 and not over

    @property
    def told(self) -> str:
        what = f"{PART} of the {self.before}" if self.case in PARTS else "all"
        return (
            f"{what} that the broker held of {self.symbol} was to be closed "
            f"({self.case}); it was answered with {self.exchange.status}"
        )


def _closes(transcript: Transcript, *cases: str) -> Iterator[Close]:
    """The closes of these cases that came to the broker; one a symbol held by then."""
    for facts, exchange, end in _closed(transcript):
        sent = calls_during(transcript, exchange, *CLOSING)
        if facts["case"] in cases and exchange.status is not None and sent:
            yield from _of(transcript, facts, exchange, end)


def _closed(transcript: Transcript) -> Iterator[tuple[Json, Exchange, int]]:
    """Each note of a close, its DELETE, and where the look after it ended."""
    facts: Json = None
    delete: Exchange | None = None
    noted_facts = {n.number: n.data["facts"] for n in noted(transcript, CLOSE)}
    for exchange in exchanges(transcript):
        if exchange.method == "DELETE":
            before = [n for n in noted_facts if n < exchange.request.number]
            facts, delete = noted_facts[max(before)], exchange
        elif delete is not None and exchange.method == "GET":
            yield facts, delete, exchange.numbers[-1]
            delete = None


def _of(
    transcript: Transcript, facts: dict[str, Json], exchange: Exchange, end: int
) -> Iterator[Close]:
    for symbol in transcript.header.symbols:
        if facts["symbol"] not in ("", symbol):
            continue
        before = held(transcript, symbol, exchange.request.number)
        after = held(transcript, symbol, end)
        if before:
            yield Close(facts["case"], exchange, symbol, before, after)


@check("BRO-54", occurs="the broker closed what was to be closed")
def what_was_closed_is_told(transcript: Transcript) -> Iterator[Observation]:
    for each in _closes(transcript, *DONE):
        if not each.closed:
            continue
        yield occurred(each.exchange)
        if not each.well:
            yield finding(
                f"{each.told} {each.exchange.body}, and the broker closed it.",
                each.exchange,
            )


@check("BRO-55", occurs="the broker did not close what was to be closed")
def what_was_not_closed_is_not_told_so(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in _closes(transcript, REFUSED, FAULT):
        if each.closed:
            continue
        yield occurred(each.exchange)
        if each.well:
            yield finding(
                f"{each.told} {each.exchange.body}, and the broker has it still.",
                each.exchange,
            )
        for shown in holdings(transcript, each.symbol):
            later = each.exchange.request.number < shown.exchange.request.number
            if later and shown.quantity != each.before:
                yield finding(
                    f"The broker did not close its {each.before} {each.symbol} "
                    f"({each.case}); {shown.quantity} are shown.",
                    each.exchange,
                    shown.exchange,
                )
            if later:
                break


@check("EXI-51", occurs="a part of a position was closed at the broker")
def a_part_is_closed_and_no_more(transcript: Transcript) -> Iterator[Observation]:
    for each in _closes(transcript, PARTLY):
        yield occurred(each.exchange)
        if each.closed != Decimal(PART):
            yield finding(
                f"{each.told}, and the broker closed {each.closed}.", each.exchange
            )


@check("EXI-66", occurs="the broker closed a part and its answer was lost")
def a_lost_close_closes_its_part_once(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in _closes(transcript, LOST):
        if not each.closed:
            continue
        yield occurred(each.exchange)
        if each.closed != Decimal(PART):
            yield finding(
                f"{each.told}, and the broker closed {each.closed}.", each.exchange
            )
        if 400 <= (each.exchange.status or 0) < 500 and each.exchange.status != 429:
            yield finding(
                f"{each.told}, as if it had been refused; the broker closed "
                f"{each.closed}.",
                each.exchange,
            )


@check("EXI-69", occurs="all positions were closed at a broker that refused none")
def all_are_closed(transcript: Transcript) -> Iterator[Observation]:
    for each in _closes(transcript, ALL):
        yield occurred(each.exchange)
        if each.after:
            yield finding(
                f"{each.told}, and the broker still holds {each.after}.", each.exchange
            )


@check("EXI-72", occurs="the broker refused one close of a close of all positions")
def one_refusal_stops_no_other(transcript: Transcript) -> Iterator[Observation]:
    found = list(_closes(transcript, ONE_REFUSED))
    kept = [each for each in found if each.after]
    if len(found) < 2 or not kept:
        return
    yield occurred(found[0].exchange)
    if len(kept) > 1:
        yield finding(
            f"The broker refused one close of all; {len(kept)} positions stayed open: "
            f"{', '.join(each.symbol for each in kept)}.",
            found[0].exchange,
            cause="Does a close of all stop at the first that fails?",
        )
    if found[0].well:
        yield finding(
            f"The broker kept {kept[0].symbol} open in a close of all positions; it "
            f"was answered with {found[0].exchange.status} {found[0].exchange.body}.",
            found[0].exchange,
        )
