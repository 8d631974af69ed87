"""The tap as a command: recorded whole, through kills too, and nothing of a key."""

import asyncio
import base64
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from conformance.cli import main
from fixtures.certificates import self_signed
from fixtures.serving import serving

ROOT = Path(__file__).parent.parent.parent
KEY = "planted-secret-of-more-than-32-characters"
Output = pytest.CaptureFixture[str]
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory and no key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GATEWAY_API_KEY", raising=False)
    return tmp_path


class Running:
    """One tap as a process."""

    def __init__(self, url: str, out: Path, *more: str) -> None:
        words = ["--gateway-url", url, "--listen", "127.0.0.1:0", "--out", str(out)]
        self.errors = out.parent / "errors"
        with self.errors.open("a") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "conformance.cli", "record", *words, *more],
                env={**os.environ, "GATEWAY_API_KEY": KEY},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline()
        assert "point the strategy at http://" in self.first, self.errors.read_text()
        self.url = self.first.split("point the strategy at ")[1].split()[0]

    @property
    def stream(self) -> str:
        return f"ws{self.url.removeprefix('http')}/v1/ws"

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        told, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0
        return told


@contextmanager
def tapped(url: str, out: Path, *more: str) -> Iterator[Running]:
    running = Running(url, out, *more)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()


def rows(out: Path) -> Rows:
    paths = sorted((out / "segments").iterdir())
    lines = [x for p in paths for x in whole_lines(p)]
    return [row for row in map(json.loads, lines) if "n" in row]


def whole_lines(path: Path) -> list[str]:
    """Without one that is only half written yet."""
    return path.read_text("utf-8").rpartition("\n")[0].splitlines()


def of(kind: str, found: Rows, *, own: bool = False) -> Rows:
    told = [r for r in found if r["kind"] == kind]
    return [r["data"] for r in told if bool(r["data"].get("own")) is own]


def notes(name: str, found: Rows) -> Rows:
    return [data for data in of("note", found) if data["name"] == name]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}"}


def buy(client: httpx.Client, **more: str) -> httpx.Response:
    order = {"symbol": "BTCUSD", "side": "buy", "order_type": "market", "quantity": "1"}
    return client.post("/v1/orders", json={**order, **more})


def test_rest_is_recorded_both_ways_and_the_key_is_nowhere(folder: Path) -> None:
    out = folder / "session"
    with serving(GATEWAY_API_KEY=KEY) as url, tapped(url, out) as tap:
        with httpx.Client(base_url=tap.url, headers=headers()) as client:
            assert buy(client).status_code == 201
            # Every place it could stand in.
            client.get("/v1/orders", params={"api_key": KEY})
            client.get("/v1/orders", headers={"Cookie": f"session={KEY}"})
            client.get(f"/v1/quotes/{KEY}")
            buy(client, client_order_id=KEY)
            basic = base64.b64encode(f"me:{KEY}".encode()).decode()
            client.get("/health", headers={"Authorization": f"Basic {basic}"})
        told = tap.end()
    found = rows(out)
    asked = of("request", found)
    assert [a["method"] for a in asked] == ["POST", "GET", "GET", "GET", "POST", "GET"]
    assert [a["exchange"] for a in asked] == [
        r["exchange"] for r in of("response", found)
    ]
    # It may be ended before it has asked all that it asks for itself.
    own = [request["target"] for request in of("request", found, own=True)]
    assert own
    assert own == ["/health", "/v1/account", "/v1/positions"][: len(own)]
    assert json.loads((out / "session.json").read_text())["health"]["platforms"] == [
        "mock"
    ]
    assert "2 orders" in told
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        assert KEY not in path.read_text("utf-8", "replace"), path
        assert basic not in path.read_text("utf-8", "replace"), path
    assert KEY not in told


async def converse(url: str, count: int, *, compression: str | None = None) -> int:
    """Opens a stream and hears so many messages."""
    async with websockets.connect(
        url, additional_headers=headers(), proxy=None, compression=compression
    ) as stream:  # type: ignore[arg-type]
        async with asyncio.timeout(20):
            for _ in range(count):
                await stream.recv()
        return count


def test_two_strategies_at_a_time_are_told_apart(folder: Path) -> None:
    out = folder / "session"

    async def both(tap: Running) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(converse(tap.stream, 2))
            tasks.create_task(converse(tap.stream, 3))
            tasks.create_task(trade(tap))

    async def trade(tap: Running) -> None:
        await asyncio.sleep(0.5)
        async with httpx.AsyncClient(base_url=tap.url, headers=headers()) as client:
            for _ in range(2):
                order = {"symbol": "BTCUSD", "side": "buy", "quantity": "1"}
                await client.post("/v1/orders", json={**order, "order_type": "market"})

    with serving() as url, tapped(url, out) as tap:
        asyncio.run(both(tap))
        tap.end()
    found = rows(out)
    streams = [o["stream"] for o in of("opened", found)]
    assert len(set(streams)) == 2
    assert sorted(c["stream"] for c in of("closed", found)) == sorted(streams)
    counts = [
        sum(m["stream"] == s and "text" in m for m in of("message", found))
        for s in streams
    ]
    assert min(counts) >= 2


def test_a_tap_that_is_killed_in_mid_stream_resumes_with_nothing_lost_or_doubled(
    folder: Path,
) -> None:
    out = folder / "session"
    seen: list[int] = []
    with serving() as url:
        for turn in range(3):
            with tapped(url, out) as tap:
                with httpx.Client(base_url=tap.url, headers=headers()) as client:
                    for number in range(40):
                        client.get("/v1/orders", params={"mark": f"{turn}-{number}"})
                        seen.append(number)
                if turn < 2:
                    if turn:
                        # The scribe too, in the midst of a line for all it knows.
                        pid = tap.process.pid
                        children = Path(f"/proc/{pid}/task/{pid}/children")
                        time.sleep(1.2)
                        for child in children.read_text().split():
                            os.kill(int(child), signal.SIGKILL)
                    tap.process.kill()
                    tap.process.wait()
                else:
                    tap.end()
            if turn == 1:
                last = sorted((out / "segments").iterdir())[-1]
                with last.open("ab") as file:
                    file.write(b'{"n": 1')
    found = rows(out)
    assert [r["n"] for r in found] == list(range(1, len(found) + 1))
    marks = [a["target"].partition("mark=")[2] for a in of("request", found)]
    assert marks == [f"{t}-{n}" for t in range(3) for n in range(40)]
    began = [n["facts"] for n in notes("stretch-began", found)]
    assert [b["gap_seconds"] is None for b in began] == [True, False, False]
    assert [b["torn_bytes"] > 0 for b in began] == [False, False, True]
    stretches = json.loads((out / "session.json").read_text())["stretches"]
    assert len(stretches) == 3
    assert all(s["ended"] for s in stretches)
    for path in sorted((out / "segments").iterdir()):
        before, _, last_line = path.read_bytes().rpartition(b'{"closed"')
        closing = json.loads(b'{"closed"' + last_line)
        assert closing["sha256"] == hashlib.sha256(before).hexdigest()


def test_an_alarm_is_a_line_a_command_and_a_metric(folder: Path) -> None:
    out = folder / "session"
    (folder / "t.toml").write_text("rejection_rate = 0.05\nlatency_ms = 100000\n")
    script = folder / "alarm"
    script.write_text(
        "#!/bin/sh\nenv | grep CONFORMANCE_ > $CONFORMANCE_ALARM_THRESHOLD.txt\n"
    )
    script.chmod(0o700)
    port = free_port()
    more = ["--thresholds", "t.toml", "--alarm-command", str(script)]
    more += ["--metrics", f"127.0.0.1:{port}"]
    told = folder / "rejection_rate.txt"
    with serving() as url, tapped(url, out, *more) as tap:
        with httpx.Client(base_url=tap.url) as client:
            for _ in range(12):
                assert buy(client, quantity="-1").status_code == 400
        deadline = time.monotonic() + 10
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            metrics = answer.read().decode()
        tap.end()
    assert "CONFORMANCE_ALARM_LIMIT=0.05" in told.read_text()
    assert "CONFORMANCE_SESSION=session" in told.read_text()
    assert "planted" not in told.read_text()
    assert 'conformance_tap_alarms_total{threshold="rejection_rate"} 1' in metrics
    assert "conformance_tap_rejected_total 12" in metrics
    errors = (folder / "errors").read_text()
    assert "ALARM rejection_rate: 1 of the latest orders were rejected" in errors
    alarms = notes("alarm", rows(out))
    assert [a["facts"]["threshold"] for a in alarms] == ["rejection_rate"]
    declared = json.loads((out / "session.json").read_text())["thresholds"]
    assert declared == {"rejection_rate": "0.05", "latency_ms": "100000"}


def test_a_gateway_that_is_away_at_the_start_is_told_and_may_come(
    folder: Path,
) -> None:
    out = folder / "session"
    port = free_port()
    with tapped(f"http://127.0.0.1:{port}", out, "--no-reading") as tap:
        with pytest.raises(httpx.TransportError), httpx.Client() as client:
            client.get(f"{tap.url}/health")
        server = ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with httpx.Client() as client:
            assert client.get(f"{tap.url}/health").status_code == 501
        server.shutdown()
        server.server_close()
        thread.join()
        tap.end()
    errors = (folder / "errors").read_text()
    assert errors.count("the Gateway cannot be reached: ") == 1
    assert errors.count("the Gateway is there again") == 1
    assert of("request", rows(out), own=True) == []


def test_an_encrypted_gateway_is_recorded_where_its_certificate_is_trusted(
    folder: Path,
) -> None:
    pem = self_signed(folder)
    if pem is None:
        pytest.skip("openssl makes the certificate, and is not there")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    with serving(tls=tls) as url:
        with tapped(url, folder / "no", "--no-reading") as tap:
            with pytest.raises(httpx.TransportError), httpx.Client() as client:
                client.get(f"{tap.url}/health")
            tap.end()
        with tapped(url, folder / "yes", "--gateway-ca", f"{pem}.crt") as tap:
            with httpx.Client() as client:
                assert client.get(f"{tap.url}/health").status_code == 200
            assert asyncio.run(converse(tap.stream, 1)) == 1
            tap.end()
    assert "certificate verify failed" in (folder / "errors").read_text()
    found = rows(folder / "yes")
    assert [r["status"] for r in of("response", found)] == [200]
    assert of("response", found, own=True)[0]["status"] == 200
    assert len(of("message", found)) >= 1


def test_a_base_path_stays_in_the_strategy_s_url(folder: Path) -> None:
    url = "http://127.0.0.1:9/behind/a/proxy/"
    with tapped(url, folder / "session", "--no-reading") as tap:
        assert tap.url.endswith("/behind/a/proxy")
        assert tap.first.rstrip().endswith("/behind/a/proxy/v1/ws")
        tap.end(signal.SIGINT)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--gateway-url", "ftp://a"], "--gateway-url ftp://a: only http and https"),
        (["--gateway-url", "embedded"], "--gateway-url embedded: name one that runs"),
        (["--listen", "8081"], "--listen 8081: not HOST:PORT"),
        (["--listen", "127.0.0.1:99999"], "--listen 127.0.0.1:99999: not HOST:PORT"),
        (["--metrics", "x"], "--metrics x: not HOST:PORT"),
        (["--thresholds", "absent"], "absent: No such file"),
        (["--alarm-command", "no-such-command"], "--alarm-command no-such-command: "),
        (["--sync-seconds", "0"], "--sync-seconds 0.0: not above zero"),
        (["--strategy-cmd", "no-such-command"], "--strategy-cmd no-such-command: "),
        (["--gateway-key-file", "absent"], "absent: No such file"),
        (["--out", "/proc/no/such"], "--out /proc/no/such: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_option_is_one_line_and_status_4(
    words: list[str], line: str, capsys: Output
) -> None:
    given = ["record", "--gateway-url", "http://127.0.0.1:9", "--listen"]
    given += ["127.0.0.1:0", "--out", "session"]
    assert main([*given, *words]) == 4
    told = capsys.readouterr().err
    assert told.startswith(f"conformance: {line}")
    assert told.count("\n") == 1


def test_an_address_that_is_taken_is_told_and_no_session_is_begun(
    folder: Path, capsys: Output
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        where = f"127.0.0.1:{sock.getsockname()[1]}"
        given = ["record", "--gateway-url", "http://127.0.0.1:9", "--listen", where]
        assert main([*given, "--out", "session"]) == 4
    assert f"--listen {where}: Address already in use" in capsys.readouterr().err
    assert not (folder / "session" / "session.json").exists()


def test_the_strategy_s_hash_is_noted_and_another_strategy_is_refused(
    folder: Path,
) -> None:
    (folder / "s.py").write_text("pass\n")
    command = f"{sys.executable} s.py"
    out = folder / "session"
    url = "http://127.0.0.1:9"
    with tapped(url, out, "--no-reading", "--strategy-cmd", command) as tap:
        tap.end()
    noted = json.loads((out / "session.json").read_text())["strategy_sha256"]
    assert len(noted) == 64
    words = ["record", "--gateway-url", url, "--listen", "127.0.0.1:0", "--out"]
    assert main([*words, str(out), "--no-reading"]) == 4


def test_a_strategy_s_orders_and_fills_are_those_the_gateway_tells(
    folder: Path,
) -> None:
    out = folder / "session"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = ["gateway", "--faults", "--port", str(port), "--pace", "40"]
    played = subprocess.Popen(
        [sys.executable, "-m", "conformance.cli", *words], stdout=subprocess.DEVNULL
    )
    try:
        answered(f"{url}/health")
        with tapped(url, out) as tap:
            own = {"TRADING_GATEWAY_URL": tap.url, "STATE_FOLDER": str(folder)}
            strategy = subprocess.Popen(
                [sys.executable, "-m", "fixtures.strategies.plain"],
                env={**os.environ, **own},
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
            )
            deadline = time.monotonic() + 60
            while len(fills(rows(out))) < 4 and time.monotonic() < deadline:
                time.sleep(0.2)
            strategy.send_signal(signal.SIGTERM)
            assert strategy.wait(20) == 0
            orders = httpx.get(f"{url}/v1/orders/history").json()
            trades = httpx.get(f"{url}/v1/trades").json()
            told = tap.end()
    finally:
        played.kill()
        played.wait()
    found = rows(out)
    accepted = [r["body"] for r in of("response", found) if r["status"] == 201]
    assert {json.loads(body)["id"] for body in accepted} == {o["id"] for o in orders}
    assert fills(found) == {t["id"]: t["quantity"] for t in trades}
    assert len(trades) >= 4
    assert f"{len(orders)} orders, {len(trades)} fills" in told


def fills(found: Rows) -> dict[str, str]:
    texts = (json.loads(m["text"]) for m in of("message", found) if "text" in m)
    trades = (m["trade"] for m in texts if m["type"] == "trade")
    return {t["id"]: t["quantity"] for t in trades}


def answered(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)
