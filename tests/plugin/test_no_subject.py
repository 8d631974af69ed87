"""What cannot be judged at all: one line, exit status 4, a report that says why."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from conformance.peers.ports import free_port
from fixtures.serving import on_platform, serving
from tests.plugin.conftest import Playing, Running


@contextmanager
def silence() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


class Website(BaseHTTPRequestHandler):
    """Answers every request with a page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>\n<body>\nwelcome\n")

    def log_message(self, *told: object) -> None:
        """Says nothing."""


@contextmanager
def website() -> Iterator[str]:
    """A server that is no Gateway."""
    server = HTTPServer(("127.0.0.1", 0), Website)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def endless(chunk: bytes, pause: float) -> Iterator[str]:
    """A server whose answers never end."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def pour(client: socket.socket) -> None:
            head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n"
            with client, suppress(OSError):
                client.recv(4096)
                client.sendall(head)
                while True:
                    client.sendall(chunk)
                    time.sleep(pause)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=pour, args=(client,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def locked() -> Iterator[str]:
    with serving(GATEWAY_API_KEY="k" * 40) as url:
        yield url


@contextmanager
def on(name: str) -> Iterator[str]:
    with serving(on_platform(name)) as url:
        yield url


SERVERS = {
    "SILENCE": silence,
    "WEBSITE": website,
    "FLOOD": lambda: endless(b"x" * 65536, 0),
    "DRIP": lambda: endless(b"x", 0.2),
    "LOCKED": locked,
    "LIVE": lambda: on("alpaca-live"),
    "UNKNOWN": lambda: on("mars-paper"),
}

CASES = [
    (["--gateway-url", "http://127.0.0.1:9"], "no Gateway can be reached at http*"),
    (["--gateway-url", "localhost:8080"], "*--gateway-url*no http:// or https://"),
    (["--gateway-url", "WEBSITE"], "*is no Gateway: GET /health*200 <html> <body>*"),
    (["--gateway-url", "SILENCE"], "*/livez did not come within 5 s"),
    (["--gateway-url", "FLOOD"], "*is no Gateway: GET /health*200 xxxx*"),
    (["--gateway-url", "DRIP"], "*is no Gateway: GET /health is never answered"),
    (["--gateway-url", "LOCKED"], "the Gateway wants an API key*--gateway-key-file*"),
    (["--gateway-url", "LIVE"], "refused for safety: *'alpaca-live', which is live*"),
    (["--gateway-url", "UNKNOWN"], "refused for safety: *unknown platform*"),
    (["--gateway-cmd=false"], "the command 'false' exited with status 1"),
    (["--gateway-cmd=sh -c 'echo no port; exit 3'"], "*exited with status 3: no port"),
    (["--gateway-cmd=no-such-command"], "*--gateway-cmd*this command is not found"),
    (["--gateway-url=https://127.0.0.1:9", "--gateway-ca=key"], "key: no certif*"),
    (["--gateway-url=embedded", "--gateway-key-file=key"], "*shorter than 32*"),
    (["--gateway-url=embedded", "--gateway-key-file=absent"], "absent: No such file*"),
    (["--gateway-url=embedded", "--conformance-waivers=absent"], "absent: No such*"),
    (
        ["--gateway-url=embedded", "--conformance-waivers=waivers.toml"],
        "waivers.toml:1: there is no requirement ORD-9999*",
    ),
    (["--gateway-url=embedded", "--gateway-cmd=embedded"], "*not together with*"),
    (["--gateway-url=embedded", "--conformance-item=12"], "*an item is one of 1 to 9"),
    (["--gateway-cmd=embedded", "--gateway-provider=ig"], "*ig: no such provider*"),
    (["--gateway-url=embedded", "--gateway-provider=all"], "*only with --gateway-cmd*"),
]
WAIVER = """[[waiver]]
requirement = "ORD-9999"
reason = "none"
owner = "nobody"
expires = 2099-01-01
"""


@pytest.mark.parametrize(("options", "line"), CASES, ids=lambda c: str(c)[:60])
def test_one_line_tells_it_and_the_report_does_too(
    pytester: pytest.Pytester,
    start: Running,
    playing: Playing,
    options: list[str],
    line: str,
) -> None:
    playing("met")
    (pytester.path / "key").write_text("too short")
    (pytester.path / "waivers.toml").write_text(WAIVER)
    with ExitStack() as stack:
        given = [
            stack.enter_context(SERVERS[o]()) if o in SERVERS else o for o in options
        ]
        result = start(*given)
    assert result.ret == 4
    told = [text for text in result.errlines if text.strip()]
    assert len(told) == 1
    result.stderr.fnmatch_lines([f"ERROR: {line}"])
    assert told[0].removeprefix("ERROR: ") == error_of(pytester.path / "reports")


def error_of(reports: Path) -> str:
    text = (reports / "latest" / "readiness.json").read_text(encoding="utf-8")
    facts = json.loads(text)
    assert facts["run"]["exit_status"] == 4
    assert (reports / "latest" / "readiness.html").exists()
    return str(facts["run"]["error"])


def test_a_report_directory_that_cannot_be_written_is_told(
    pytester: pytest.Pytester, start: Running, playing: Playing
) -> None:
    playing("met")
    (pytester.path / "file").touch()
    result = start("--gateway-url=embedded", "--conformance-report-dir=file/reports")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --conformance-report-dir file/reports: *"])


def test_a_password_in_the_url_is_never_told(
    pytester: pytest.Pytester, start: Running, playing: Playing
) -> None:
    playing("met")
    result = start("--gateway-url=http://me:pass-word-1@127.0.0.1:9")
    assert result.ret == 4
    left = "".join(
        p.read_text(encoding="utf-8")
        for p in (pytester.path / "reports").rglob("*")
        if p.is_file()
    )
    assert "pass-word-1" not in result.stdout.str() + result.stderr.str() + left


def test_a_users_own_tests_run_before_the_gateway_is_missed(
    pytester: pytest.Pytester, start: Running, playing: Playing
) -> None:
    playing("met")
    pytester.makepyfile(test_own="def test_own(): pass")
    result = start("--gateway-url=http://127.0.0.1:9")
    result.assert_outcomes(passed=1)
    assert result.ret == 4


def test_a_gateway_that_a_users_fixture_brings_up_is_judged(
    pytester: pytest.Pytester, start: Running, playing: Playing
) -> None:
    playing("met")
    port = free_port()
    pytester.makeconftest(
        f"""
        import pytest
        from conformance.reference.server import ReferenceGateway
        from fixtures.serving import serving

        class Here(ReferenceGateway):
            async def start(self, port=None):
                await super().start({port})

        @pytest.fixture(scope="session", autouse=True)
        def gateway():
            with serving(Here):
                yield
        """
    )
    pytester.makepyfile(test_own="def test_own(): pass")
    result = start(f"--gateway-url=http://127.0.0.1:{port}")
    result.assert_outcomes(passed=2)
    assert result.ret == 0
