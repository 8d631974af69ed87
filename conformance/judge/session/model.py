"""What is known of one recorded session: whose it is, its numbers, what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from conformance.judge.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution with its sample size; figures are None where nothing was seen.

    `shown` are at most 1,000 of its values, in order of time and evenly thinned: what
    a plot is made of.
    """

    unit: str
    """"bps", "ms" or "s"."""
    count: int = 0
    least: Decimal | None = None
    median: Decimal | None = None
    p90: Decimal | None = None
    p99: Decimal | None = None
    most: Decimal | None = None
    mean: Decimal | None = None
    shown: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A value at an instant (RFC 3339, UTC)."""

    at: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Flat, then a position, then flat again: one symbol, instants in UTC."""

    symbol: str
    side: str
    """"BUY" for one that was long."""
    opened: str
    closed: str
    quantity: Decimal
    """The most that was held."""
    entry_price: Decimal
    exit_price: Decimal
    profit: Decimal
    """Before commission."""
    commission: Decimal
    orders: tuple[str, ...]
    scripted: bool
    """Whether an order of the suite's own was in it: then it does not count."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of time in which something was so; `symbol` is empty for all."""

    began: str
    ended: str
    seconds: Decimal
    symbol: str = ""
    quantity: Decimal = Decimal(0)
    why: str = ""


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """How many orders had which outcome."""

    submitted: int = 0
    accepted: int = 0
    rejected: int = 0
    """By an answer, or by an event afterwards."""
    filled: int = 0
    """In part or whole."""
    partly_filled: int = 0
    """Met a partial fill on the way."""
    cancelled: int = 0
    expired: int = 0
    unknown: int = 0
    """Sent, and never answered nor told of afterwards."""


@dataclass(frozen=True, slots=True)
class SymbolNumbers:
    """One symbol of a session."""

    symbol: str
    orders: OrderCounts
    fills: int
    volume: Decimal
    """The sum of filled quantities."""
    round_trips: int
    wins: int
    losses: int
    profit: Decimal
    commission: Decimal
    slippage: Spread
    trades_per_day: Decimal | None


@dataclass(frozen=True, slots=True)
class SessionNumbers:
    """The four monitoring metrics, and what goes with them."""

    orders: OrderCounts
    fills: int
    rejection_rate: Decimal | None
    """Rejected of submitted, 0 to 1."""
    fill_ratio: Decimal | None
    cancel_ratio: Decimal | None
    order_to_trade_ratio: Decimal | None
    slippage: Spread
    """Against the quote at submit, in basis points; positive is worse."""
    latency_accept: Spread
    """From the submit to its answer."""
    latency_first_fill: Spread
    latency_last_fill: Spread
    days: Decimal
    """Of 24 hours, recorded ones only."""
    trades_per_day: Decimal | None
    round_trips: tuple[RoundTrip, ...]
    commission: Mapping[str, Decimal]
    """By currency."""
    financing: Mapping[str, Decimal]
    equity: tuple[Point, ...]
    """At most 2,000 points, evenly thinned."""
    drawdown: tuple[Point, ...]
    """0 to 1 of the high-water mark."""
    maximum_drawdown: Decimal | None
    peak_margin: Decimal | None
    """margin used of equity, 0 to 1 and above."""
    order_times: tuple[tuple[str, str], ...]
    """(instant, outcome) of every order: a plot over time; at most 5,000."""
    reconnects: int
    unattended: tuple[Interval, ...]
    """A position, and no strategy connected."""
    unprotected: tuple[Interval, ...]
    """A position, and no working stop."""
    gaps: tuple[Interval, ...]
    """Nothing was recorded: the tap was away, or had to give up."""
    mismatches: tuple[str, ...]
    """Where our ledger and the Gateway's trades, positions or account differ."""
    symbols: tuple[SymbolNumbers, ...]
    market_days: int = 0
    """On how many days (UTC, by their prices' own times) there was a market."""

    @property
    def counted_round_trips(self) -> tuple[RoundTrip, ...]:
        """Those that the suite had no hand in."""
        return tuple(t for t in self.round_trips if not t.scripted)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session: where it is, what it was recorded on, and what it shows."""

    name: str
    folder: str
    kind: str
    """"backtest", "paper", "live" or "mock", by the platforms; "unknown" else."""
    gateway: str
    """The URL, redacted."""
    version: str
    git_sha: str
    platforms: tuple[str, ...]
    strategy_sha256: str
    """Empty where the tap was not told which strategy is connected."""
    started: str
    ended: str
    seconds: float
    entries: int
    digest: str
    """The SHA-256 over its files: which session was judged."""
    whole: bool
    """Whether no moment of it is missing."""
    sample: bool
    """Whether it is one of ours, made to look at: a drill."""
    numbers: SessionNumbers
    outcomes: tuple[Outcome, ...] = field(default=())
    reference: bool = False
    """Whether it was recorded on the suite's own Gateway, under whatever name."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of two sessions, against the tolerance that was declared."""

    metric: str
    """"trades_per_day", "win_rate", "profit_per_trade", "slippage", …"""
    symbol: str
    """Empty for all symbols together."""
    one: Decimal | None
    other: Decimal | None
    difference: Decimal | None
    tolerance: Decimal | None
    """None where none was declared."""
    unit: str
    samples: tuple[int, int]
    verdict: str
    """"within", "beyond" or "undecided"."""
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sessions beside each other; `verdict` is "within", "beyond", "undecided"."""

    one: str
    other: str
    rows: tuple[Compared, ...]
    verdict: str
