"""Probes, status, capabilities and breakers tell what is so."""

from collections.abc import Iterator
from datetime import timedelta

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.suite.check import check

NEEDS = Needs(own=True, orders=False)


async def script(strategy: Played) -> None:
    """Asks every probe, and resets the breakers of a fresh Gateway twice."""
    for path in ("/livez", "/readyz", "/health", "/v1/status", "/v1/circuit-breakers"):
        await strategy.get(path)
    for _ in range(2):
        await strategy.get("/v1/capabilities")
    for _ in range(2):
        await strategy.request("POST", "/v1/circuit-breakers/reset")
    await strategy.get("/v1/circuit-breakers")


@check("OPE-10", occurs="the liveness probe was answered")
def it_is_alive(transcript: Transcript) -> Iterator[Observation]:
    yield from _answers_200(transcript, "livez", ())


@check("OPE-11", occurs="the readiness probe was answered")
def it_is_ready(transcript: Transcript) -> Iterator[Observation]:
    yield from _answers_200(transcript, "readyz", ("ready", "providers"))
    for exchange in asked(transcript, "GET", "readyz"):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        names, many = body.get("providers"), body.get("provider_count")
        if isinstance(names, list) and (
            many != len(names) or body["ready"] is not True
        ):
            yield finding(
                f"The readiness probe tells ready {body.get('ready')} and {many} "
                f"providers, and names {names}.",
                exchange,
            )


@check("OPE-12", occurs="health was answered")
def health_tells_version_and_providers(
    transcript: Transcript,
) -> Iterator[Observation]:
    wanted = ("status", "version", "git_sha", "providers")
    yield from _answers_200(transcript, "health", wanted)


def _answers_200(
    transcript: Transcript, path: str, fields: tuple[str, ...]
) -> Iterator[Observation]:
    for exchange in asked(transcript, "GET", path):
        body = exchange.body
        missing = [n for n in fields if not isinstance(body, dict) or not body.get(n)]
        if exchange.status == 200 and isinstance(body, dict) and body:
            yield occurred(exchange)
        if exchange.status is not None and (exchange.status != 200 or missing):
            yield finding(
                f"/{path} was answered with {exchange.status} and without "
                f"{', '.join(missing) or 'nothing'}.",
                exchange,
            )


@check("OPE-13", occurs="health told of a provider that is connected")
def a_connected_provider_makes_a_connected_whole(
    transcript: Transcript,
) -> Iterator[Observation]:
    for exchange in asked(transcript, "GET", "health"):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        rows = [r for r in body.get("providers") or () if isinstance(r, dict)]
        if not rows:
            continue
        good = [r for r in rows if _is_connected(r) and not r.get("stale_instruments")]
        yield occurred(exchange)
        status = str(body.get("status")).lower()
        if (len(good) == len(rows)) is not (status == "connected"):
            yield finding(
                f"Health is told {body.get('status')}; of its {len(rows)} providers "
                f"{len(good)} are connected with nothing stale.",
                exchange,
            )


def _is_connected(provider: dict[str, Json]) -> bool:
    told = provider.get("connected", str(provider.get("status")).lower())
    return told in (True, "connected")


@check("OPE-15", occurs="the connection status was told")
def the_status_is_connected(transcript: Transcript) -> Iterator[Observation]:
    for exchange in asked(transcript, "GET", "v1", "status"):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        response = exchange.response
        if response is None or "connected" not in body:
            continue
        yield occurred(exchange)
        beat = body.get("last_heartbeat")
        try:
            ahead = instant_of(beat) - instant_of(transcript.header.started)
        except NotAnInstant:
            ahead = timedelta()
        early = ahead > timedelta(seconds=response.at + 60)
        if body["connected"] is not True or early:
            yield finding(
                f"The status tells connected {body['connected']} and a last heartbeat "
                f"at {beat}.",
                exchange,
            )


@check("OPE-32", occurs="the capabilities were asked for twice")
def capabilities_stay(transcript: Transcript) -> Iterator[Observation]:
    told = asked(transcript, "GET", "v1", "capabilities")
    good = [e for e in told if e.status == 200 and isinstance(e.body, dict)]
    if len(good) < 2 or not good[0].body:
        return
    yield occurred(*good)
    if any(e.body != good[0].body for e in good):
        yield finding("The capabilities were told differently.", *good)


def breakers(transcript: Transcript) -> Iterator[tuple[Exchange, dict[str, str]]]:
    """Every telling of the breakers' states."""
    told = (
        *asked(transcript, "GET", "v1", "circuit-breakers"),
        *asked(transcript, "POST", "v1", "circuit-breakers", "reset"),
    )
    for exchange in told:
        body = exchange.body if isinstance(exchange.body, dict) else {}
        states = {
            name: str(row.get("state")).lower()
            for name, row in body.items()
            if isinstance(row, dict) and "state" in row
        }
        if states and exchange.status == 200:
            yield exchange, states


@check("OPE-40", occurs="the breakers of a fresh Gateway were told")
def fresh_breakers_are_closed(transcript: Transcript) -> Iterator[Observation]:
    for exchange, states in list(breakers(transcript))[:1]:
        yield occurred(exchange)
        if set(states.values()) != {"closed"}:
            yield finding(f"The breakers of a fresh Gateway are {states}.", exchange)


@check("OPE-41", occurs="a reset of the breakers was answered")
def a_reset_leaves_them_closed(transcript: Transcript) -> Iterator[Observation]:
    resets = list(asked(transcript, "POST", "v1", "circuit-breakers", "reset"))
    states = {e.request.number: s for e, s in breakers(transcript)}
    for exchange in resets[:1]:
        if exchange.status is None:
            continue
        told = states.get(exchange.request.number, {})
        after = [s for e, s in breakers(transcript) if e.method == "GET"][-1:]
        if told or exchange.status != 200:
            yield occurred(exchange)
        shut = all(set(s.values()) == {"closed"} for s in (told, *after) if s)
        if exchange.status != 200 or not shut:
            yield finding(
                f"A first reset was answered with {exchange.status}; the breakers are "
                f"{told} and then {after}.",
                exchange,
            )


@check("OPE-42", occurs="a second reset, with nothing tripped, was answered")
def a_reset_without_a_trip_is_not_refused(
    transcript: Transcript,
) -> Iterator[Observation]:
    resets = list(asked(transcript, "POST", "v1", "circuit-breakers", "reset"))
    if len(resets) < 2 or resets[1].status is None or not list(breakers(transcript)):
        return
    yield occurred(*resets[:2])
    if resets[1].status != 200:
        yield finding(
            f"A second reset was answered with {resets[1].status}; no breaker had "
            "been tripped between the two.",
            *resets[:2],
            cause="Does the cooldown begin at a reset of breakers that are closed?",
        )
