"""Wherever a platform is named, it is the same one."""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.metrics import read_metrics
from conformance.judge.orders import asked, messages_of_type
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.spec.platforms import Mode, platform_of
from conformance.suite.check import check

NEEDS = Needs(environment={"GATEWAY_MODE": "paper"})


async def script(strategy: Played) -> None:
    """Asks everything that names a platform, and listens for a candle."""
    stream = await strategy.stream()
    for path in ("/health", "/readyz"):
        await strategy.get(path)
    name = quote(strategy.symbol, safe="")
    await strategy.get(f"/v1/quotes/{name}")
    await strategy.get(f"/v1/bars/{name}?timeframe=1m&limit=2")
    candle = strategy.wait(
        stream, "market data", lambda h: h.type in ("candle", "quote")
    )
    await asyncio.gather(strategy.bought(stream, "1"), candle)
    await strategy.get("/metrics")


def named_by_health(transcript: Transcript) -> tuple[Exchange, set[str]] | None:
    """The platforms that health names; None where it names none."""
    for exchange in asked(transcript, "GET", "health"):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        rows = body.get("providers")
        names = {
            str(row["platform"])
            for row in (rows if isinstance(rows, list) else ())
            if isinstance(row, dict) and row.get("platform")
        }
        if names:
            return exchange, names
    return None


def _fits(name: Json, platforms: set[str]) -> bool:
    """Whether a provider is one of these platforms, or the broker of one."""
    return any(
        isinstance(name, str) and name and (name == p or p.startswith(f"{name}-"))
        for p in platforms
    )


@check("PLA-10", occurs="health named a platform")
def platforms_are_documented(transcript: Transcript) -> Iterator[Observation]:
    told = named_by_health(transcript)
    if told is None:
        return
    yield occurred(told[0])
    strange = sorted(name for name in told[1] if platform_of(name) is None)
    if strange:
        yield finding(f"Health names the unknown platforms {strange}.", told[0])


@check("PLA-11", occurs="health and readiness were asked for")
def readiness_names_the_same(transcript: Transcript) -> Iterator[Observation]:
    told = named_by_health(transcript)
    for exchange in asked(transcript, "GET", "readyz"):
        body = exchange.body if isinstance(exchange.body, dict) else {}
        names = body.get("providers")
        if told is None or not isinstance(names, list):
            continue
        yield occurred(told[0], exchange)
        if set(map(str, names)) != told[1]:
            yield finding(
                f"Health names the platforms {sorted(told[1])}, readiness {names}.",
                told[0],
                exchange,
            )


@check("PLA-12", occurs="metrics with a platform were read")
def metrics_name_the_same(transcript: Transcript) -> Iterator[Observation]:
    told = named_by_health(transcript)
    for exchange in asked(transcript, "GET", "metrics"):
        response = exchange.response
        if told is None or response is None:
            continue
        read = read_metrics(str(response.data["body"]))
        labels = {s.labels["platform"] for s in read.samples if "platform" in s.labels}
        if not labels:
            continue
        yield occurred(told[0], exchange)
        if not labels <= told[1]:
            yield finding(
                f"Health names the platforms {sorted(told[1])}, the metrics "
                f"{sorted(labels)}.",
                told[0],
                exchange,
            )


def _rest(transcript: Transcript, what: str) -> Iterator[tuple[Exchange, Json]]:
    """The provider of every quote, or bar, that REST told."""
    for exchange in asked(transcript, "GET", "v1", what, None):
        body = exchange.body if exchange.status == 200 else None
        for row in body if isinstance(body, list) else [body]:
            if isinstance(row, dict) and "provider" in row:
                yield exchange, row["provider"]


def _as_health(transcript: Transcript, what: str) -> Iterator[Observation]:
    told = named_by_health(transcript)
    for exchange, provider in _rest(transcript, what):
        if told is None:
            continue
        yield occurred(told[0], exchange)
        if not _fits(provider, told[1]):
            yield finding(
                f"Health names the platforms {sorted(told[1])}; the provider of "
                f"{what} is {provider!r}.",
                told[0],
                exchange,
            )
            return


@check("PLA-13", occurs="a quote told its provider")
def a_quotes_provider_fits(transcript: Transcript) -> Iterator[Observation]:
    yield from _as_health(transcript, "quotes")


@check("PLA-14", occurs="a bar told its provider")
def a_bars_provider_fits(transcript: Transcript) -> Iterator[Observation]:
    yield from _as_health(transcript, "bars")


def _streamed(transcript: Transcript) -> Iterator[tuple[Entry, str, Json]]:
    for kind, field, what in (("candle", "bar", "bars"), ("quote", "quote", "quotes")):
        for entry, message in messages_of_type(transcript, kind):
            row = message.get(field)
            if isinstance(row, dict):
                yield entry, what, row.get("provider")


@check("PLA-15", occurs="market data was told on the stream and by REST")
def the_stream_names_the_same(transcript: Transcript) -> Iterator[Observation]:
    for entry, what, provider in _streamed(transcript):
        named = {str(p): e for e, p in _rest(transcript, what)}
        if not named:
            continue
        yield occurred(entry, *named.values())
        if str(provider) not in named:
            yield finding(
                f"REST names the provider {sorted(named)} of {what}, the stream "
                f"{provider!r}.",
                entry,
                *named.values(),
            )
            return


@check("PLA-18", occurs="a Gateway in paper mode named its platform")
def paper_is_not_live(transcript: Transcript) -> Iterator[Observation]:
    told = named_by_health(transcript)
    if told is None:
        return
    yield occurred(told[0])
    live = [n for n in told[1] if (p := platform_of(n)) and p.mode is Mode.LIVE]
    if live:
        yield finding(f"A Gateway in paper mode names the platforms {live}.", told[0])
