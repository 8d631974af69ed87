"""A quote is the broker's, digit for digit, and as old as it is there."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import inf
from urllib.parse import quote

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.broker_market import Prices, answer_of, quote_of
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.noted import noted
from conformance.judge.orders import asked, number
from conformance.judge.venue import calls_during
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it
from conformance.suite.gateway.quotes import a_quote_is_of_its_symbol
from conformance.suite.gateway.rejections import no_quote_of_an_unknown_symbol

__all__ = (
    "NEEDS",
    "a_quote_is_of_its_symbol",
    "no_quote_of_an_unknown_symbol",
    "script",
    "the_venue_understands_it",
)

NEEDS = Needs(symbols=2, orders=False)

QUOTED = (
    ("1.08537", "1.08549"),
    ("0.10001", "0.1001"),
    ("151.203", "151.211"),
    ("97123.45", "97123.46"),
    ("123456.78901", "123456.78902"),
)
"""Bids and asks: with many digits, with few, and where a binary number has none."""

FINE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "binance_spot": (("0.00002513", "0.00002514"),),
}
"""Finer still, where a broker has instruments that are."""

HALF = frozenset({"oanda", "saxo"})
"""Brokers that leave a side out on which there is nobody; others write a zero."""

UNKNOWN: Mapping[str, str] = {
    "oanda": "NOS_UCH",
    "saxo": "NOSUCH:FxSpot",
    "alpaca": "NOSUCH",
    "binance_spot": "NOSUCHUSDT",
}
"""A name that each broker could have, and has not."""

OLD = "old-quotes"
OLD_SECONDS = 7200.0
LATE = timedelta(seconds=60)
"""A quote may be told as this much newer than it is: no clock is that wrong."""


async def script(strategy: Played) -> None:
    """Asks for quotes of many digits, then for one that is two hours old."""
    venue, symbol = strategy.venue, strategy.symbol
    for bid, ask in (*QUOTED, *FINE.get(venue.provider, ())):
        venue.market(symbol, bid, ask)
        await _ask(strategy, symbol)
    if venue.provider in HALF:
        venue.market(symbol, None, "1.08549")
        await _ask(strategy, symbol)
        venue.market(symbol, "1.08537", None)
        await _ask(strategy, symbol)
    await _ask(strategy, strategy.symbols[1])
    nobodys = UNKNOWN[venue.provider]
    strategy.note("unknown-symbol", f"the broker has no {nobodys}", symbol=nobodys)
    await _ask(strategy, nobodys)
    venue.market(symbol, "1.08537", "1.08549", OLD_SECONDS)
    strategy.note(OLD, "the broker's quotes are two hours old from here on")
    await _ask(strategy, symbol)


async def _ask(strategy: Played, symbol: str) -> None:
    await strategy.get(f"/v1/quotes/{quote(symbol, safe='')}")


def _pairs(transcript: Transcript) -> Iterator[tuple[Exchange, Prices]]:
    """Every quote that was told, with what the broker had answered."""
    provider = transcript.header.provider
    for exchange in asked(transcript, "GET", "v1", "quotes", None):
        if exchange.status != 200 or not isinstance(exchange.body, dict):
            continue
        answers = map(answer_of, calls_during(transcript, exchange, Operation.QUOTE))
        found = [q for q in (quote_of(provider, a) for a in answers) if q is not None]
        if found:
            yield exchange, found[-1]


@check("BRO-70", occurs="the broker answered a quote, and one was told")
def a_quote_is_the_brokers(transcript: Transcript) -> Iterator[Observation]:
    for exchange, told in _pairs(transcript):
        yield occurred(exchange)
        for name, wanted in (("bid", told.bid), ("ask", told.ask)):
            if number(exchange.body or {}, name) != wanted:
                quoted = (
                    f"{told.bid or 'nothing'} bid and {told.ask or 'nothing'} asked"
                )
                yield finding(
                    f"The broker quoted {exchange.segments[-1]} with {quoted}; the "
                    f"strategy was told the {name} "
                    f"{(exchange.body or {}).get(name)!r}.",
                    exchange,
                )


def _old_since(transcript: Transcript) -> float:
    """The entry after which the broker's quotes are old; none where it never was."""
    return next((note.number for note in noted(transcript, OLD)), inf)


@check("BRO-71", occurs="the broker answered a quote that was hours old")
def a_quote_is_as_old_as_it_is(transcript: Transcript) -> Iterator[Observation]:
    pairs = list(_pairs(transcript))
    if pairs and all(told.at is None for _, told in pairs):
        raise NotVerified("its broker does not say when it made a quote")
    for exchange, told in pairs:
        try:
            stamp = instant_of((exchange.body or {}).get("timestamp"))
        except NotAnInstant:
            continue
        if told.at is None or exchange.request.number < _old_since(transcript):
            continue
        yield occurred(exchange)
        if stamp - told.at > LATE:
            yield finding(
                f"The broker's quote of {exchange.segments[-1]} was made at "
                f"{told.at.isoformat()}; the strategy was told that it is of "
                f"{stamp.isoformat()}.",
                exchange,
                cause="Is a quote stamped with the Gateway's own clock?",
            )
