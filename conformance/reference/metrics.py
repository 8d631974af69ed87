"""What the reference Gateway counts, in Prometheus's text format."""

from collections import defaultdict

from conformance.reference.rendering import PLATFORM

BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)

EVENTS = (
    "created",
    "modified",
    "cancelled",
    "rejected",
    "filled",
    "partially_filled",
    "expired",
)

LIMITS = ("rate_limit_warning", "rate_limit_hit")

LABELLED = {
    "gateway_order_events_total": EVENTS,
    "gateway_rate_limit_events_total": LIMITS,
}
"""The metrics that tell kinds of events apart."""

NAMES: dict[str, tuple[str, str]] = {
    "gateway_orders_submitted_total": ("counter", "Orders accepted."),
    "gateway_order_submit_duration_seconds": ("histogram", "Time to submit."),
    "gateway_order_events_total": ("counter", "Order events by kind."),
    "gateway_oco_double_exit_total": ("counter", "Both orders of a group filled."),
    "gateway_ws_connections_active": ("gauge", "Streams that are open."),
    "gateway_ws_slow_consumer_disconnects": ("counter", "Clients dropped as slow."),
    "gateway_critical_notifications_dropped_total": ("counter", "Told to nobody."),
    "gateway_broker_disconnections_total": ("counter", "Upstream losses."),
    "gateway_broker_reconnect_attempts_total": ("counter", "Upstream retries."),
    "gateway_broker_reconnections_total": ("counter", "Upstream returns."),
    "gateway_broker_reconnect_failures_total": ("counter", "Upstream given up."),
    "gateway_rate_limit_events_total": ("counter", "Upstream limits."),
    "gateway_circuit_breaker_resets_total": ("counter", "Resets by hand."),
}

UNLABELLED = frozenset(
    {
        "gateway_ws_connections_active",
        "gateway_ws_slow_consumer_disconnects",
        "gateway_circuit_breaker_resets_total",
    }
)


class Metrics:
    """Counters, one gauge and one histogram; every name is there from the start."""

    def __init__(self, platform: str = PLATFORM) -> None:
        self._platform = platform
        self.values: dict[tuple[str, str], float] = defaultdict(float)
        self.durations: list[float] = []

    def count(self, name: str, label: str = "", by: float = 1) -> None:
        """Moves a counter or a gauge; `label` is the event type, where it has one."""
        self.values[name, label] += by

    def submitted(self, seconds: float) -> None:
        """One order was accepted, after so many seconds."""
        self.count("gateway_orders_submitted_total")
        self.durations.append(seconds)

    def text(self) -> str:
        """The exposition."""
        lines: list[str] = []
        for name, (kind, help_text) in NAMES.items():
            lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
            lines += self._histogram(name) if kind == "histogram" else self._rows(name)
        return "\n".join(lines) + "\n"

    def platform(self) -> str:
        return self._platform

    def _rows(self, name: str) -> list[str]:
        if name in UNLABELLED:
            return [f"{name} {self.values[name, '']:g}"]
        platform = f'platform="{self.platform()}"'
        if name in LABELLED:
            return [
                f'{name}{{{platform},event_type="{e}"}} {self.values[name, e]:g}'
                for e in LABELLED[name]
            ]
        return [f"{name}{{{platform}}} {self.values[name, '']:g}"]

    def _histogram(self, name: str) -> list[str]:
        platform = f'platform="{self.platform()}"'
        rows = [
            f'{name}_bucket{{{platform},le="{limit:g}"}} '
            f"{sum(d <= limit for d in self.durations)}"
            for limit in BUCKETS
        ]
        total = len(self.durations)
        rows.append(f'{name}_bucket{{{platform},le="+Inf"}} {total}')
        rows.append(f"{name}_sum{{{platform}}} {sum(self.durations):g}")
        return [*rows, f"{name}_count{{{platform}}} {total}"]
