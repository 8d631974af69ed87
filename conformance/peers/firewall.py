"""Decides whether a request may leave us: what could trade is bounded first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote

from conformance.errors import SafetyRefusal
from conformance.spec.platforms import Mode, platform_of

PROBES = ("/livez", "/readyz", "/health")
"""What any Gateway may be asked, whatever is behind it."""

MAGNITUDE = 15
"""Powers of ten: a price beyond them, or below, is no price."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be traded: on a simulated platform anything, elsewhere what is named."""

    unbounded: bool
    symbols: tuple[str, ...] = ()
    max_notional: Decimal | None = None
    max_orders: int = 2000
    live: bool = False
    """Whether somebody's money is behind it, or nobody knows what is."""


class Firewall:
    """Every request of the played strategy passes here first; one for a whole run."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission
        self._orders = 0
        self._prices: dict[str, Decimal] = {}
        self._largest = Decimal(0)
        self._placed: dict[str, Mapping[str, object]] = {}

    @property
    def guarded(self) -> bool:
        """Whether what is behind the Gateway is no simulation."""
        return not self._permission.unbounded

    def learn(self, symbol: str, price: Decimal) -> None:
        """The last price seen, which values an order that names none."""
        self._prices[symbol] = price

    def placed(self, order_id: str, order: Mapping[str, object]) -> None:
        """An order that was accepted: what a change of it is worth is known."""
        self._placed[order_id] = order

    def admit(self, method: str, path: str, body: str | None) -> None:
        """Raises SafetyRefusal unless this request may be sent."""
        if self._permission.unbounded or not could_trade(method, path):
            return
        self._orders += 1
        if self._orders > self._permission.max_orders:
            raise SafetyRefusal(f"more than {self._permission.max_orders} orders")
        if method == "POST":
            self._admit_order(body)
        else:
            self._admit_change(path, body)

    def _admit_order(self, body: str | None) -> None:
        order = _object(body)
        if order is None:
            raise SafetyRefusal("an order that cannot be read back is not sent")
        symbol = order.get("symbol")
        if symbol not in self._permission.symbols:
            raise SafetyRefusal(
                f"{symbol!r} is not among the symbols that may be traded "
                f"({', '.join(self._permission.symbols) or 'none: --gateway-symbols'})"
            )
        quantity, price = self._terms(order)
        self._bound("an order", quantity, price)
        self._largest = max(self._largest, abs(quantity or Decimal(0)))

    def _admit_change(self, path: str, body: str | None) -> None:
        """A change or a close may be worth no more than an order.

        Where nobody knows what it changes, its worth is that of the largest order and
        of the dearest price that this run has to do with.
        """
        if not body:
            return
        change = _object(body)
        if change is None:
            raise SafetyRefusal("a change that cannot be read back is not sent")
        named = [change.get(name) for name in ("limit_price", "stop_price")]
        if change.get("quantity") is None and not any(named):
            return
        order = self._placed.get(unquote(path.rpartition("/")[2]))
        if order is not None:
            self._bound("a change", *self._terms({**order, **change}))
            return
        given = change.get("quantity")
        quantity = self._largest if given is None else _decimal(given)
        known = [p for p in map(_decimal, named) if p is not None]
        price = max((*known, *self._prices.values()), default=None)
        self._bound("a change", quantity, price)

    def _terms(
        self, order: Mapping[str, object]
    ) -> tuple[Decimal | None, Decimal | None]:
        return _decimal(order.get("quantity")), self._dearest(order)

    def _dearest(self, order: Mapping[str, object]) -> Decimal | None:
        """The highest price that an order can trade at; None where nobody knows it."""
        limit = _decimal(order.get("limit_price"))
        if (order.get("side"), order.get("order_type")) == ("BUY", "LIMIT"):
            return limit
        market = self._prices.get(str(order.get("symbol")))
        if market is None:
            return None
        named = (limit, _decimal(order.get("stop_price")))
        return max((market, *(p for p in named if p is not None)))

    def _bound(
        self, what: str, quantity: Decimal | None, price: Decimal | None
    ) -> None:
        limit = self._permission.max_notional
        if limit is None:
            raise SafetyRefusal("no bound is set: name one with --gateway-max-notional")
        if quantity is None or price is None:
            raise SafetyRefusal(f"{what} of unknown worth is not sent")
        worth = abs(quantity * price)
        if worth > limit:
            raise SafetyRefusal(f"{what} worth {worth} is over the bound of {limit}")


class ProbesOnly(Firewall):
    """For a Gateway that names a live platform: it is asked for its probes, no more."""

    def __init__(self) -> None:
        super().__init__(Permission(unbounded=False))

    def admit(self, method: str, path: str, body: str | None) -> None:
        """Raises SafetyRefusal for everything else, harmless or not."""
        if method != "GET" or path not in PROBES or body is not None:
            raise SafetyRefusal(f"{method} {path}: only the probes are asked here")


def permission_for(
    platforms: tuple[str, ...],
    *,
    ours: bool,
    allowed: str | None,
    symbols: tuple[str, ...],
    max_notional: Decimal | None,
) -> Permission:
    """What may be traded on these platforms, which all are what they must be.

    Raises SafetyRefusal for a live, an unknown or an unnamed platform, unless it is
    the one that the user allowed by name.
    """
    if ours:
        return Permission(unbounded=True)
    modes = {_mode(name, allowed) for name in platforms or ("",)}
    if modes == {Mode.SIMULATED}:
        return Permission(unbounded=True, symbols=symbols)
    return Permission(False, symbols, max_notional, live=Mode.LIVE in modes)


def _mode(name: str, allowed: str | None) -> Mode:
    """What is behind a platform that may be traded on."""
    known = platform_of(name)
    if known is not None and known.mode is not Mode.LIVE:
        return known.mode
    if name and name == allowed:
        return Mode.LIVE
    mode = "an unknown platform" if known is None else str(known.mode)
    what = f"{name!r}, which is {mode}" if name else "no platform"
    raise SafetyRefusal(
        f"/health names {what}: nothing that could trade is sent "
        f"(--gateway-allow-platform {name or 'NAME'} if you mean it)"
    )


def could_trade(method: str, path: str) -> bool:
    """Whether a request might, if it is obeyed, buy or sell."""
    if method == "POST":
        return path.split("?", maxsplit=1)[0].rstrip("/").endswith("/orders")
    return method in {"PATCH", "PUT"} or (method == "DELETE" and "/positions" in path)


def _object(body: str | None) -> dict[str, object] | None:
    try:
        value = json.loads(body or "", parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def price_of(value: object) -> Decimal | None:
    """A price that worth can be reckoned by; None for zero and what is out of reason.

    An order valued by a price of nothing would be under every bound.
    """
    price = _decimal(str(value) if isinstance(value, int) else value)
    if price is None or price <= 0 or abs(price.adjusted()) > MAGNITUDE:
        return None
    return price


def _decimal(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value)) if isinstance(value, (str, Decimal)) else None
    except InvalidOperation:
        return None
    # NaN is neither over a bound nor under it.
    return found if found is not None and found.is_finite() else None
