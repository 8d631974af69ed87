"""Metrics move by just what happened."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.metrics import Exposition, read_metrics
from conformance.judge.orders import accepted, announcements, asked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(own=True, symbols=2)
LOOKS = 20
"""How often the metrics are read until a client that left is counted out."""


async def script(strategy: Played) -> None:
    """Reads the metrics before and after each thing that they count."""
    await _look(strategy, "before")
    stream = await strategy.stream()
    await strategy.bought(stream, "2")
    await strategy.submit(quantity="0", deliberate=True)
    resting = await strategy.resting(symbol=strategy.symbols[1], quantity="3")
    await strategy.cancel(resting.id)
    await strategy.announced(stream, resting.id, "ORDER_CANCELLED")
    await _look(strategy, "after")
    second = await strategy.stream("stream-2")
    await _look(strategy, "two-clients")
    await second.close()
    for _ in range(LOOKS):
        reply = await strategy.get("/metrics")
        if read_metrics(reply.text).total(ACTIVE) == 1:
            break
    await _look(strategy, "one-client")
    await strategy.request("POST", "/v1/circuit-breakers/reset")
    await _look(strategy, "reset")


async def _look(strategy: Played, name: str) -> None:
    reply = await strategy.get("/metrics")
    strategy.note("look", name, case=name, exchange=reply.exchange)


ACTIVE = "gateway_ws_connections_active"
SUBMITTED = "gateway_orders_submitted_total"
DURATIONS = "gateway_order_submit_duration_seconds"
EVENTS = "gateway_order_events_total"
RESETS = "gateway_circuit_breaker_resets_total"


def looks(transcript: Transcript) -> dict[str, tuple[Exchange, Exposition]]:
    """The metrics by the name of the look, where they were answered."""
    made = {e.request.data["exchange"]: e for e in asked(transcript, "GET", "metrics")}
    found = {}
    for entry in transcript.entries:
        if entry.data.get("name") != "look":
            continue
        facts = entry.data["facts"]
        exchange = made[facts["exchange"]]
        if exchange.status == 200 and exchange.response is not None:
            text = str(exchange.response.data["body"])
            found[facts["case"]] = (exchange, read_metrics(text))
    return found


def _moved(
    transcript: Transcript, first: str, then: str, name: str, **labels: str
) -> tuple[Decimal, tuple[Exchange, Exchange]] | None:
    """By how much a metric grew between two looks."""
    seen = looks(transcript)
    if first not in seen or then not in seen:
        return None
    (one, before), (other, after) = seen[first], seen[then]
    if not after.samples:
        return None
    grown = after.total(name, **labels) - before.total(name, **labels)
    return grown, (one, other)


def _between(transcript: Transcript, looks_: tuple[Exchange, Exchange]) -> range:
    return range(looks_[0].request.number, looks_[1].request.number)


@check("OPE-20", occurs="the metrics were read")
def metrics_are_text(transcript: Transcript) -> Iterator[Observation]:
    for exchange, read in looks(transcript).values():
        response = exchange.response
        assert response is not None
        media = str(response.data["headers"].get("content-type", ""))
        if read.samples:
            yield occurred(exchange)
        if read.strange or (read.samples and not media.startswith("text/plain")):
            yield finding(
                f"The metrics are served as {media or 'nothing'} with lines such as "
                f"{list(read.strange[:1])}.",
                exchange,
            )


@check("OPE-27", occurs="metrics of the Gateway were read")
def metrics_say_what_they_are(transcript: Transcript) -> Iterator[Observation]:
    for exchange, read in looks(transcript).values():
        names = {_base(s.name, read) for s in read.samples}
        names = {name for name in names if name.startswith("gateway_")}
        silent = sorted(names - (set(read.helps) & set(read.types)))
        if names:
            yield occurred(exchange)
        if silent:
            yield finding(
                f"Of {len(names)} metrics {len(silent)} have no HELP or no TYPE: "
                f"{', '.join(silent[:5])}.",
                exchange,
            )
            return


def _base(name: str, read: Exposition) -> str:
    """A histogram's own name, without what its rows add."""
    for ending in ("_bucket", "_sum", "_count"):
        short = name.removesuffix(ending)
        if short != name and read.types.get(short) in ("histogram", "summary"):
            return short
    return name


def _counts(
    transcript: Transcript, name: str, wanted: int, what: str, **labels: str
) -> Iterator[Observation]:
    moved = _moved(transcript, "before", "after", name, **labels)
    if moved is None or not wanted:
        return
    yield occurred(*moved[1])
    if moved[0] != wanted:
        yield finding(f"{name} grew by {moved[0]} with {wanted} {what}.", *moved[1])


def _accepted(transcript: Transcript) -> int:
    moved = _moved(transcript, "before", "after", SUBMITTED)
    span = _between(transcript, moved[1]) if moved else range(0)
    return sum(o.exchange.request.number in span for o in accepted(transcript))


@check("OPE-21", occurs="orders were accepted between two looks at the metrics")
def submitted_orders_are_counted(transcript: Transcript) -> Iterator[Observation]:
    wanted = _accepted(transcript)
    yield from _counts(transcript, SUBMITTED, wanted, "orders accepted")


@check("OPE-28", occurs="an order was refused between two looks at the metrics")
def refused_orders_are_not(transcript: Transcript) -> Iterator[Observation]:
    moved = _moved(transcript, "before", "after", SUBMITTED)
    posts = list(asked(transcript, "POST", "v1", "orders"))
    refused = [e for e in posts if e.status is not None and 400 <= e.status < 500]
    if moved is None or not refused or not moved[0]:
        return
    yield occurred(*refused, *moved[1])
    if moved[0] > _accepted(transcript):
        yield finding(
            f"{SUBMITTED} grew by {moved[0]} with {_accepted(transcript)} orders "
            f"accepted and {len(refused)} refused.",
            *refused,
            *moved[1],
        )


@check("OPE-22", occurs="orders were accepted between two looks at the metrics")
def durations_are_counted(transcript: Transcript) -> Iterator[Observation]:
    wanted = _accepted(transcript)
    yield from _counts(transcript, f"{DURATIONS}_count", wanted, "orders accepted")


@check("OPE-23", occurs="fills and cancels were announced between two looks")
def events_are_counted(transcript: Transcript) -> Iterator[Observation]:
    moved = _moved(transcript, "before", "after", EVENTS)
    span = _between(transcript, moved[1]) if moved else range(0)
    told = [a.event for a in announcements(transcript) if a.entry.number in span]
    for event, kind in (("ORDER_FILLED", "filled"), ("ORDER_CANCELLED", "cancelled")):
        what = f"{event} announced"
        yield from _counts(transcript, EVENTS, told.count(event), what, event_type=kind)


@check("OPE-24", occurs="the metrics were read with one client, with two, with one")
def clients_are_counted(transcript: Transcript) -> Iterator[Observation]:
    seen = looks(transcript)
    names = ("after", "two-clients", "one-client")
    if any(name not in seen or not seen[name][1].samples for name in names):
        return
    told = [seen[name][1].total(ACTIVE) for name in names]
    yield occurred(*(seen[name][0] for name in names))
    if told != [1, 2, 1]:
        shown = ", ".join(map(str, told))
        yield finding(
            f"{ACTIVE} was {shown} with one client, with two and with one.",
            *(seen[name][0] for name in names),
        )


@check("OPE-26", occurs="a reset of the breakers succeeded between two looks")
def resets_are_counted(transcript: Transcript) -> Iterator[Observation]:
    moved = _moved(transcript, "one-client", "reset", RESETS)
    resets = asked(transcript, "POST", "v1", "circuit-breakers", "reset")
    good = [e for e in resets if e.status == 200]
    if moved is None or not good:
        return
    yield occurred(*good, *moved[1])
    if moved[0] != len(good):
        yield finding(
            f"{RESETS} grew by {moved[0]} with {len(good)} resets that succeeded.",
            *good,
            *moved[1],
        )
