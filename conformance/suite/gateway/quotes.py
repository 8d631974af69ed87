"""A quote is of its symbol and could be traded on."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked, number
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(symbols=2, orders=False)

TIMES = 5
ZERO = Decimal(0)


async def script(strategy: Played) -> None:
    """Asks for the quotes of two symbols, several times in turn."""
    for _ in range(TIMES):
        for symbol in strategy.symbols:
            await strategy.get(f"/v1/quotes/{quote(symbol, safe='')}")


def _quotes(transcript: Transcript) -> Iterator[Exchange]:
    for exchange in asked(transcript, "GET", "v1", "quotes", None):
        if exchange.status == 200 and isinstance(exchange.body, dict):
            yield exchange


@check("ORD-90", occurs="a quote was told")
def a_quote_has_a_spread(transcript: Transcript) -> Iterator[Observation]:
    for exchange in _quotes(transcript):
        bid, ask = (number(exchange.body or {}, name) for name in ("bid", "ask"))
        if bid is None or ask is None:
            continue
        yield occurred(exchange)
        if not ZERO < bid <= ask:
            yield finding(
                f"The quote of {exchange.segments[-1]} tells the bid {bid} and the "
                f"ask {ask}.",
                exchange,
            )


@check("ORD-91", occurs="quotes of two symbols were told")
def a_quote_is_of_its_symbol(transcript: Transcript) -> Iterator[Observation]:
    for exchange in _quotes(transcript):
        yield occurred(exchange)
        told = exchange.body.get("symbol") if exchange.body else None
        if told != exchange.segments[-1]:
            yield finding(
                f"A quote of {exchange.segments[-1]} was asked for; one of {told} was "
                "answered.",
                exchange,
            )
