"""Looks at a Gateway before the first order: can it be judged, and traded on."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from conformance.errors import NotAGateway, RunError, SafetyRefusal
from conformance.evidence.entry import Json
from conformance.judge.record import Notice, SubjectFacts
from conformance.peers.firewall import Permission
from conformance.peers.played import Played
from conformance.peers.reply import Reply
from conformance.spec.platforms import platform_of

SKEW_SECONDS = 5.0
"""A clock further off than this makes times in the report misleading."""

HEALTH_SECONDS = 5.0
"""How long the first answer may take to come whole."""

EVENT_SECONDS = 5.0
"""How long the doctor waits for its own order to be announced."""


@dataclass(slots=True)
class Examination:
    """What the doctor found; `clean` says that the account was empty."""

    facts: SubjectFacts
    notices: list[Notice] = field(default_factory=list)
    account: Json = None
    clean: bool = True

    def say(self, level: str, topic: str, sentence: str, fix: str = "") -> None:
        self.notices.append(Notice(level, topic, sentence, fix))


async def look(played: Played, facts: SubjectFacts) -> Examination:
    """Reads only: reachable, a Gateway, let in, platform, version, account.

    Raises NotAGateway where what answers speaks another protocol.
    """
    found = Examination(facts)
    health = await _health(played)
    found.facts = replace(facts, **_identity(health, await played.get("/livez")))
    found.say("ok", "reachable", f"a Gateway {found.facts.version} answers")
    _judge_platforms(found)
    _judge_clock(found)
    if await _let_in(played, found):
        capabilities = await played.get("/v1/capabilities")
        found.facts = replace(found.facts, capabilities=capabilities.json)
        await _read_account(played, found)
    return found


async def try_events(played: Played, found: Examination) -> None:
    """Places and cancels one order far from the market: are its events delivered?"""
    symbol = played.symbol
    await _quote(played, found)
    stream = await played.stream("doctor")
    order = await played.resting()
    heard = await played.announced(
        stream, order.id, "ORDER_CREATED", "ORDER_CANCELLED", seconds=EVENT_SECONDS
    )
    await played.cancel(order.id)
    if heard is None:
        found.say(
            "fatal",
            "order events",
            f"an order for {symbol} was accepted and never announced on /v1/ws",
            'add "order_update" to the events in the Gateway\'s SUBSCRIPTIONS',
        )
    else:
        found.say("ok", "order events", "an order's events reach the stream")


def refusal(found: Examination) -> str | None:
    """The sentence of the first fatal notice, with its fix; None without one."""
    for notice in found.notices:
        if notice.level == "fatal":
            return (
                f"{notice.sentence} — {notice.fix}" if notice.fix else notice.sentence
            )
    return None


async def _health(played: Played) -> Json:
    reply = await played.get("/health", key=False, seconds=HEALTH_SECONDS)
    if reply.lost == "timeout":
        raise NotAGateway(played.instance.address.url, "GET /health is never answered")
    body = reply.json
    if reply.status != 200 or not isinstance(body, dict) or "providers" not in body:
        told = " ".join(str(reply).split())[:120]
        shown = f"GET /health was answered with {told}"
        raise NotAGateway(played.instance.address.url, shown)
    return body


def _identity(health: Json, livez: Reply) -> dict[str, Any]:
    return {**told_by(health), "clock_skew_seconds": _skew(livez)}


def told_by(health: Json) -> dict[str, Any]:
    """What a Gateway's /health says that it is."""
    found = health if isinstance(health, dict) else {}
    providers = found.get("providers")
    rows = providers if isinstance(providers, list) else []
    # A row that is no object names something too: it must not hide behind the others.
    named = [str(p.get("platform") if isinstance(p, dict) else p) for p in rows]
    return {
        "version": str(found.get("version", "")),
        "git_sha": str(found.get("git_sha", "")),
        "platforms": tuple(named),
    }


def _skew(reply: Reply) -> float | None:
    date = reply.header("date")
    if date is None:
        return None
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    return round((theirs - datetime.now(UTC)).total_seconds(), 1)


def _judge_platforms(found: Examination) -> None:
    for name in found.facts.platforms or ("",):
        known = platform_of(name)
        if not name:
            found.say("warning", "platform", "/health names no platform")
        elif known is None:
            found.say("warning", "platform", f"{name!r} is none of the known platforms")
        else:
            found.say("ok", "platform", f"{name} ({known.mode})")


def _judge_clock(found: Examination) -> None:
    skew = found.facts.clock_skew_seconds
    if skew is not None and abs(skew) > SKEW_SECONDS:
        found.say(
            "warning",
            "clock",
            f"the Gateway's clock is {skew:+.1f} s off ours",
            "synchronise both clocks (NTP)",
        )


async def _let_in(played: Played, found: Examination) -> bool:
    reply = await played.get("/v1/account")
    if reply.status == 401:
        given = played.instance.address.key is not None
        found.say(
            "fatal",
            "authentication",
            "the Gateway refuses our key" if given else "the Gateway wants an API key",
            "give it with --gateway-key-file FILE or GATEWAY_API_KEY",
        )
        return False
    found.account = reply.json
    if reply.status == 200:
        found.say("ok", "authentication", "let in")
    else:
        found.say("warning", "account", f"GET /v1/account was answered with {reply}")
    return True


async def _read_account(played: Played, found: Examination) -> None:
    orders = await played.get("/v1/orders?status=OPEN,PARTIALLY_FILLED,PENDING")
    positions = await played.get("/v1/positions")
    for reply, what in ((orders, "orders"), (positions, "positions")):
        if reply.status != 200 or not isinstance(reply.json, list):
            found.clean = False
            told = f"the {what} cannot be read: GET /v1/{what} was answered with"
            found.say("warning", "account", f"{told} {' '.join(str(reply).split())}")
            return
    working = [o for o in _rows(orders) if str(o.get("status")) in _WORKING]
    held = [p for p in _rows(positions) if str(p.get("quantity", "0")) not in _ZERO]
    found.clean = not working and not held
    if found.clean:
        found.say("ok", "account", "no open orders, no positions")
    else:
        found.say(
            "warning",
            "account",
            f"{len(working)} open orders and {len(held)} positions are there already",
            "use a clean account: scripts that cancel or close all are not played",
        )


_WORKING = frozenset({"PENDING", "OPEN", "PARTIALLY_FILLED", "PENDING_CANCEL"})
_ZERO = frozenset({"0", "0.0", "0.00", ""})


def _rows(reply: Reply) -> list[dict[str, Json]]:
    body = reply.json
    return (
        [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []
    )


async def _quote(played: Played, found: Examination) -> None:
    try:
        price = await played.price()
    except RunError as error:
        found.say(
            "fatal",
            "symbol",
            f"{played.symbol} cannot be traded here: {error}",
            "name tradable symbols with --gateway-symbols",
        )
        raise
    found.say("ok", "symbol", f"{played.symbol} is quoted at {price}")


def guard_positions(found: Examination, permission: Permission) -> None:
    """On an account that is no simulation, refuses one that is not empty.

    The suite closes what it opened, and could not tell it from what was there.
    """
    if not permission.unbounded and not found.clean:
        raise SafetyRefusal(
            "the account has open orders or positions, which the suite could not tell "
            "from its own, or it cannot be read: use an empty paper account"
        )
