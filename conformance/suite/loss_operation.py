"""What probes, metrics and names say of a broker whose streams were lost."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.losses import (
    Loss,
    losses,
    measured,
    opened,
    told,
    turned_away,
)
from conformance.judge.orders import asked
from conformance.suite.check import check
from conformance.suite.gateway import outage


@check("OPE-16", occurs="health was asked for while no stream was granted")
def health_tells_of_the_loss(transcript: Transcript) -> Iterator[Observation]:
    for loss, exchange in _asked_meanwhile(transcript, "health"):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        rows = [r for r in body.get("providers") or () if isinstance(r, dict)]
        yield occurred(loss.lost, exchange)
        if any(row.get("connected") is True for row in rows):
            yield finding(
                f"No stream of the broker's was there for "
                f"{exchange.request.at - loss.lost.at:.1f} s, nor that of prices; "
                f"health tells {body.get('status')} with the providers {rows}.",
                loss.lost,
                exchange,
            )


@check("OPE-17", occurs="the status was asked for after the loss had been told")
def the_status_agrees_with_the_stream(transcript: Transcript) -> Iterator[Observation]:
    for loss, exchange in _asked_meanwhile(transcript, "v1", "status"):
        asked_at = exchange.request.number
        said = told(transcript, "BROKER_DISCONNECTED", loss.lost.number, asked_at)
        if not said:
            raise NotVerified("no loss of the broker's streams was told")
        yield occurred(said[0][0], exchange)
        body = exchange.body if isinstance(exchange.body, dict) else {}
        if exchange.status == 200 and body.get("connected") is True:
            yield finding(
                "BROKER_DISCONNECTED had been told and no return; the connection "
                "status tells connected true.",
                said[0][0],
                exchange,
            )


def _asked_meanwhile(
    transcript: Transcript, *path: str
) -> Iterator[tuple[Loss, Exchange]]:
    """What was asked and answered while no stream was granted."""
    for loss in losses(transcript):
        if loss.refused:
            last = loss.before if loss.granted is None else loss.granted.number
            for exchange in asked(transcript, "GET", *path):
                if loss.lost.number < exchange.request.number < last:
                    yield loss, exchange


COUNTED = {
    "gateway_broker_disconnections_total": "were lost",
    "gateway_broker_reconnect_attempts_total": "were asked for again",
    "gateway_broker_reconnections_total": "were opened again",
}


@check("OPE-29", occurs="the metrics were read before a loss of the streams and after")
def the_connection_is_counted(transcript: Transcript) -> Iterator[Observation]:
    seen = measured(transcript)
    if "before" in seen and "after" not in seen:
        raise NotVerified("the metrics were not read after a return of the streams")
    if "before" not in seen:
        return
    (first, before), (last, after) = seen["before"], seen["after"]
    for loss in losses(transcript):
        yield occurred(first, loss.lost, last)
        tries = len(opened(transcript, loss)) + len(turned_away(transcript, loss))
        for name, what in COUNTED.items():
            grown = after.total(name) - before.total(name)
            if grown < 1:
                yield finding(
                    f"The broker's streams {what} ({tries} attempts, of which "
                    f"{len(opened(transcript, loss))} were granted); {name} grew by "
                    f"{grown}.",
                    first,
                    loss.lost,
                    last,
                )


@check("PLA-16", occurs="a message on a connection or on stale data named its broker")
def the_broker_has_its_name(transcript: Transcript) -> Iterator[Observation]:
    for loss in losses(transcript):
        events = ("BROKER_DISCONNECTED", "BROKER_RECONNECTED", "STALE")
        last = loss.before
        if not any(told(transcript, e, loss.lost.number, last) for e in events):
            raise NotVerified("no loss of the broker's streams was told")
    yield from outage.the_broker_is_the_one_that_health_names(transcript)
