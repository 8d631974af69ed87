"""What each broker's own words say of a quote and of a bar, read digit for digit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qs, urlsplit

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import parsed
from conformance.evidence.transcript import Transcript
from conformance.judge.venue import Call, calls, frames
from conformance.protocol.instants import NotAnInstant, instant_of

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError, StopIteration)
"""What reading an answer fails with that is not as its broker writes it."""

SIDES = ("bids", "asks")
NAMES = ("open", "high", "low", "close")
UNITS = {"Min": 60, "T": 60, "Hour": 3600, "H": 3600, "Day": 86400, "Week": 604800}
STEPS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
GRANULARITY = {"S": 1, "M": 60, "H": 3600, "D": 86400, "W": 604800}


@dataclass(frozen=True, slots=True)
class Prices:
    """A broker's bid and ask, and when it made them, where it says so.

    A side that is None is one on which it says that there is nobody.
    """

    bid: Decimal | None
    ask: Decimal | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a broker's: by name, every price that it has for it."""

    at: datetime
    prices: Mapping[str, frozenset[Decimal]]
    complete: bool | None = None
    """Whether it is over; None where the broker does not say so."""


def answer_of(call: Call) -> Json:
    """What the broker answered with success; None where it did not."""
    if call.answered is None or call.status is None or not 200 <= call.status < 300:
        return None
    return parsed(call.answered.data.get("body"))


def decimal(value: Json) -> Decimal | None:
    """A broker's number, whether it is a text or not; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


# --- quotes ---


def quote_of(provider: str, answer: Json) -> Prices | None:
    """The quote in an answer of this broker's; None where it has none."""
    try:
        return _QUOTES[provider](answer)
    except UNREADABLE:
        return None


def _prices(bid: Json, ask: Json, at: Json = None) -> Prices | None:
    return Prices(decimal(bid), decimal(ask), _moment(at))


def _moment(value: Json) -> datetime | None:
    try:
        return instant_of(value)
    except NotAnInstant:
        return None


def oanda_price(row: Json) -> Prices | None:
    """A PRICE of OANDA's, of REST or of its stream: the first rung of each side."""
    try:
        bid, ask = (row[name][0]["price"] if row[name] else None for name in SIDES)
    except (KeyError, TypeError):
        return None
    return _prices(bid, ask, row.get("time"))


def _alpaca(answer: Json) -> Prices | None:
    row = answer.get("quote") or next(iter(answer["quotes"].values()))
    return _prices(row["bp"], row["ap"], row.get("t"))


_QUOTES: Mapping[str, Callable[[Json], Prices | None]] = {
    "oanda": lambda a: oanda_price(a["prices"][0]),
    "saxo": lambda a: _prices(
        a["Quote"].get("Bid"), a["Quote"].get("Ask"), a.get("LastUpdated")
    ),
    "alpaca": _alpaca,
    "binance_spot": lambda a: _prices(a["bidPrice"], a["askPrice"]),
}


# --- bars ---


def step_of(provider: str, call: Call) -> int | None:
    """How long the bars are that this request asks for, in seconds."""
    query = {k: v[-1] for k, v in parse_qs(urlsplit(call.target).query).items()}
    try:
        return _STEPS[provider](query)
    except (KeyError, ValueError):
        return None


def _granularity(query: Mapping[str, str]) -> int:
    told = query.get("granularity", "S5")
    return int(told[1:] or 1) * GRANULARITY[told[0]]


def _timeframe(query: Mapping[str, str]) -> int:
    told = query["timeframe"]
    digits = "".join(c for c in told if c.isdigit())
    return int(digits) * UNITS[told[len(digits) :]]


def _interval(query: Mapping[str, str]) -> int:
    told = query["interval"]
    return int(told[:-1]) * STEPS[told[-1]]


_STEPS: Mapping[str, Callable[[Mapping[str, str]], int]] = {
    "oanda": _granularity,
    "saxo": lambda q: int(q["Horizon"]) * 60,
    "alpaca": _timeframe,
    "binance_spot": _interval,
}


def bars_of(provider: str, answer: Json) -> tuple[Bar, ...]:
    """The bars in an answer of this broker's, in its order."""
    try:
        return tuple(_BARS[provider](answer))
    except UNREADABLE:
        return ()


def _oanda_bars(answer: Json) -> Iterator[Bar]:
    for row in answer["candles"]:
        sides = [row[side] for side in ("mid", "bid", "ask") if side in row]
        found = {n: _all(side[n[0]] for side in sides) for n in NAMES}
        yield Bar(instant_of(row["time"]), found, row.get("complete"))


def _saxo_bars(answer: Json) -> Iterator[Bar]:
    for row in answer["Data"]:
        found = {}
        for name in NAMES:
            title = name.capitalize()
            both = _all((row[f"{title}Bid"], row[f"{title}Ask"]))
            # A bar is told at one price; the middle of the two is none of its words.
            found[name] = both | {sum(both, Decimal(0)) / len(both)}
        yield Bar(instant_of(row["Time"]), found)


def _alpaca_bars(answer: Json) -> Iterator[Bar]:
    rows = answer["bars"] or ()
    if isinstance(rows, dict):
        rows = next(iter(rows.values()), ())
    for row in rows:
        found = {n: _all([row[n[0]]]) for n in NAMES}
        yield Bar(instant_of(row["t"]), found)


def _binance_bars(answer: Json) -> Iterator[Bar]:
    for row in answer:
        found = {n: _all([row[place]]) for place, n in enumerate(NAMES, 1)}
        yield Bar(datetime.fromtimestamp(row[0] / 1000, UTC), found)


def _all(values: Iterator[Json] | list[Json] | tuple[Json, ...]) -> frozenset[Decimal]:
    found = (decimal(value) for value in values)
    return frozenset(value for value in found if value is not None)


_BARS: Mapping[str, Callable[[Json], Iterator[Bar]]] = {
    "oanda": _oanda_bars,
    "saxo": _saxo_bars,
    "alpaca": _alpaca_bars,
    "binance_spot": _binance_bars,
}


# --- the stream ---


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of a broker's stream about a symbol's price, and what it says.

    `prices` is what holds from then on; None where that is no price. `strange` is
    whether the script meant it to be one that no strategy should trust.
    """

    entry: Entry
    prices: Prices | None
    strange: bool


def ticks(transcript: Transcript) -> Iterator[Tick]:
    """What the broker's stream said of prices, in order; its first word among it."""
    if transcript.header.provider == "saxo":
        yield from _saxo_ticks(transcript)
        return
    for frame in frames(transcript, kind="PRICE"):
        deliberate = bool(frame.entry.data.get("deliberate"))
        yield Tick(frame.entry, oanda_price(frame.message), deliberate)


def _saxo_ticks(transcript: Transcript) -> Iterator[Tick]:
    """A line says what changed; the answer to a subscription what was before."""
    stands: dict[str, dict[str, Json]] = {}
    for call in calls(transcript, "POST", "infoprices", "subscriptions"):
        answer = answer_of(call)
        if call.answered is not None and isinstance(answer, dict):
            quote = dict(answer["Snapshot"].get("Quote", {}))
            stands[str(answer["ReferenceId"])] = quote
            yield Tick(call.answered, _saxo_quote(quote), False)
    for frame in frames(transcript):
        reference = str(frame.entry.data.get("reference"))
        if reference in stands and isinstance(frame.message, dict):
            stands[reference] |= frame.message.get("Quote", {})
            deliberate = bool(frame.entry.data.get("deliberate"))
            yield Tick(frame.entry, _saxo_quote(stands[reference]), deliberate)


def _saxo_quote(quote: Mapping[str, Json]) -> Prices:
    return Prices(decimal(quote.get("Bid")), decimal(quote.get("Ask")))
