"""What the user declares of a strategy: `strategy.toml`, read, checked, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conformance.errors import BadFile
from conformance.spec.tolerances import Fees, Tolerances
from conformance.spec.toml_file import Values, read_table, read_text

SIDES = ("long", "short")
TYPES = ("market", "limit", "stop", "stop_limit", "trailing_stop")
FEEDS = ("candle", "quote")
TIMEFRAMES = (
    *("1m", "2m", "5m", "10m", "15m", "30m"),
    *("1h", "2h", "4h", "12h", "1d", "1w"),
)
SIZING = ("equity", "fixed")
ACCOUNTS = ("paper", "live")
DRAWDOWNS = ("peak", "start")
SIGNALS = ("SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGHUP")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Drawdown:
    """How much may be lost before all is closed, and how soon that is done."""

    percent: Decimal
    since: str = "peak"
    seconds: float = 10.0
    latched: bool = True
    """Whether it stays stopped after a restart."""


@dataclass(frozen=True, slots=True)
class KillSwitch:
    """How the strategy is told to close everything, and within which time it does."""

    signal: str = ""
    command: str = ""
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Session:
    """When something may be opened: days, from and until, in a zone."""

    days: tuple[str, ...]
    begins: time
    ends: time
    zone: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes the strategy trade: closes, a program, or a file of bars."""

    entry: tuple[Decimal, ...] = ()
    exit: tuple[Decimal, ...] = ()
    program: str = ""
    replay: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Where an alarm shows: a pattern in what it prints, or a file that grows."""

    output: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """Where orders and fills are written down, and how it prints its own result."""

    file: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that is declared; what is None or empty is not.

    `source` is the file, for messages.
    """

    source: str = ""
    command: str = ""
    directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    symbols: tuple[str, ...] = ()
    timeframes: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    order_types: tuple[str, ...] = ()
    lot: Decimal | None = None
    tick: Decimal | None = None
    max_open_orders: int | None = None
    max_order_notional: Decimal | None = None
    max_position_notional: Decimal | None = None
    max_rejections_percent: Decimal | None = None
    sizing: str = ""
    backfill: bool = False
    port: int | None = None
    """Where it expects its Gateway, where that is built in: one run at a time then."""
    start_seconds: float = 20.0
    supervised: bool = False
    """Whether something starts it again where it has ended."""
    drawdown: Drawdown | None = None
    kill_switch: KillSwitch | None = None
    sessions: tuple[Session, ...] = ()
    trigger: Trigger | None = None
    alert: Alert | None = None
    records: Records | None = None
    fees: Fees | None = None
    tolerances: Tolerances | None = None

    def declares(self, name: str) -> bool:
        """Whether a field has been given."""
        return bool(getattr(self, name))

    @property
    def facts(self) -> dict[str, Any]:
        """What is declared, as JSON; the environment stays out: it may hold secrets."""
        hidden = {"source", "environment", "command", "directory"}
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: _plain(value)
            for name, value in found.items()
            if name not in hidden and value not in (None, "", (), {})
        }


def read_profile(path: Path, option: str = "--strategy-profile") -> Profile:
    """The profile in a file; BadFile names the line of what cannot be used."""
    return parse_profile(read_text(path, option), str(path))


def read_tolerances(path: Path) -> Tolerances:
    """The table `[tolerances]` of a file, which may be a whole profile."""
    found = read_profile(path, "--tolerances").tolerances
    if found is None:
        raise BadFile(str(path), 0, "it has no table [tolerances] (--tolerances)")
    return found


def parse_profile(text: str, source: str = "strategy.toml") -> Profile:
    """The profile in a text; BadFile names the line of what cannot be used."""
    return _Reader(text, source).profile(read_table(text, source))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Decimal | time) else value


class _Reader(Values):
    """Reads one profile, field by field."""

    def profile(self, table: Mapping[str, Any]) -> Profile:
        found: dict[str, Any] = {"source": self.source}
        names = {f.name for f in fields(Profile)} - {"source"}
        for key, value in table.items():
            if key not in names:
                raise self.fault(key, "there is no such key")
            found[key] = getattr(self, f"_{key}", self._plain)(key, value)
        return Profile(**found)

    def _plain(self, key: str, value: Any) -> Any:
        kinds = {f.name: f.type for f in fields(Profile)}
        kind = str(kinds[key])
        if "Decimal" in kind:
            return self.decimal(key, value)
        if "tuple" in kind:
            return self.words(key, value)
        if "bool" in kind:
            return self.flag(key, value)
        if "int" in kind:
            return self.count(key, value)
        if "float" in kind:
            return self.seconds(key, value)
        return self.text(key, value)

    # --- fields with a rule of their own ---

    def _environment(self, key: str, value: Any) -> Mapping[str, str]:
        if not isinstance(value, dict):
            raise self.fault(key, "a table of texts is needed")
        for name, each in value.items():
            if not isinstance(each, str):
                raise self.fault(name, "a text is needed")
            if "\0" in name + each or "=" in name or not name:
                raise self.fault(key, f"{name!r} cannot be a variable's name or text")
        return dict(value)

    def _command(self, key: str, value: Any) -> str:
        return self.command(key, value)

    def _timeframes(self, key: str, value: Any) -> Any:
        return self.words(key, value, TIMEFRAMES)

    def _account(self, key: str, value: Any) -> str:
        return self.text(key, value, ACCOUNTS)

    def _sizing(self, key: str, value: Any) -> str:
        return self.text(key, value, SIZING)

    def _sides(self, key: str, value: Any) -> Any:
        return self.words(key, value, SIDES)

    def _order_types(self, key: str, value: Any) -> Any:
        return self.words(key, value, TYPES)

    def _feeds(self, key: str, value: Any) -> Any:
        return self.words(key, value, FEEDS)

    def _drawdown(self, key: str, value: Any) -> Drawdown:
        table = self.table(key, value, Drawdown)
        if "percent" not in table:
            raise self.fault(key, "percent is needed")
        return Drawdown(
            self.decimal("percent", table["percent"]),
            self.text("since", table.get("since", "peak"), DRAWDOWNS),
            self.seconds("seconds", table.get("seconds", 10)),
            self.flag("latched", table.get("latched", True)),
        )

    def _kill_switch(self, key: str, value: Any) -> KillSwitch:
        table = self.table(key, value, KillSwitch)
        if ("signal" in table) == ("command" in table):
            raise self.fault(key, "either signal or command is needed")
        found = table.get("signal")
        return KillSwitch(
            self.text("signal", found, SIGNALS) if found is not None else "",
            self.command("command", table["command"]) if "command" in table else "",
            self.seconds("seconds", table.get("seconds", 10)),
        )

    def _sessions(self, key: str, value: Any) -> tuple[Session, ...]:
        if not isinstance(value, list) or not value:
            raise self.fault(key, "a list of tables [[sessions]] is needed")
        return tuple(self._session(key, each) for each in value)

    def _session(self, key: str, value: Any) -> Session:
        table = self.table(key, value, Session)
        zone = self.text("zone", table.get("zone", "UTC"))
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise self.fault("zone", f"there is no time zone {zone}") from None
        days = self.words("days", table.get("days", list(DAYS[:5])), DAYS)
        return Session(
            days, self._time(key, table, "begins"), self._time(key, table, "ends"), zone
        )

    def _time(self, key: str, table: Mapping[str, Any], name: str) -> time:
        value = table.get(name)
        if isinstance(value, time):
            return value
        try:
            return time.fromisoformat(str(value))
        except ValueError:
            where = name if name in table else key
            raise self.fault(where, f"{name} needs a time such as 14:30") from None

    def _trigger(self, key: str, value: Any) -> Trigger:
        table = self.table(key, value, Trigger)
        closes = {
            name: self.decimals(name, table.get(name, [])) for name in ("entry", "exit")
        }
        given = [n for n in ("entry", "program", "replay") if table.get(n)]
        if len(given) != 1:
            raise self.fault(key, "one of entry, program and replay is needed")
        return Trigger(
            **closes,
            program=self.command("program", table["program"])
            if "program" in table
            else "",
            replay=self.text("replay", table["replay"]) if "replay" in table else "",
        )

    def _alert(self, key: str, value: Any) -> Alert:
        return Alert(**self.places(self.table(key, value, Alert)))

    def _records(self, key: str, value: Any) -> Records:
        return Records(**self.places(self.table(key, value, Records)))

    def places(self, table: Mapping[str, Any]) -> dict[str, str]:
        """Files, and patterns of what is printed."""
        return {
            name: self.text(name, value)
            if name == "file"
            else self.pattern(name, value)
            for name, value in table.items()
        }

    def _fees(self, key: str, value: Any) -> Fees:
        table = self.table(key, value, Fees)
        if not table:
            raise self.fault(key, "nothing is declared in it")
        amounts = {n: self.amount(n, v) for n, v in table.items() if n != "currency"}
        currency = table.get("currency")
        told = "" if currency is None else self.text("currency", currency)
        return Fees(**amounts, currency=told)

    def _tolerances(self, key: str, value: Any) -> Tolerances:
        table = self.table(key, value, Tolerances)
        return Tolerances(**{n: self.amount(n, v) for n, v in table.items()})
