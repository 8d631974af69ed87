"""On paper a Gateway names its broker's paper platform and dials no live host.

Every address is a played one; what it dials beside them over HTTP goes to a sink of
ours, by the variables for proxies. A stream that heeds none of these is not seen.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.noted import noted
from conformance.judge.venue import calls
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.sink import Sink
from conformance.peers.venues.words import Ability
from conformance.spec.platforms import Mode, platform_of
from conformance.suite.check import check
from conformance.suite.gateway.platforms import (
    a_bars_provider_fits,
    a_quotes_provider_fits,
    metrics_name_the_same,
    named_by_health,
    platforms_are_documented,
    readiness_names_the_same,
    the_stream_names_the_same,
)

__all__ = (
    "LIVE_HOSTS",
    "NEEDS",
    "a_bars_provider_fits",
    "a_quotes_provider_fits",
    "dialling",
    "look",
    "metrics_name_the_same",
    "named_rightly",
    "no_live_host_is_dialled",
    "paper_is_paper",
    "platforms_are_documented",
    "readiness_names_the_same",
    "script",
    "the_stream_names_the_same",
)

NEEDS = Needs(start=False, seconds=40)

DIALLED = "dialled"
HOST = re.compile(r"(?:CONNECT |https?://)([\w.-]+)")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
OURSELVES = ("NO_PROXY", "no_proxy")

LIVE_HOSTS: Mapping[str, frozenset[str]] = {
    "oanda": frozenset({"api-fxtrade.oanda.com", "stream-fxtrade.oanda.com"}),
    "saxo": frozenset({"live.logonvalidation.net"}),
    "alpaca": frozenset({"api.alpaca.markets"}),
    "binance_spot": frozenset(
        {"api.binance.com", "api-gcp.binance.com", "stream.binance.com"}
        | {f"api{number}.binance.com" for number in range(1, 5)}
    ),
}
"""Hosts that a broker's documents name for real money alone."""


async def script(strategy: Played) -> None:
    """Starts one on paper, and asks it for all that there is."""
    async with Sink() as sink:
        await strategy.start(dialling(sink))
        await look(strategy)
        await sink.dialled(strategy.pace.quiet)
        hosts = [name for line in sink.said for name in HOST.findall(line)]
        told = f"beside its venue it dialled {', '.join(sink.said) or 'nobody'}"
        strategy.note(DIALLED, told, hosts=hosts)


def dialling(sink: Sink) -> dict[str, str]:
    """The variables that lead what is dialled over HTTP beside the venue to a sink."""
    proxies = dict.fromkeys(PROXIES, f"http://{sink.address}")
    return {**proxies, **dict.fromkeys(OURSELVES, "127.0.0.1,localhost")}


async def look(strategy: Played) -> None:
    """All that names a platform, and all that asks the broker something."""
    venue, symbol = strategy.venue, strategy.symbol
    stream = None
    if Ability.STREAM in venue.can:
        stream = await strategy.stream()
        await venue.priced()
    for path in ("/health", "/readyz", "/v1/capabilities", "/v1/status"):
        await strategy.get(path)
    name = quote(symbol, safe="")
    await strategy.get(f"/v1/quotes/{name}")
    await strategy.get(f"/v1/bars/{name}?timeframe=1m&limit=2")
    for path in ("/v1/account", f"/v1/orders?symbol={name}", "/v1/positions"):
        await strategy.get(path)
    placed = await strategy.place(order_type="LIMIT", limit_price=venue.below(symbol))
    await strategy.cancel(placed.id)
    if stream is not None:
        venue.quote(symbol, "99.5", "100.5")
        await strategy.wait(stream, "a quote", lambda h: h.type == "quote")
    await strategy.get("/metrics")


def named_rightly(transcript: Transcript, mode: Mode) -> Iterator[Observation]:
    """Whether health names platforms of this mode, and of this broker, alone."""
    told = named_by_health(transcript)
    if told is None:
        return
    exchange, names = told
    yield occurred(exchange)
    broker = transcript.header.provider.partition("_")[0]
    for name in sorted(names):
        known = platform_of(name)
        if known is None:
            continue
        if known.mode is not mode:
            yield finding(
                f"A Gateway for {transcript.header.provider} in the mode {mode} names "
                f"the platform {name}, which is {known.mode}.",
                exchange,
            )
        elif known.broker != broker:
            yield finding(
                f"A Gateway for {transcript.header.provider} names the platform "
                f"{name}, which is {known.broker}'s.",
                exchange,
            )


@check("PLA-23", occurs="a Gateway in paper mode named its platform")
def paper_is_paper(transcript: Transcript) -> Iterator[Observation]:
    yield from named_rightly(transcript, Mode.PAPER)


@check("PLA-19", occurs="a Gateway in paper mode asked its broker, and all went to us")
def no_live_host_is_dialled(transcript: Transcript) -> Iterator[Observation]:
    asked = list(calls(transcript))
    for note in noted(transcript, DIALLED) if asked else ():
        yield occurred(asked[0].asked, note)
        live = LIVE_HOSTS[transcript.header.provider]
        found = sorted(live & set(note.data["facts"]["hosts"]))
        if found:
            yield finding(
                f"A Gateway for {transcript.header.provider} in paper mode, all of "
                f"whose addresses lead to us, dialled {', '.join(found)}.",
                note,
            )
