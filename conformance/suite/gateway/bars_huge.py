"""A huge number of bars is cut short or refused; asking for it ends nothing."""

from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(orders=False, hostile=True, own=True)

HUGE = 2**31 - 1
"""The greatest limit that the description allows."""

PATIENCE = 20.0


async def script(strategy: Played) -> None:
    """Asks for as many bars as can be asked for, then whether it is still there."""
    path = f"/v1/bars/{quote(strategy.symbol, safe='')}?timeframe=1m&limit={HUGE}"
    await strategy.get("/livez")
    await strategy.get(path, seconds=PATIENCE)
    await strategy.get("/livez")


@check("ORD-104", occurs="a huge number of bars was asked for and answered")
def a_huge_number_of_bars_is_no_harm(transcript: Transcript) -> Iterator[Observation]:
    for exchange in asked(transcript, "GET", "v1", "bars", None):
        if exchange.status in (200, 400):
            if _served_or_refused(exchange):
                yield occurred(exchange)
            continue
        lost = exchange.lost
        told = exchange.status if lost is None else f"not at all: {lost.data['reason']}"
        yield finding(
            f"GET {exchange.target} was answered {told}; it can be served "
            "in part, or refused with 400.",
            exchange,
            cause="Is memory set aside for as many bars as were asked for?",
        )


def _served_or_refused(exchange: Exchange) -> bool:
    """Whether there are bars, cut short perhaps by us, or an error body."""
    if exchange.status == 400:
        return isinstance(exchange.body, dict) and "code" in exchange.body
    assert exchange.response is not None
    return str(exchange.response.data["body"]).lstrip().startswith("[{")
