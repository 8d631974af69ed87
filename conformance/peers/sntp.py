"""Asks a time server how far this machine's clock is off."""

import socket
import struct
import time

from conformance.errors import BadOption

OPTION = "--time-server"
PORT = 123
SECONDS = 5.0
ERA = 2_208_988_800
"""Seconds from 1900, where the protocol counts from, to 1970."""

ASKING = b"\x23" + bytes(47)
"""Version 4, mode client."""


def clock_offset(server: str | None) -> str:
    """The server's clock less ours, in seconds; empty where no server is named.

    Raises BadOption where it does not answer.
    """
    if server is None:
        return ""
    host, _, port = server.partition(":")
    if not host or (port and not port.isdecimal()):
        raise BadOption(OPTION, server, "not HOST or HOST:PORT")
    try:
        return f"{_ask(host, int(port or PORT)):+.4f} s"
    except OSError as error:
        why = error.strerror or str(error) or "no answer"
        raise BadOption(OPTION, server, why) from error


def _ask(host: str, port: int) -> float:
    """Half of the way there and back is taken for each of them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.settimeout(SECONDS)
        ours.connect((host, port))
        sent = time.time()
        ours.send(ASKING)
        answer = ours.recv(512)
        came = time.time()
    if len(answer) < 48 or answer[0] & 7 != 4:
        raise OSError(0, "what answers is no time server")
    received, told = (_instant(answer, place) for place in (32, 40))
    return ((received - sent) + (told - came)) / 2


def _instant(answer: bytes, place: int) -> float:
    seconds, fraction = struct.unpack_from("!II", answer, place)
    return float(seconds - ERA + fraction / 2**32)
