"""Runs the reference Gateway by hand; with --faults, agreed quantities make faults."""

import argparse
import os

from conformance.errors import BadOption
from conformance.evidence.entry import Entry, Kind
from conformance.peers.strategy.by_hand import Sitting, play_now
from conformance.reference.__main__ import main as serve
from conformance.report.telling import told

NAME = "gateway"
HELP = "run the reference Gateway; it takes the real Gateway's environment variables"
WIDTH = 160
ARROWS = {"strategy": "->", "gateway": "<-", "venue": " *"}


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--port", type=int, metavar="N", help="or GATEWAY_PORT")
    parser.add_argument(
        "--faults",
        action="store_true",
        help="try a strategy on it: a market that swings, and agreed quantities that "
        "are refused, filled in part, lost",
    )
    parser.add_argument(
        "--symbol", default="BTCUSD", metavar="NAME", help="with --faults (BTCUSD)"
    )
    parser.add_argument(
        "--pace", type=float, default=2.0, metavar="N", help="bars a second (2)"
    )
    parser.add_argument(
        "--platform",
        default="mock",
        metavar="NAME",
        help="with --faults: the platform that it says it is (mock); nothing trades",
    )
    parser.add_argument(
        "--backtest",
        action="store_true",
        help="with --faults: every event has an id, and waits for its acknowledgement",
    )


def command(given: argparse.Namespace) -> int:
    """Serves until it is told to end."""
    if given.faults:
        return _with_faults(given)
    os.environ.setdefault("GATEWAY_PROVIDER", "mock")
    if given.port is not None:
        os.environ["GATEWAY_PORT"] = str(given.port)
    return serve()


def _with_faults(given: argparse.Namespace) -> int:
    port = given.port or int(os.environ.get("GATEWAY_PORT", "8080"))
    if given.pace <= 0:
        raise BadOption("--pace", str(given.pace), "not above zero")
    asked = Sitting(
        given.symbol, port, given.pace, given.backtest, platform=given.platform
    )
    try:
        play_now(asked, _show, lambda text: print(text, flush=True))
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadOption("--port", str(port), reason) from error
    return 0


def _show(entry: Entry) -> None:
    tells_a_bar = entry.kind is Kind.MESSAGE and entry.data.get("bar") is not None
    if entry.kind is Kind.NOTE or tells_a_bar:
        return
    text = " ".join(told(entry).split())
    safe = "".join(c if c.isprintable() else "�" for c in text)[:WIDTH]
    way = ARROWS.get(str(entry.party), "--")
    print(f"{entry.at:10.3f} {way} {entry.kind!s:8} {safe}", flush=True)
