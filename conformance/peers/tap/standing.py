"""How a tap stands: what its scribe last told, and what the relay itself knows."""

from dataclasses import dataclass, field

from conformance.evidence.entry import Json

SHOWN = ("messages", "orders", "fills", "round_trips", "rejected", "reconnects")


@dataclass(slots=True)
class Standing:
    """Read by the status line and by the metrics."""

    figures: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    segment: int = 0
    connections: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    alarms: dict[str, int] = field(default_factory=dict)
    """How often each threshold was crossed."""
    disk: str = ""
    """Why the scribe cannot write; empty where it can."""
    queue: str = ""
    """Why nothing is handed to the scribe."""
    unread: int = 0
    """Connections that the parser cannot follow."""

    @property
    def stopped(self) -> str:
        """Why nothing is recorded; empty where it is."""
        return self.queue or self.disk

    def heard(self, report: dict[str, Json]) -> None:
        """Takes a report of the scribe's."""
        self.figures = report["figures"]
        self.entries, self.segment = report["entries"], report["segment"]
        self.disk, self.unread = report["stopped"] or "", report["unread"]


def status_line(standing: Standing, seconds: float) -> str:
    """One line for somebody who looks by once a day."""
    hours, rest = divmod(int(seconds), 3600)
    figures = standing.figures
    parts = [f"{figures.get(n, 0)} {n.replace('_', ' ')}" for n in SHOWN]
    parts.append(f"{figures.get('connected', 0)} streams open")
    parts.append(f"{standing.entries} entries")
    told = f"{hours}:{rest // 60:02}:{rest % 60:02}  " + ", ".join(parts)
    if standing.stopped:
        told = f"{told}  NOT RECORDING: {standing.stopped}"
    elif standing.unread:
        told = f"{told}  {standing.unread} connections cannot be read"
    return told


GAUGES = ("held", "connected")
HELP = {
    "messages": "Messages of the stream, both ways",
    "requests": "REST requests of strategies",
    "orders": "Orders that were sent",
    "accepted": "Orders that were answered with success",
    "rejected": "Orders that were refused, by an answer or an event",
    "unanswered": "Orders with no answer, or a server's error for one",
    "fills": "Fills that events told",
    "round_trips": "Positions that were opened and closed again",
    "streams": "Streams that were opened",
    "refused": "Streams that were refused",
    "reconnects": "Streams opened when none was open any more",
    "held": "Symbols with a position",
    "connected": "Streams that are open",
}


def metrics_text(standing: Standing) -> str:
    """All of it as Prometheus reads it."""
    rows = []
    for name, text in HELP.items():
        gauge = name in GAUGES
        value = standing.figures.get(name, 0)
        rows += _metric(name if gauge else f"{name}_total", text, value, gauge=gauge)
    rows += _metric("entries_total", "Entries of the session", standing.entries)
    rows += _metric("bytes_up_total", "Bytes to the Gateway", standing.bytes_up)
    rows += _metric("bytes_down_total", "Bytes to strategies", standing.bytes_down)
    told = "TCP connections that are open"
    rows += _metric("connections", told, standing.connections, gauge=True)
    told = "Whether what crosses is recorded: 1, or 0 where it is not"
    rows += _metric("recording", told, int(not standing.stopped), gauge=True)
    told = "Connections that are passed on and cannot be read"
    rows += _metric("unread_connections", told, standing.unread, gauge=True)
    name = "conformance_tap_alarms_total"
    rows += [f"# HELP {name} Thresholds that were crossed", f"# TYPE {name} counter"]
    for threshold, count in sorted(standing.alarms.items()):
        rows.append(f'{name}{{threshold="{threshold}"}} {count}')
    return "\n".join(rows) + "\n"


def _metric(name: str, text: str, value: int, *, gauge: bool = False) -> list[str]:
    whole = f"conformance_tap_{name}"
    kind = "gauge" if gauge else "counter"
    return [f"# HELP {whole} {text}", f"# TYPE {whole} {kind}", f"{whole} {value}"]
