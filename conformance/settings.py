"""What the user asked for: read from options and ini once, checked, then frozen."""

import difflib
import importlib.util
import random
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import unquote, urlsplit

from conformance.errors import BadFile, BadOption
from conformance.spec.catalogue import load_catalogue
from conformance.spec.platforms import PLAYED
from conformance.spec.profile import Profile, read_profile

EMBEDDED = "embedded"
SHORTEST_KEY = 32
GENERATOR = "schemathesis"
INSTALL = "pip install 'trading-gateway-conformance[fuzz]'"
FUZZ_EXAMPLES = 50
"""Generated requests for an operation, and sequences, beyond the fixed ones."""

MOST_EXAMPLES = 100_000
PROVIDERS = ("mock", "tektii", *PLAYED)
"""What a script can be played on: the simulations first, then the brokers we play."""

ALL = "all"
STAGES = ("backtest", "paper-one", "paper-all", "live-small", "live-full")


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's options, all of them usable."""

    gateway_url: str | None = field(default=None, repr=False)
    gateway_cmd: str | None = None
    gateway_key: str | None = field(default=None, repr=False)
    gateway_ca: str | None = None
    gateway_openapi: str | None = None
    gateway_engine: tuple[str, int] | None = None
    providers: tuple[str, ...] = ()
    """The providers that are played; empty for those that need no broker."""
    gateway_symbols: tuple[str, ...] = ()
    gateway_max_notional: Decimal | None = None
    gateway_allow_platform: str | None = None
    fuzz: bool = False
    fuzz_examples: int = FUZZ_EXAMPLES
    strategy_cmd: str | None = None
    profile: Profile = field(default_factory=Profile)
    requirements: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    only: bool = False
    slow: bool = False
    waivers: Path | None = None
    readiness: str | None = None
    attestations: Path | None = None
    sessions: tuple[Path, ...] = ()
    """Recorded sessions that the decision is made from too."""
    earlier_runs: tuple[Path, ...] = ()
    report_dir: Path = Path("reports")
    seed: int = 0
    plan: bool = False

    @property
    def judges_strategy(self) -> bool:
        """Whether a strategy is the subject."""
        return bool(self.strategy_cmd or self.profile.command)

    @property
    def judges_pair(self) -> bool:
        """Whether it is judged on a real Gateway, and that with it."""
        return self.judges_strategy and self.gateway_cmd is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that may not be kept or printed, in the ways it is sent."""
        parts = urlsplit(self.gateway_url or "")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        pair = f"{user}:{password}" if password else ""
        found = (self.gateway_key, pair, password, parts.password)
        return tuple(dict.fromkeys(s for s in found if s))


def parse_settings(
    values: Mapping[str, object], environment: Mapping[str, str]
) -> Settings:
    """The settings of option values; BadOption or BadFile names what is wrong.

    The names are the options' with underscores. Absent, None and empty are the same.
    """
    url, command = _text(values, "gateway_url"), _text(values, "gateway_cmd")
    if url and command:
        raise BadOption("--gateway-url", _shown(url), "not together with --gateway-cmd")
    strategy, profile = _strategy(values, environment)
    if strategy and url:
        reason = "not together with a strategy: a pair needs --gateway-cmd"
        raise BadOption("--gateway-url", _shown(url), reason)
    engine = _text(values, "gateway_engine")
    if engine and (url is None or url == EMBEDDED):
        reason = "only with --gateway-url and a Gateway that runs: elsewhere it is ours"
        raise BadOption("--gateway-engine", engine, reason)
    report_dir = Path(_text(values, "conformance_report_dir") or "reports")
    settings = Settings(
        gateway_url=_url(url),
        gateway_cmd=_command(command, environment),
        strategy_cmd=strategy,
        profile=profile,
        gateway_key=_key(_text(values, "gateway_key_file"), environment),
        gateway_ca=_readable(values, "gateway_ca"),
        gateway_openapi=_text(values, "gateway_openapi"),
        gateway_engine=_endpoint(engine),
        providers=_providers(_words(values, "gateway_provider"), command, strategy),
        gateway_symbols=_words(values, "gateway_symbols"),
        gateway_max_notional=_notional(_text(values, "gateway_max_notional")),
        gateway_allow_platform=_text(values, "gateway_allow_platform"),
        fuzz=_fuzz(values, strategy),
        fuzz_examples=_examples(_text(values, "gateway_fuzz_examples")),
        requirements=_patterns(_words(values, "conformance_requirement")),
        items=_items(_words(values, "conformance_item")),
        only=bool(values.get("conformance_only")),
        slow=bool(values.get("conformance_slow")),
        waivers=_path(_readable(values, "conformance_waivers")),
        readiness=_stage(_text(values, "conformance_readiness")),
        attestations=_path(_readable(values, "conformance_attestations")),
        sessions=_folders(values, "conformance_session"),
        earlier_runs=_folders(values, "conformance_run"),
        report_dir=report_dir,
        seed=_seed(_text(values, "conformance_seed")),
        plan=bool(values.get("conformance_plan")),
    )
    if not settings.plan:
        _make_writable(report_dir)
    return settings


def _text(values: Mapping[str, object], name: str) -> str | None:
    value = values.get(name)
    return None if value is None or value == "" else str(value)


def _words(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = values.get(name) or ()
    rows = value if isinstance(value, list | tuple) else (value,)
    words = (w.strip() for row in rows for w in str(row).replace(",", " ").split())
    return tuple(dict.fromkeys(word for word in words if word))


def _shown(url: str) -> str:
    """A URL without its user part: an error must not print a password."""
    before, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return before + separator + authority.rpartition("@")[2] + slash + path


def _url(url: str | None) -> str | None:
    if url is None or url == EMBEDDED:
        return url
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadOption("--gateway-url", _shown(url), str(error)) from None
    if "://" not in url:
        raise BadOption("--gateway-url", _shown(url), "it has no http:// or https://")
    if parts.scheme not in {"http", "https"}:
        raise BadOption("--gateway-url", _shown(url), "only http and https will do")
    if not host:
        raise BadOption("--gateway-url", _shown(url), "it names no host")
    return url


def _endpoint(text: str | None) -> tuple[str, int] | None:
    """Where the played Engine listens."""
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadOption("--gateway-engine", text, "not HOST:PORT")
    return host.strip("[]"), int(port)


def _command(command: str | None, environment: Mapping[str, str]) -> str | None:
    if command is None or command == EMBEDDED:
        return command
    return _runnable("--gateway-cmd", command, environment)


def _providers(
    names: tuple[str, ...], command: str | None, strategy: str | None
) -> tuple[str, ...]:
    """The providers that were named; BadOption where nobody could be started so."""
    for name in names:
        if name not in {*PROVIDERS, ALL}:
            reason = f"no such provider; there are {', '.join(PROVIDERS)} and {ALL}"
            raise BadOption("--gateway-provider", name, reason)
    if names and (command is None or strategy):
        reason = "only with --gateway-cmd, and with no strategy"
        raise BadOption("--gateway-provider", " ".join(names), reason)
    return PROVIDERS if ALL in names else names


def _runnable(
    option: str, command: str, environment: Mapping[str, str], folder: str = ""
) -> str:
    """A command whose program is found; BadOption names the option else."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadOption(option, command, str(error).lower()) from None
    found = bool(words) and (
        shutil.which(words[0], path=environment.get("PATH")) is not None
        or (
            "/" in words[0] and shutil.which(Path(folder or ".") / words[0]) is not None
        )
    )
    if not found:
        raise BadOption(option, command, "this command is not found")
    return command


def _strategy(
    values: Mapping[str, object], environment: Mapping[str, str]
) -> tuple[str | None, Profile]:
    """The strategy's command, the option's before the profile's, and the profile."""
    command, path = _text(values, "strategy_cmd"), _text(values, "strategy_profile")
    profile = read_profile(Path(path)) if path else Profile()
    if profile.directory and not Path(profile.directory).is_dir():
        raise BadFile(profile.source, 0, f"directory: {profile.directory} is not there")
    option = "--strategy-cmd" if command else f"{path}: command"
    given = command or profile.command
    if given:
        _runnable(option, given, environment, profile.directory)
    elif path:
        reason = "it declares no command: give --strategy-cmd"
        raise BadOption("--strategy-profile", path, reason)
    return given or None, profile


def _key(path: str | None, environment: Mapping[str, str]) -> str | None:
    if path is None and "GATEWAY_API_KEY" not in environment:
        return None
    option = "--gateway-key-file" if path else "GATEWAY_API_KEY"
    key = (_read(path, option) if path else environment["GATEWAY_API_KEY"]).strip()
    if not key:
        raise BadOption(option, path or "", "the key is empty")
    if len(key) < SHORTEST_KEY:
        reason = f"the key is shorter than {SHORTEST_KEY} characters"
        raise BadOption(option, path or "(hidden)", reason)
    return key


def _read(path: str, option: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        reason = f"{error.strerror or error} ({option})"
        raise BadFile(path, 0, reason) from None
    except UnicodeDecodeError:
        raise BadFile(path, 0, f"it is not UTF-8 text ({option})") from None


def _readable(values: Mapping[str, object], name: str) -> str | None:
    path = _text(values, name)
    if path is not None:
        _read(path, f"--{name.replace('_', '-')}")
    return path


def _path(path: str | None) -> Path | None:
    return None if path is None else Path(path)


def _folders(values: Mapping[str, object], name: str) -> tuple[Path, ...]:
    """Folders that are there; BadOption names the option else."""
    value = values.get(name) or ()
    rows = value if isinstance(value, list | tuple) else (value,)
    for row in rows:
        if not Path(str(row)).is_dir():
            option = f"--{name.replace('_', '-')}"
            raise BadOption(option, str(row), "there is no such folder")
    return tuple(Path(str(row)) for row in rows)


def _notional(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or value <= 0:
        raise BadOption("--gateway-max-notional", text, "not a number above zero")
    return value


def _patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    known = [r.id for r in load_catalogue()]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            near = difflib.get_close_matches(pattern.upper(), known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            reason = f"no requirement matches{hint}"
            raise BadOption("--conformance-requirement", pattern, reason)
    return patterns


def _items(words: tuple[str, ...]) -> tuple[int, ...]:
    for word in words:
        if word not in tuple("123456789"):
            raise BadOption("--conformance-item", word, "an item is one of 1 to 9")
    return tuple(int(word) for word in words)


def _stage(stage: str | None) -> str | None:
    if stage is not None and stage not in STAGES:
        reason = f"no such stage; there are {', '.join(STAGES)}"
        raise BadOption("--conformance-readiness", stage, reason)
    return stage


def _fuzz(values: Mapping[str, object], strategy: str | None) -> bool:
    """Whether to fuzz; BadOption where what generates the requests is not there."""
    asked = bool(values.get("gateway_fuzz"))
    if asked and strategy:
        raise BadOption(
            "--gateway-fuzz", "", "only with --gateway-url or --gateway-cmd"
        )
    if asked and importlib.util.find_spec(GENERATOR) is None:
        raise BadOption("--gateway-fuzz", "", f"schemathesis is missing: {INSTALL}")
    if not asked and values.get("gateway_fuzz_examples"):
        shown = str(values["gateway_fuzz_examples"])
        raise BadOption("--gateway-fuzz-examples", shown, "only with --gateway-fuzz")
    return asked


def _examples(text: str | None) -> int:
    if text is None:
        return FUZZ_EXAMPLES
    many = len(text) > len(str(MOST_EXAMPLES))
    if not text.isdecimal() or many or int(text) > MOST_EXAMPLES:
        reason = f"not a whole number up to {MOST_EXAMPLES}"
        raise BadOption("--gateway-fuzz-examples", text, reason)
    return int(text)


def _seed(text: str | None) -> int:
    if text is None:
        return random.SystemRandom().randrange(2**32)
    if not text.isdecimal():
        raise BadOption("--conformance-seed", text, "not a whole number")
    return int(text)


def _make_writable(directory: Path) -> None:
    probe = directory / ".writable"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        option = "--conformance-report-dir"
        raise BadOption(option, str(directory), reason) from None
