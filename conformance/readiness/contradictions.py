"""Where evidence speaks against a statement: limits, margin, fees, costs, host."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from conformance.judge.session.model import SessionFacts, SymbolNumbers
from conformance.readiness.dossier import Dossier
from conformance.readiness.host import was_seen
from conformance.readiness.values import Read
from conformance.spec.checklist import checklist

Values = Mapping[str, Read]
HUNDRED = Decimal(100)


def contradictions(statement: str, values: Values, dossier: Dossier) -> tuple[str, ...]:
    """What the evidence says otherwise, a sentence each."""
    rule = _RULES.get(statement)
    return () if rule is None else tuple(rule(values, dossier))


def _traded(dossier: Dossier) -> tuple[SessionFacts, ...]:
    """The sessions with a broker behind them."""
    return dossier.of_kind("paper", "live")


def _limits(values: Values, dossier: Dossier) -> Iterator[str]:
    peak = _number(values, "peak_percent")
    if peak is None:
        return
    declared = dossier.profile.drawdown
    if declared and declared.since == "peak" and declared.percent != peak:
        yield (
            f"the profile, by which the strategy was judged, has a limit of "
            f"{declared.percent:f} percent, the statement one of {peak:f}"
        )
    for session in _traded(dossier):
        deepest = session.numbers.maximum_drawdown
        if deepest is not None and deepest * HUNDRED > peak:
            yield (
                f"in session {session.name} equity fell {_told(deepest * HUNDRED)} "
                f"percent below its highest, beyond the limit of {peak:f}"
            )


def _margin(values: Values, dossier: Dossier) -> Iterator[str]:
    most = _number(values, "most_used_percent")
    for session in _traded(dossier) if most is not None else ():
        used = session.numbers.peak_margin
        if used is not None and most is not None and used * HUNDRED > most:
            yield (
                f"session {session.name} used {_told(used * HUNDRED)} percent of "
                f"equity as margin, more than the {most:f} that were stated"
            )


def _fees(values: Values, dossier: Dossier) -> Iterator[str]:
    yield from _declared_fees(values, dossier)
    currency = values.get("currency")
    if currency is None:
        # What is not stated is incomplete, and contradicts nothing.
        return
    for session in _traded(dossier):
        charged = {name: abs(sum_) for name, sum_ in session.numbers.commission.items()}
        other = sorted(n for n, total in charged.items() if total and n != currency)
        if other:
            yield (
                f"session {session.name} was charged in {', '.join(other)}, not in "
                f"{currency}"
            )
            continue
        for symbol in session.numbers.symbols:
            yield from _charged(values, session, symbol)


def _declared_fees(values: Values, dossier: Dossier) -> Iterator[str]:
    """The profile has the fees that sessions were judged by: the same ones."""
    fees = dossier.profile.fees
    if fees is None:
        return
    maker = fees.percent if fees.maker_percent is None else fees.maker_percent
    declared = {
        "taker_percent": fees.percent,
        "maker_percent": maker,
        "per_share": fees.per_unit,
        "per_order": fees.per_order,
    }
    for name, found in declared.items():
        stated = _number(values, name) or Decimal(0)
        if stated != found:
            yield f"{name}: {stated:f} was stated, the profile has {found:f} in [fees]"


def _charged(
    values: Values, session: SessionFacts, symbol: SymbolNumbers
) -> Iterator[str]:
    """Paper platforms often charge nothing: that contradicts no schedule."""
    commission = abs(symbol.commission)
    if not commission or not symbol.volume:
        return
    least, most = _schedule(values, session, symbol)
    slack = Decimal(checklist().rules.fee_tolerance_percent) / HUNDRED
    if not least * (1 - slack) <= commission <= most * (1 + slack):
        yield (
            f"session {session.name} was charged {_told(commission)} for "
            f"{symbol.volume:f} of {symbol.symbol}; by the schedule it is "
            f"{_told(least)} to {_told(most)}"
        )


def _schedule(
    values: Values, session: SessionFacts, symbol: SymbolNumbers
) -> tuple[Decimal, Decimal]:
    """The least and the most that the schedule charges for what was filled."""
    minimum = (_number(values, "minimum") or Decimal(0)) * symbol.orders.filled
    model = values.get("model")
    if model == "per-share":
        fee = (_number(values, "per_share") or Decimal(0)) * symbol.volume
        return fee, fee + minimum
    if model == "per-order":
        fee = (_number(values, "per_order") or Decimal(0)) * symbol.orders.filled
        return fee, fee
    if model == "maker-taker":
        rates = [_number(values, n) or Decimal(0) for n in _RATES]
        low, high = _worth(session, symbol)
        fees = min(rates) * low / HUNDRED, max(rates) * high / HUNDRED
        return fees[0], fees[1] + minimum
    return Decimal(0), Decimal(0)


_RATES = ("maker_percent", "taker_percent")


def _worth(session: SessionFacts, symbol: SymbolNumbers) -> tuple[Decimal, Decimal]:
    """What was traded of a symbol is worth so much at the least and at the most."""
    trips = [t for t in session.numbers.round_trips if t.symbol == symbol.symbol]
    prices = [p for t in trips for p in (t.entry_price, t.exit_price)]
    if not prices:
        return Decimal(0), Decimal("Infinity")
    return symbol.volume * min(prices), symbol.volume * max(prices)


def _costs(values: Values, dossier: Dossier) -> Iterator[str]:
    """A backtest that was charged less than the broker takes earns too much."""
    fees = dossier.attestations and dossier.attestations.of("fee-schedule")
    modelled = _number(values, "commission_percent")
    if not fees or modelled is None or fees.values.get("model") != "maker-taker":
        return
    least = min(_number(fees.values, name) or Decimal(0) for name in _RATES)
    if modelled < least:
        yield (
            f"the backtest was charged {modelled:f} percent of a trade's worth, the "
            f"fee schedule takes {least:f} at the least"
        )


def _host(values: Values, dossier: Dossier) -> Iterator[str]:
    for fact in dossier.host:
        if fact.concern and was_seen(fact):
            yield f"{fact.name} is {fact.value}: {fact.concern}"


def _number(values: Values, name: str) -> Decimal | None:
    found = values.get(name)
    return Decimal(found) if isinstance(found, str) else None


def _told(value: Decimal) -> str:
    return f"{Decimal(f'{value:.4f}').normalize():f}"


_RULES: dict[str, Callable[[Values, Dossier], Iterator[str]]] = {
    "drawdown-limits": _limits,
    "margin-rules": _margin,
    "fee-schedule": _fees,
    "backtest-costs": _costs,
    "host": _host,
}
