"""Requests that no generator writes: spoilt, deep, huge, doubled, with no key."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.judge.fuzzing import KEY
from conformance.peers.fuzz.relay import Asked
from conformance.peers.played import Played
from conformance.peers.reply import Reply
from conformance.spec.contract import Operation
from conformance.spec.overlay import LIVE
from conformance.suite.fuzz.ground import Ground
from conformance.suite.fuzz.mutations import DEEP, sample

HUGE = 3 * 1024 * 1024
"""Bytes of a body that no order has."""

LONG_QUERY = 6 * 1024
FIXED = 24
"""Spoilt bodies of each operation that has one, however few examples are asked for."""

PROBE_SECONDS = 4.0
"""How long a probe may take while other requests are at work."""

BETWEEN_PROBES = 0.1
WRONG = {"authorization": "Bearer conformance-key-of-forty-characters-4321"}
JSON = {"content-type": "application/json"}

BODIES: Mapping[str, Mapping[str, Json]] = {
    "POST /v1/orders": {
        "symbol": "$SYMBOL",
        "side": "BUY",
        "quantity": "1",
        "order_type": "LIMIT",
        "limit_price": "0.01",
        "client_order_id": "$ID",
        "time_in_force": "GTC",
    },
    "PATCH /v1/orders/{order_id}": {"limit_price": "0.02", "quantity": "2"},
    "DELETE /v1/positions/{position_id}": {"quantity": "1", "order_type": "MARKET"},
    "PATCH /v1/positions/{position_id}": {"stop_loss": "0.5", "take_profit": "900000"},
}
"""A good body of each operation that has one."""

LISTS = {
    "GET /v1/orders": "status=OPEN&status=FILLED",
    "GET /v1/orders/history": "status=CANCELLED&status=FILLED",
}
"""A query of each operation that takes a list: its name for every part of it."""


def plain_target(operation: Operation, symbol: str) -> str:
    """A path of this operation that there is."""
    path = operation.template.replace("{symbol}", quote(symbol, safe=""))
    for name, token in LIVE.items():
        path = path.replace(f"{{{name}}}", token)
    return f"{path}?timeframe=1m" if "/bars/" in path else path


async def send_plain(ground: Ground, operation: Operation) -> None:
    """The operation as it is meant: what is refused of it later is told from this."""
    message = BODIES.get(operation.key)
    body = None if message is None else _filled(ground, json.dumps(message))
    target = plain_target(operation, ground.symbol)
    headers = {} if body is None else JSON
    await ground.pass_on(Asked(operation.method, target, headers, body, ""))
    if operation.key in LISTS:
        listed = f"{target}?{LISTS[operation.key]}"
        await ground.pass_on(Asked(operation.method, listed, {}, None, ""))


def _filled(ground: Ground, text: str) -> bytes:
    # Each order has a name of its own: two of one name may be one order.
    named = text.replace("$ID", ground.strategy.client_id())
    return named.replace("$SYMBOL", ground.symbol).encode("utf-8", "surrogatepass")


async def send_spoilt(ground: Ground, operation: Operation) -> None:
    """The operation's good body, spoilt in ways that no schema knows of."""
    message = BODIES.get(operation.key)
    if message is None:
        return
    strategy = ground.strategy
    target = plain_target(operation, ground.symbol)
    for mutation in sample(message, FIXED + strategy.examples, strategy.random):
        body = _filled(ground, mutation.text)
        await ground.pass_on(Asked(operation.method, target, JSON, body, ""))


async def send_costly(ground: Ground, operation: Operation) -> None:
    """Bodies, queries and headers beyond any bound, each with a good request after."""
    target = plain_target(operation, ground.symbol)
    more = "&" if "?" in target else "?"
    padding = "x" * LONG_QUERY
    asked = [Asked(operation.method, f"{target}{more}padding={padding}", {}, None, "")]
    if operation.key in BODIES:
        # In a field that it has: what it does not know it may pass over.
        field = json.dumps(next(iter(BODIES[operation.key])))
        deep = f"{{{field}:" * DEEP + "1" + "}" * DEEP
        huge = f'{{{field}: "{"x" * HUGE}"}}'
        asked += [
            Asked(operation.method, target, JSON, text.encode(), "")
            for text in (deep, "[" * DEEP, huge)
        ]
    for each in asked:
        reply = await ground.pass_on(each)
        after = await ground.ask("/livez")
        ground.strategy.note(
            "costly",
            f"{len(each.target) + len(each.body or b'')} bytes",
            exchange=reply.exchange,
            after=after.exchange,
        )


async def send_twice(ground: Ground, operation: Operation) -> None:
    """A request that is safe or idempotent, twice in a row."""
    if operation.method not in {"GET", "DELETE"} or ground.over:
        return
    asked = Asked(
        operation.method, plain_target(operation, ground.symbol), {}, None, ""
    )
    first = await ground.pass_on(asked)
    # The same target: what lived may live no more.
    second = await _the_same(ground, first)
    ground.strategy.note(
        "twice", "sent twice", first=first.exchange, second=second.exchange
    )


async def _the_same(ground: Ground, first: Reply) -> Reply:
    entries = ground.strategy.recorder.entries
    sent = next(e for e in entries if e.data.get("exchange") == first.exchange)
    again = Asked(sent.data["method"], sent.data["target"], {}, None, "")
    return await ground.pass_on(again)


async def send_without_key(strategy: Played, operation: Operation) -> None:
    """The operation to a Gateway that has a key: with none, a wrong one, the right."""
    if not operation.template.startswith("/v1/"):
        return
    own = not strategy.subject.shared
    if own:
        await strategy.start({"GATEWAY_API_KEY": KEY})
    elif strategy.instance.address.key is None:
        strategy.note("no-key", "the Gateway that runs has no key")
        return
    target = plain_target(operation, strategy.symbol)
    tries: tuple[tuple[str, dict[str, Json]], ...] = (
        ("no key", {"key": False}),
        ("a wrong key", {"key": False, "headers": WRONG}),
    )
    for name, options in tries:
        reply = await strategy.request(
            operation.method, target, deliberate=True, **options
        )
        strategy.note("key", name, exchange=reply.exchange)


@asynccontextmanager
async def probed(strategy: Played) -> AsyncIterator[None]:
    """Meanwhile the probe is asked again and again, on a connection of its own."""
    asking = asyncio.create_task(_probe(strategy))
    try:
        yield
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


async def _probe(strategy: Played) -> None:
    instance, client = strategy.instance, strategy.client()
    while True:
        if strategy.instance is not instance:
            instance, client = strategy.instance, strategy.client()
        await client.request("GET", "/livez", seconds=PROBE_SECONDS)
        await asyncio.sleep(BETWEEN_PROBES)
