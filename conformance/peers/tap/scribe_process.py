"""The scribe as a process of its own: nothing that it does holds the relay up."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from conformance.errors import ConformanceError
from conformance.evidence.credentials import Credentials
from conformance.evidence.entry import Json
from conformance.evidence.session_writer import Facts, Rotation, SessionWriter
from conformance.peers.tap.feed import Unpacking
from conformance.peers.tap.scribe import Scribe, told
from conformance.peers.tap.thresholds import Thresholds, thresholds_of

AT_ONCE = 256 * 1024
IDLE_SECONDS = 0.05
NICE = 5
REPORT_SECONDS = 0.5
MODULE = "conformance.peers.tap.scribe_process"


@dataclass(frozen=True, slots=True)
class Task:
    """What a scribe must know; it is handed over on its standard input."""

    folder: str
    facts: Facts
    rotation: Rotation = field(default_factory=Rotation)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    thresholds: Thresholds = field(default_factory=Thresholds)


def start(task: Task, lock: int) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A scribe that holds the session's lock as long as it lives, and our end."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", MODULE, str(theirs.fileno())]
    with theirs:
        # A session of its own: Ctrl-C ends the relay, and by that the scribe, in order.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            pass_fds=(theirs.fileno(), lock),
            env=_environment(),
            start_new_session=True,
        )
    assert process.stdin is not None
    process.stdin.write(_spelled(task))
    process.stdin.close()
    ours.setblocking(False)
    return process, ours


def _environment() -> dict[str, str]:
    """Ours, and where this package was found, without the key."""
    path = os.pathsep.join(p for p in sys.path if p)
    given = {k: v for k, v in os.environ.items() if k != "GATEWAY_API_KEY"}
    return {**given, "PYTHONPATH": path}


def _spelled(task: Task) -> bytes:
    declared = task.thresholds.declared
    return json.dumps({**asdict(task), "thresholds": declared}).encode()


def _task(found: Mapping[str, Json]) -> Task:
    limits = {name: Decimal(v) for name, v in found["thresholds"].items()}
    return Task(
        found["folder"],
        Facts(**found["facts"]),
        Rotation(**found["rotation"]),
        tuple(found["secrets"]),
        thresholds_of(limits, "--thresholds"),
    )


def serve(sock: socket.socket, scribe: Scribe) -> None:
    """Takes what the relay tells until it hangs up; then closes in order."""
    unpacking = Unpacking()
    report_at = 0.0
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        while True:
            if selector.select(IDLE_SECONDS):
                data = _received(sock)
                if not data:
                    break
                for piece in unpacking.take(data):
                    scribe.take(piece)
            scribe.rest()
            if time.monotonic() >= report_at:
                report_at = time.monotonic() + REPORT_SECONDS
                _report(sock, scribe)
    scribe.close()
    _report(sock, scribe)


def _received(sock: socket.socket) -> bytes:
    try:
        return sock.recv(AT_ONCE)
    except ConnectionError:
        return b""


def _report(sock: socket.socket, scribe: Scribe) -> None:
    try:
        sock.sendall(told(scribe.report()))
    except OSError:
        # The relay is gone: the next reading says so.
        return


def main() -> int:
    """Reads its task, writes the session; 0 when all was written."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Where there are too few processors, trading goes first.
    os.nice(NICE)
    task = _task(json.loads(sys.stdin.buffer.read()))
    with socket.socket(fileno=int(sys.argv[1])) as sock:
        sock.setblocking(True)
        try:
            writer = SessionWriter(
                Path(task.folder), task.facts, lambda: datetime.now(UTC), task.rotation
            )
        except (ConformanceError, OSError) as error:
            sock.sendall(told({"error": str(error)}))
            return 4
        scribe = Scribe(writer, Credentials(task.secrets), task.thresholds)
        scribe.rest()
        sock.sendall(told({**scribe.report(), "ready": True}))
        serve(sock, scribe)
    return 0


if __name__ == "__main__":
    sys.exit(main())
