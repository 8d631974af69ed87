"""Plays an Engine by hand, with a live line for all that comes and goes."""

import argparse

from conformance.errors import BadOption
from conformance.evidence.entry import Entry, Kind
from conformance.peers.engine.by_hand import Backtest, play_now
from conformance.report.telling import told

NAME = "engine"
HELP = "play a backtest's Engine below a Gateway of yours, paced by acknowledgements"
WIDTH = 160
ARROWS = {"venue": "<-", "gateway": "->", "suite": "--"}
"""Which way it went: from the Engine to the Gateway, or from there."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--host", default="127.0.0.1", help="(127.0.0.1)")
    parser.add_argument("--port", type=int, default=8090, metavar="N", help="(8090)")
    parser.add_argument(
        "--symbol", action="append", metavar="NAME", help="may be repeated (AAPL)"
    )
    parser.add_argument("--bars", type=int, default=100, metavar="N", help="(100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="(0)")


def command(given: argparse.Namespace) -> int:
    """Serves until the backtest is over; 4 where it cannot listen."""
    symbols = tuple(given.symbol or ("AAPL",))
    asked = Backtest(symbols, given.bars, given.seed, given.host, given.port)
    try:
        play_now(asked, show, lambda text: print(text, flush=True))
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadOption("--port", f"{given.host}:{given.port}", reason) from error
    return 0


def show(entry: Entry) -> None:
    """One line of what came or went."""
    if entry.kind is Kind.NOTE:
        return
    text = " ".join(told(entry).split())
    safe = "".join(c if c.isprintable() else "�" for c in text)[:WIDTH]
    way = ARROWS.get(str(entry.party), "--")
    print(f"{entry.at:10.3f} {way} {entry.kind!s:8} {safe}", flush=True)
