"""Plays a broker by hand, with a live line for all that comes and goes."""

import argparse
import sys

from conformance.cli.engine import show
from conformance.errors import BadOption
from conformance.peers.venues.by_hand import Seat, play_now
from conformance.peers.venues.registry import VENUES

NAME = "venue"
HELP = "play a broker below a Gateway of yours: what you type happens there"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("provider", metavar="NAME", help=", ".join(VENUES))
    parser.add_argument("--host", default="127.0.0.1", help="(127.0.0.1)")
    parser.add_argument("--port", type=int, default=8091, metavar="N", help="(8091)")
    parser.add_argument("--mode", choices=("paper", "live"), default="paper")
    parser.add_argument(
        "--symbol",
        action="append",
        metavar="NAME",
        help="what the Gateway is subscribed to; may be repeated (all that it trades)",
    )
    parser.add_argument(
        "--hold", action="store_true", help="every order waits until you type its fill"
    )


def command(given: argparse.Namespace) -> int:
    """Serves until it is interrupted; 4 where it cannot listen, or is not known."""
    if given.provider not in VENUES:
        reason = f"no such broker; there are {', '.join(VENUES)}"
        raise BadOption("NAME", given.provider, reason)
    seat = Seat(
        given.provider,
        given.mode,
        tuple(given.symbol or ()),
        given.hold,
        given.host,
        given.port,
    )
    try:
        play_now(seat, show, lambda text: print(text, flush=True), sys.stdin)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadOption("--port", f"{given.host}:{given.port}", reason) from error
    return 0
