"""Stands between a strategy and a Gateway for weeks and records what they say."""

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path

from conformance import __version__
from conformance.errors import BadOption
from conformance.evidence.redaction import Redactor
from conformance.evidence.session_writer import Facts, Rotation
from conformance.peers.rest import Address
from conformance.peers.strategy.footing import Start
from conformance.peers.tap.scribe_process import Task
from conformance.peers.tap.tap import Asked, Endpoint, record
from conformance.peers.tap.thresholds import Thresholds, read_thresholds
from conformance.peers.trust import trusting
from conformance.settings import EMBEDDED, Settings, parse_settings
from conformance.suite.strategy.casting import digest_of

NAME = "record"
HELP = "record a strategy's session on a Gateway, for weeks: a tap between the two"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    add = parser.add_argument
    add("--gateway-url", required=True, metavar="URL", help="where the Gateway is")
    add("--listen", required=True, metavar="HOST:PORT", help="where strategies connect")
    add("--out", required=True, metavar="DIR", help="the session; resumed if it is one")
    add("--gateway-key-file", metavar="FILE", help="or GATEWAY_API_KEY")
    add("--gateway-ca", metavar="FILE", help="certificate authority")
    add("--thresholds", metavar="FILE", help="TOML: what raises an alarm")
    add("--alarm-command", metavar="COMMAND", help="run for each alarm")
    add("--metrics", metavar="HOST:PORT", help="where /metrics is served")
    add("--strategy-cmd", metavar="COMMAND", help="to note which strategy it is")
    add("--strategy-profile", metavar="FILE", help="likewise")
    add("--no-reading", action="store_true", help="ask the Gateway nothing by itself")
    add("--sync-seconds", type=float, default=1.0, metavar="N", help="(1)")
    add("--segment-mb", type=float, default=64.0, metavar="N", help="(64)")
    add("--segment-minutes", type=float, default=60.0, metavar="N", help="(60)")
    add("--status-seconds", type=float, default=60.0, metavar="N", help="(60)")


def command(given: argparse.Namespace) -> int:
    """Records until it is told to end."""
    record(_asked(given), lambda line: print(line, flush=True))
    return 0


def _asked(given: argparse.Namespace) -> Asked:
    settings = _settings(given)
    url = settings.gateway_url or ""
    if url == EMBEDDED:
        raise BadOption("--gateway-url", url, "name one that runs: conformance gateway")
    for name in ("sync_seconds", "segment_mb", "segment_minutes", "status_seconds"):
        value = getattr(given, name)
        if not 0 < value < 1e9:
            option = f"--{name.replace('_', '-')}"
            raise BadOption(option, str(value), "not above zero")
    tls = trusting(settings.gateway_ca) if url.startswith("https") else True
    listen = _endpoint("--listen", given.listen)
    thresholds = Thresholds()
    if given.thresholds:
        thresholds = read_thresholds(Path(given.thresholds))
    return Asked(
        task=Task(
            given.out,
            _facts(given, settings, thresholds),
            _rotation(given),
            settings.secrets,
            thresholds,
        ),
        address=Address(url, settings.gateway_key, tls),
        listen=listen,
        metrics=_endpoint("--metrics", given.metrics) if given.metrics else None,
        alarm_command=_command(given.alarm_command),
        reading=not given.no_reading,
        status_seconds=given.status_seconds,
        live=sys.stdout.isatty(),
    )


def _settings(given: argparse.Namespace) -> Settings:
    """The options that other commands have too, read as there.

    Nobody starts the strategy: what its command is decides nothing but its hash.
    """
    names = ("gateway_url", "gateway_key_file", "gateway_ca")
    values = {name: getattr(given, name) for name in names}
    return parse_settings({**values, "conformance_plan": True}, os.environ)


def _facts(
    given: argparse.Namespace, settings: Settings, thresholds: Thresholds
) -> Facts:
    redactor = Redactor(settings.secrets)
    return Facts(
        name=Path(given.out).resolve().name,
        gateway=redactor.text(settings.gateway_url or ""),
        listen=given.listen,
        suite_version=__version__,
        strategy_sha256=_digest(given),
        thresholds=thresholds.declared,
    )


def _digest(given: argparse.Namespace) -> str:
    if not given.strategy_cmd and not given.strategy_profile:
        return ""
    names = ("strategy_cmd", "strategy_profile")
    values = {name: getattr(given, name) for name in names}
    settings = parse_settings({**values, "conformance_plan": True}, os.environ)
    profile = settings.profile
    folder = Path(profile.directory or ".").resolve()
    named = settings.strategy_cmd or profile.command
    return digest_of(Start(named, folder, {}, profile, ""))


def _rotation(given: argparse.Namespace) -> Rotation:
    size = max(4096, int(given.segment_mb * 1024 * 1024))
    return Rotation(size, given.segment_minutes * 60, given.sync_seconds)


def _endpoint(option: str, text: str) -> Endpoint:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise BadOption(option, text, "not HOST:PORT")
    return host.strip("[]"), int(port)


def _command(command: str | None) -> str | None:
    """The command, where its program is found."""
    if not command:
        return None
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadOption("--alarm-command", command, str(error).lower()) from None
    if not words or shutil.which(words[0]) is None:
        raise BadOption("--alarm-command", command, "this command is not found")
    return command
