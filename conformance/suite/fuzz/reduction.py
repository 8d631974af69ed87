"""Makes the request that shows a fault as small as it can be, by sending it again."""

import json
from collections.abc import Iterator
from dataclasses import replace

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Ending, Transcript
from conformance.judge.fuzzing import Fault, faults_of, generated, size_of
from conformance.peers.fuzz.relay import Asked
from conformance.suite.fuzz.ground import Ground

MOST_FAULTS = 16
"""How many faults of one operation are reduced: beyond, nobody reads on."""

MOST_TRIES = 30
NOT_REDUCED = frozenset({"FUZ-20"})
"""What ends a Gateway is sent once more alone, and no more often."""

Mark = tuple[str, str]


async def reduce_all(ground: Ground) -> None:
    """Sends the smallest request of each fault again, and smaller ones while it stays.

    Whether it stays at all says that the request alone is enough to see it.
    """
    for mark, exchange in list(_smallest(_so_far(ground)).items())[:MOST_FAULTS]:
        asked = ground.asked.get(exchange.request.data["exchange"])
        if asked is None or mark[0] in NOT_REDUCED or ground.over:
            continue
        alone = await _shows(ground, asked, mark)
        if alone:
            await _shrink(ground, asked, mark)
        ground.strategy.note(
            "reduced",
            f"{mark[1]}: {'it takes no other request' if alone else 'not seen again'}",
            requirement=mark[0],
            key=mark[1],
            alone=alone,
        )


def _so_far(ground: Ground) -> Transcript:
    recorder = ground.strategy.recorder
    return Transcript(recorder.header, recorder.entries, Ending(False))


def _smallest(transcript: Transcript) -> dict[Mark, Exchange]:
    found: dict[Mark, Exchange] = {}
    for exchange in generated(transcript):
        for fault in faults_of(exchange):
            best = found.get(_mark(fault))
            if best is None or size_of(exchange) < size_of(best):
                found[_mark(fault)] = exchange
    return found


def _mark(fault: Fault) -> Mark:
    return fault.requirement, fault.key


async def _shrink(ground: Ground, asked: Asked, mark: Mark) -> None:
    tries = MOST_TRIES
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for candidate in _smaller(asked):
            tries -= 1
            if tries < 0 or ground.over:
                return
            if await _shows(ground, candidate, mark):
                asked, smaller = candidate, True
                break


async def _shows(ground: Ground, asked: Asked, mark: Mark) -> bool:
    """Whether a request, sent again, is answered with the same fault."""
    reply = await ground.pass_on(replace(asked, case=""))
    for exchange in exchanges(_so_far(ground)):
        if exchange.request.data["exchange"] == reply.exchange:
            return mark in {_mark(fault) for fault in faults_of(exchange)}
    return False


def _smaller(asked: Asked) -> Iterator[Asked]:
    """The request without one field, parameter or header each."""
    path, _, query = asked.target.partition("?")
    parameters = query.split("&") if query else []
    for place in range(len(parameters)):
        rest = "&".join(parameters[:place] + parameters[place + 1 :])
        yield replace(asked, target=f"{path}?{rest}" if rest else path)
    fields = _object(asked.body)
    for name in fields:
        rest_of = {n: v for n, v in fields.items() if n != name}
        yield replace(asked, body=json.dumps(rest_of).encode())
    for name in asked.headers:
        if name not in {"content-type", "content-encoding"}:
            kept = {n: v for n, v in asked.headers.items() if n != name}
            yield replace(asked, headers=kept)


def _object(body: bytes | None) -> dict[str, Json]:
    """The fields of a body that says the same when it is written anew."""
    try:
        found = json.loads(body or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
