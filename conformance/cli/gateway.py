"""Runs the reference Gateway by hand, over the variables of the real one."""

import argparse
import os

from conformance.reference.__main__ import main as serve

NAME = "gateway"
HELP = "run the reference Gateway; it takes the real Gateway's environment variables"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--port", type=int, metavar="N", help="or GATEWAY_PORT")


def command(given: argparse.Namespace) -> int:
    """Serves until it is told to end."""
    os.environ.setdefault("GATEWAY_PROVIDER", "mock")
    if given.port is not None:
        os.environ["GATEWAY_PORT"] = str(given.port)
    return serve()
