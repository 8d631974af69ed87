"""Clients come, go and return; each that is there is told everything."""

from collections.abc import Iterator

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, announcements, asked, is_ours
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(symbols=2)
PATIENT, LEAVING, RETURNING = "patient", "leaving", "returning"


async def script(strategy: Played) -> None:
    """Two clients hear of orders; one is lost; orders go on; one returns."""
    patient = await strategy.stream(PATIENT)
    leaving = await strategy.stream(LEAVING)
    await strategy.get("/v1/ws", deliberate=True)
    pong = await patient.ping(b"conformance", strategy.pace.patience)
    strategy.note("pong", "a ping frame was answered" if pong else "was not", came=pong)
    kept = await strategy.resting(quantity="3")
    await strategy.bought(patient, "2", symbol=strategy.symbols[1])
    await strategy.fence()
    strategy.note("both", "until here both clients are connected")
    leaving.abort()
    await leaving.ended(strategy.pace.patience)
    away = await strategy.bought(patient, "1", symbol=strategy.symbols[1])
    await strategy.show(kept.id)
    await strategy.stream(RETURNING)
    await strategy.show(away.id)
    strategy.note("missed", "filled while a client was away", order=away.id)
    await strategy.bought(patient, "1", symbol=strategy.symbols[1])
    await strategy.fence()


def _upto(transcript: Transcript, name: str) -> int:
    """The entry of a note; 0 where it was not written."""
    found = [e.number for e in transcript.entries if e.data.get("name") == name]
    return found[-1] if found else 0


def _waited(transcript: Transcript) -> int:
    """Where the last fence ended, passed or not: until then everything was awaited."""
    return _upto(transcript, "fence")


def _heard(transcript: Transcript, stream: str, first: int, last: int) -> list[str]:
    """What a stream told of orders of ours between two entries, in order.

    Those of others may be on their way to one client and be with the other already.
    """
    return [
        f"{said.event} of {said.id}"
        for said in announcements(transcript, stream)
        if first < said.entry.number < last and is_ours(transcript, said.order)
    ]


@check("STR-10", occurs="a client that said nothing was told something")
def a_client_needs_to_say_nothing(transcript: Transcript) -> Iterator[Observation]:
    opened = next(iter(transcript.of_kind(Kind.OPENED)), None)
    told = list(announcements(transcript, PATIENT))
    if opened is None or not _waited(transcript) or not list(accepted(transcript)):
        return
    yield occurred(opened, *(said.entry for said in told[:1]))
    if not told:
        yield finding("A client that only listens was told of no order.", opened)


@check("STR-22", occurs="a ping frame was sent")
def a_ping_frame_is_answered(transcript: Transcript) -> Iterator[Observation]:
    noted = transcript.note("pong")
    entry = _upto(transcript, "pong")
    if noted is None or not list(announcements(transcript, PATIENT)):
        return
    yield occurred(entry)
    if not noted["came"]:
        yield finding("A ping frame was not answered with its pong.", entry)


@check("STR-30", occurs="two clients were connected while orders were worked")
def every_client_is_told(transcript: Transcript) -> Iterator[Observation]:
    both = _upto(transcript, "both")
    one, other = (_heard(transcript, s, 0, both) for s in (PATIENT, LEAVING))
    if not both or not one:
        return
    yield occurred(both)
    missing = sorted(set(one) ^ set(other))
    if missing:
        yield finding(
            f"Of two clients one was told {len(one)} order events, the other "
            f"{len(other)}; they differ in {missing[:3]}.",
            both,
        )


@check("STR-31", occurs="two clients were connected while orders were worked")
def both_are_told_in_one_order(transcript: Transcript) -> Iterator[Observation]:
    both = _upto(transcript, "both")
    one, other = (_heard(transcript, s, 0, both) for s in (PATIENT, LEAVING))
    if not both or len(one) < 2:
        return
    yield occurred(both)
    shared = [e for e in one if e in other]
    if shared != [e for e in other if e in one]:
        yield finding(
            "Two clients were told the same order events, each in another order.", both
        )


@check("STR-61", occurs="two clients were connected up to a fence")
def nothing_is_missing(transcript: Transcript) -> Iterator[Observation]:
    back = [
        e.number
        for e in transcript.of_kind(Kind.OPENED)
        if e.data["stream"] == RETURNING
    ]
    fence = _waited(transcript)
    if not back or fence < back[0]:
        return
    one, other = (_heard(transcript, s, back[0], fence) for s in (PATIENT, RETURNING))
    if not one:
        return
    yield occurred(back[0])
    missing = [event for event in one if event not in other]
    # An event on its way while the upgrade was granted may have come before it.
    if missing[1:]:
        yield finding(
            f"After it had returned a client missed {missing[1:4]}, which another was "
            "told.",
            back[0],
        )


@check("STR-32", occurs="orders were worked after another client was lost")
def who_stays_is_told_on(transcript: Transcript) -> Iterator[Observation]:
    lost, end = _upto(transcript, "both"), _waited(transcript)
    later = [o for o in accepted(transcript) if lost < o.exchange.numbers[0] < end]
    if not lost or not later:
        return
    heard = {said.id for said in announcements(transcript, PATIENT)}
    yield occurred(lost, *(order.exchange for order in later))
    missed = [str(order.id) for order in later if order.id not in heard]
    if missed:
        yield finding(
            f"After another client was lost, {PATIENT} was told nothing of {missed}.",
            lost,
        )


@check("STR-33", occurs="an order that rests was asked for after a client was lost")
def orders_outlive_their_client(transcript: Transcript) -> Iterator[Observation]:
    lost = _upto(transcript, "both")
    for order in list(accepted(transcript))[:1]:
        for shown in asked(transcript, "GET", "v1", "orders", str(order.id)):
            if not lost or shown.request.number < lost or shown.status != 200:
                continue
            status = shown.body.get("status") if isinstance(shown.body, dict) else None
            yield occurred(shown)
            if status != "OPEN":
                yield finding(
                    f"After a client was lost the order {order.id}, which rested, is "
                    f"{status}.",
                    shown,
                )


@check("STR-34", occurs="orders were worked after a client had returned")
def who_returns_is_told_again(transcript: Transcript) -> Iterator[Observation]:
    back = _upto(transcript, "missed")
    end = _waited(transcript)
    later = [o for o in accepted(transcript) if back < o.exchange.numbers[0] < end]
    heard = {said.id for said in announcements(transcript, RETURNING)}
    if not back or not later:
        return
    yield occurred(back, *(order.exchange for order in later))
    missed = [str(order.id) for order in later if order.id not in heard]
    if missed:
        yield finding(f"A client that returned was told nothing of {missed}.", back)


@check("STR-35", occurs="an order was filled while a client was away, and asked for")
def what_was_missed_is_readable(transcript: Transcript) -> Iterator[Observation]:
    noted = transcript.note("missed")
    if noted is None:
        return
    for shown in asked(transcript, "GET", "v1", "orders", noted["order"]):
        body = shown.body if isinstance(shown.body, dict) else {}
        yield occurred(shown)
        if body.get("status") != "FILLED":
            yield finding(
                f"Order {noted['order']} was filled while a client was away; REST then "
                f"answers {shown.status} {body.get('status')}.",
                shown,
            )


@check("STR-80", occurs="the stream's path was asked for without a handshake")
def no_handshake_no_stream(transcript: Transcript) -> Iterator[Observation]:
    for exchange in asked(transcript, "GET", "v1", "ws"):
        if exchange.status is None or not list(announcements(transcript)):
            continue
        yield occurred(exchange)
        if exchange.status < 400:
            yield finding(
                f"A request for the stream that was no handshake was answered with "
                f"{exchange.status}.",
                exchange,
            )
