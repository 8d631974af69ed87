"""Decides whether a request may leave us: what could trade is bounded first."""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from conformance.errors import SafetyRefusal
from conformance.spec.platforms import platform_of


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be traded: on a simulated platform anything, elsewhere what is named."""

    unbounded: bool
    symbols: tuple[str, ...] = ()
    max_notional: Decimal | None = None
    max_orders: int = 2000


class Firewall:
    """Every request of the played strategy passes here first."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission
        self._orders = 0
        self._prices: dict[str, Decimal] = {}

    def learn(self, symbol: str, price: Decimal) -> None:
        """The last price seen, which values an order that names none."""
        self._prices[symbol] = price

    def admit(self, method: str, path: str, body: str | None) -> None:
        """Raises SafetyRefusal unless this request may be sent."""
        if self._permission.unbounded or not could_trade(method, path):
            return
        self._orders += 1
        if self._orders > self._permission.max_orders:
            raise SafetyRefusal(f"more than {self._permission.max_orders} orders")
        if method == "POST":
            self._admit_order(body)

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
        limit = self._permission.max_notional
        if limit is None:
            raise SafetyRefusal("no bound is set: name one with --gateway-max-notional")
        worth = self._worth(order)
        if worth > limit:
            raise SafetyRefusal(f"an order worth {worth} is over the bound of {limit}")

    def _worth(self, order: dict[str, object]) -> Decimal:
        quantity = _decimal(order.get("quantity"))
        price = _decimal(order.get("limit_price")) or _decimal(order.get("stop_price"))
        price = price or self._prices.get(str(order.get("symbol")))
        if quantity is None or price is None:
            raise SafetyRefusal("an order of unknown worth is not sent")
        return abs(quantity * price)


def permission_for(
    platforms: tuple[str, ...],
    *,
    ours: bool,
    allowed: str | None,
    symbols: tuple[str, ...],
    max_notional: Decimal | None,
) -> Permission:
    """What may be traded on these platforms.

    Raises SafetyRefusal for a live, an unknown or an unnamed platform, unless it is
    the one that the user allowed by name.
    """
    if ours:
        return Permission(unbounded=True)
    for name in platforms or ("",):
        known = platform_of(name)
        mode = None if known is None else str(known.mode)
        if mode == "simulated":
            continue
        if mode == "paper" and name:
            return Permission(False, symbols, max_notional)
        if allowed is None or allowed != name:
            what = (
                f"{name!r} is {mode or 'an unknown platform'}"
                if name
                else "no platform"
            )
            raise SafetyRefusal(
                f"/health names {what}: nothing that could trade is sent "
                f"(--gateway-allow-platform {name or 'NAME'} if you mean it)"
            )
        return Permission(False, symbols, max_notional)
    return Permission(unbounded=True, symbols=symbols)


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


def _decimal(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value)) if isinstance(value, (str, Decimal)) else None
    except InvalidOperation:
        return None
    # NaN is neither over a bound nor under it.
    return found if found is not None and found.is_finite() else None
