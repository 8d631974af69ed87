"""A close of all positions closes each that it names, and no other."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.positions import Holding, filled_ids, holdings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_steps import all_closed

NEEDS = Needs(symbols=3, alone=True, seconds=25)


async def script(strategy: Played) -> None:
    """Holds three positions; closes those of one symbol, all, and all once more."""
    stream = await strategy.stream()
    orders = [
        await strategy.place(symbol=symbol, quantity="3", side=side)
        for symbol, side in zip(strategy.symbols, ("BUY", "SELL", "BUY"), strict=True)
    ]
    for order in orders:
        await strategy.announced(stream, order.id, "ORDER_FILLED")
    await strategy.get("/v1/positions")
    await all_closed(strategy, stream, strategy.symbol)
    await all_closed(strategy, stream)
    await all_closed(strategy, stream)


def _sweeps(
    transcript: Transcript, symbol: str
) -> Iterator[tuple[Exchange, Holding, Holding]]:
    """Each close of all, with what was held of a symbol before and after."""
    listed = list(holdings(transcript, symbol))
    for sweep in asked(transcript, "DELETE", "v1", "positions"):
        at = sweep.request.number
        before = [h for h in listed if h.exchange.request.number < at]
        after = [h for h in listed if h.exchange.request.number > at]
        if before and after:
            yield sweep, before[-1], after[0]


def _names(sweep: Exchange, symbol: str) -> bool:
    return dict(sweep.query).get("symbol", symbol) == symbol


def _handles(sweep: Exchange) -> list[str]:
    rows = sweep.body if isinstance(sweep.body, list) else []
    return [str(row.get("id")) for row in rows if isinstance(row, dict)]


@check("EXI-69", occurs="a close of all positions was accepted and its orders filled")
def none_of_those_it_names_is_left(transcript: Transcript) -> Iterator[Observation]:
    filled = filled_ids(transcript)
    for symbol in transcript.header.symbols:
        for sweep, before, after in _sweeps(transcript, symbol):
            if not _names(sweep, symbol) or before.quantity == 0:
                continue
            if sweep.status != 200 or not filled.issuperset(_handles(sweep)):
                continue
            yield occurred(before.exchange, sweep, after.exchange)
            if after.quantity != 0:
                yield finding(
                    f"A close of all positions was answered with {sweep.status} and "
                    f"{len(_handles(sweep))} orders, which filled; {after.quantity} of "
                    f"{before.quantity} {symbol} were left.",
                    before.exchange,
                    sweep,
                    after.exchange,
                )


@check(
    "EXI-70", occurs="all positions of one symbol were closed while others were held"
)
def no_other_symbol_is_touched(transcript: Transcript) -> Iterator[Observation]:
    for symbol in transcript.header.symbols:
        for sweep, before, after in _sweeps(transcript, symbol):
            if _names(sweep, symbol) or before.quantity == 0:
                continue
            yield occurred(before.exchange, sweep, after.exchange)
            if after.quantity != before.quantity:
                yield finding(
                    f"A close of all positions of {dict(sweep.query)['symbol']} moved "
                    f"{symbol} from {before.quantity} to {after.quantity}.",
                    before.exchange,
                    sweep,
                    after.exchange,
                )


@check("EXI-71", occurs="all positions were closed when none was held")
def nothing_to_close_is_an_empty_list(transcript: Transcript) -> Iterator[Observation]:
    by_symbol = [list(_sweeps(transcript, s)) for s in transcript.header.symbols]
    for rows in zip(*by_symbol, strict=False):
        sweep = rows[0][0]
        if sweep.query or any(before.quantity for _, before, _ in rows):
            continue
        yield occurred(rows[0][1].exchange, sweep)
        if sweep.body != []:
            yield finding(
                "Nothing was held; a close of all positions was answered with "
                f"{sweep.status} and {len(_handles(sweep))} orders, not with 200 and "
                "an empty list.",
                rows[0][1].exchange,
                sweep,
            )
