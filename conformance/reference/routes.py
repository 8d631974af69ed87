"""Which operation a path and a method lead to."""

from urllib.parse import unquote

from conformance.reference.failure import Failure

ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", "/livez", "livez"),
    ("GET", "/readyz", "readyz"),
    ("GET", "/health", "health"),
    ("GET", "/v1/account", "account"),
    ("GET", "/v1/capabilities", "capabilities"),
    ("GET", "/v1/status", "status"),
    ("GET", "/v1/circuit-breakers", "circuit_breakers"),
    ("POST", "/v1/circuit-breakers/reset", "reset_circuit_breakers"),
    ("GET", "/v1/quotes/{symbol}", "quote"),
    ("GET", "/v1/bars/{symbol}", "bars"),
    ("POST", "/v1/orders", "submit_order"),
    ("GET", "/v1/orders", "orders"),
    ("DELETE", "/v1/orders", "cancel_all_orders"),
    ("GET", "/v1/orders/history", "order_history"),
    ("GET", "/v1/orders/{order_id}", "order"),
    ("PATCH", "/v1/orders/{order_id}", "modify_order"),
    ("DELETE", "/v1/orders/{order_id}", "cancel_order"),
    ("GET", "/v1/trades", "trades"),
    ("GET", "/v1/positions", "positions"),
    ("DELETE", "/v1/positions", "close_all_positions"),
    ("GET", "/v1/positions/{position_id}", "position"),
    ("PATCH", "/v1/positions/{position_id}", "modify_position_exits"),
    ("DELETE", "/v1/positions/{position_id}", "close_position"),
)
"""Method, path and the handler's name: the 23 operations."""


class MethodUnknown(Failure):
    """The path is served, but not with this method."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__("INVALID_REQUEST", f"only {', '.join(allowed)} here")
        self.allowed = allowed


def operation(method: str, raw_path: str) -> tuple[str, dict[str, str]]:
    """The handler's name and the path parameters, decoded.

    Raises Failure for a path that is not served, or not with this method.
    """
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for each, template, name in ROUTES:
        path = _matched(template, raw_path)
        if path is not None:
            found.setdefault(each, (name, path))
    if not found:
        raise Failure("INVALID_REQUEST", f"nothing is served at {raw_path}")
    method = "GET" if method == "HEAD" else method
    if method not in found:
        raise MethodUnknown(tuple(found))
    return found[method]


def _matched(template: str, raw_path: str) -> dict[str, str] | None:
    """The path parameters, decoded, where a raw path fits a template."""
    wanted, given = template.split("/"), raw_path.split("/")
    if len(wanted) != len(given):
        return None
    found = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith("{") and part:
            found[want[1:-1]] = _decoded(part)
        elif want != part:
            return None
    return found


def _decoded(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError as error:
        raise Failure("INVALID_REQUEST", "the path is no UTF-8") from error
