"""A broker's Gateway is started only where all that it could dial is ours."""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from conformance.errors import SafetyRefusal, SubjectExited
from conformance.peers.embedded import EmbeddedSubject
from conformance.peers.processes import CommandSubject
from conformance.peers.sink import Sink
from conformance.peers.venues.safety import LINES, is_a_broker, is_brokers

DIALS_OUT = """
import json, os, socket, sys
from urllib.parse import urlsplit
keep = ("GATEWAY_", "SUBSCR", "ALPACA", "APCA", "BINANCE", "OANDA", "SAXO", "TRADIER",
        "SCHWAB", "IBKR", "MINE", "HTTP", "ALL_PROXY", "oanda")
given = {k: v for k, v in os.environ.items() if k.startswith(keep)}
with open(sys.argv[1], "w") as file:
    json.dump(given, file)
for name, value in given.items():
    if name.endswith("_URL"):
        parts = urlsplit(value)
        line = socket.create_connection((parts.hostname, parts.port), 2)
        line.sendall(b"GET /" + name.encode() + b" HTTP/1.1\\r\\n\\r\\n")
        line.close()
"""
"""A Gateway that writes down what it was given and dials every address of it."""

THEIRS = {
    "ALPACA_API_KEY": "real",
    "APCA_API_KEY_ID": "real",
    "BINANCE_FUTURES_BASE_URL": "https://fapi.binance.com",
    "OANDA_API_KEY": "real",
    "OANDA_LIVE_REST_URL": "https://api-fxtrade.oanda.com",
    "SAXO_REFRESH_TOKEN": "real",
    "TRADIER_TOKEN": "real",
    "SCHWAB_APP_SECRET": "real",
    "IBKR_ACCOUNT": "real",
    "oanda_account_id": "real",
}
FOR_ANOTHER = {"GATEWAY_MODE": "live", "SUBSCRIPTIONS": '[{"platform": "saxo-live"}]'}
AWAY = "https://api.example.com"


def told(provider: str, address: str = "127.0.0.1:9", **more: str) -> dict[str, str]:
    """What a Gateway for a broker is rightly told."""
    urls = dict.fromkeys(LINES[provider].addresses, f"http://{address}")
    return {"GATEWAY_PROVIDER": provider, "GATEWAY_MODE": "paper", **urls, **more}


def rows(*platforms: str) -> str:
    return json.dumps(
        [{"platform": p, "instrument": "A", "events": []} for p in platforms]
    )


class Stand:
    """Starts the stand-in, and reads what it wrote down."""

    def __init__(self, folder: Path, user: Mapping[str, str], after: str = "") -> None:
        script = folder / "gateway.py"
        script.write_text(DIALS_OUT, encoding="utf-8")
        self._given = folder / "given.json"
        command = f"{sys.executable} {script} {self._given}{after}"
        self._subject = CommandSubject(command, "stand-in", {**user, "PATH": "/bin"})

    @property
    def begun(self) -> bool:
        return self._given.exists()

    async def start(self, asked: Mapping[str, str | None]) -> dict[str, str]:
        """All that it was given; it ends by itself."""
        with pytest.raises(SubjectExited):
            await self._subject.start("stand-in", asked)
        found: dict[str, str] = json.loads(self._given.read_text(encoding="utf-8"))
        return found

    async def refused(self, asked: Mapping[str, str | None]) -> str:
        """Why it was not even started."""
        with pytest.raises(SafetyRefusal) as caught:
            await self._subject.start("stand-in", asked)
        assert not self.begun
        return str(caught.value)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as found:
        yield found


@pytest.mark.parametrize("provider", ["mock", "tektii", *LINES])
async def test_no_variable_of_a_broker_is_passed_on(
    tmp_path: Path, provider: str
) -> None:
    asked = told(provider) if provider in LINES else {"GATEWAY_PROVIDER": provider}
    asked = {
        **asked,
        **dict.fromkeys(
            LINES.get(provider, LINES["oanda"]).addresses, "http://127.0.0.1:9"
        ),
    }
    given = await Stand(tmp_path, {**THEIRS, "MINE": "kept"}).start(asked)
    assert "real" not in given.values()
    assert {k for k in given if is_brokers(k)} == {k for k in asked if is_brokers(k)}
    assert given["MINE"] == "kept"


async def test_what_the_user_subscribed_to_is_not_a_brokers(tmp_path: Path) -> None:
    asked = told("saxo")
    del asked["GATEWAY_MODE"]
    given = await Stand(tmp_path, FOR_ANOTHER).start(asked)
    assert not {"GATEWAY_MODE", "SUBSCRIPTIONS"} & set(given)


@pytest.mark.parametrize("provider", list(LINES))
async def test_one_that_dials_all_it_knows_finds_only_us(
    tmp_path: Path, provider: str, sink: Sink
) -> None:
    proxies = {"HTTPS_PROXY": AWAY, "all_proxy": AWAY}
    given = await Stand(tmp_path, {**THEIRS, **proxies}).start(
        told(provider, sink.address)
    )
    assert await sink.dialled(2)
    assert {v for k, v in given.items() if k.endswith("_URL")} == {
        f"http://{sink.address}"
    }
    assert AWAY not in given.values()


@pytest.mark.parametrize(
    ("provider", "name"),
    [(p, name) for p, lines in LINES.items() for name in lines.addresses],
)
async def test_an_address_that_would_be_left_out_is_refused(
    tmp_path: Path, provider: str, name: str
) -> None:
    without = {**told(provider), name: None}
    # The user's own does not stand in for it.
    stand = Stand(tmp_path, {name: AWAY})
    assert f"{name} would be left out" in await stand.refused(without)


@pytest.mark.parametrize(
    "address",
    [
        AWAY,
        "http://0.0.0.0:1",
        "http://localhost:1",
        "http://127.0.0.1:1@api.example.com",
        "http://127.0.0.1:1\\@api.example.com",
        "http://127.0.0.1.example.com:1",
        "http://127.0.0.1",
        "127.0.0.1:1",
    ],
)
async def test_an_address_elsewhere_is_refused(tmp_path: Path, address: str) -> None:
    asked = {**told("oanda"), "OANDA_STREAM_URL": address}
    why = await Stand(tmp_path, {}).refused(asked)
    assert "OANDA_STREAM_URL does not lead to this machine" in why


async def test_any_other_address_and_proxy_must_be_ours_too(tmp_path: Path) -> None:
    stand = Stand(tmp_path, {})
    for name in ("ALPACA_STREAM_URL", "HTTPS_PROXY"):
        why = await stand.refused({**told("alpaca"), name: AWAY})
        assert f"{name} does not lead to this machine" in why


async def test_a_refresh_token_is_refused(tmp_path: Path) -> None:
    asked = told("saxo", SAXO_REFRESH_TOKEN="placeholder")
    why = await Stand(tmp_path, {}).refused(asked)
    assert "SAXO_REFRESH_TOKEN makes it dial a fixed host" in why


@pytest.mark.parametrize("provider", ["alpaca", "binance_spot"])
async def test_subscriptions_are_refused_where_streams_go_to_fixed_hosts(
    tmp_path: Path, provider: str
) -> None:
    asked = told(provider, SUBSCRIPTIONS=rows("alpaca-paper"))
    assert "fixed hosts" in await Stand(tmp_path, {}).refused(asked)


@pytest.mark.parametrize(
    ("mode", "platforms"),
    [
        ("paper", ("oanda-live",)),
        ("live", ("oanda-practice",)),
        ("paper", ("oanda-practice", "saxo-sim")),
        ("paper", ("nobody-knows",)),
    ],
)
async def test_subscriptions_of_another_mode_or_broker_are_refused(
    tmp_path: Path, mode: str, platforms: tuple[str, ...]
) -> None:
    asked = {**told("oanda", SUBSCRIPTIONS=rows(*platforms)), "GATEWAY_MODE": mode}
    why = await Stand(tmp_path, {}).refused(asked)
    assert f"{platforms[-1]}, which is not of its mode, {mode}" in why


async def test_subscriptions_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    stand = Stand(tmp_path, {})
    for text in ("[{", "{}x", "[1]", '[{"instrument": "A"}]', "7"):
        assert "no list" in await stand.refused(told("oanda", SUBSCRIPTIONS=text))


async def test_subscriptions_of_its_own_mode_are_no_danger(tmp_path: Path) -> None:
    mine = told("oanda", SUBSCRIPTIONS=rows("oanda-practice"))
    assert "SUBSCRIPTIONS" in await Stand(tmp_path, {}).start(mine)


async def test_a_credential_of_the_users_is_no_placeholder(tmp_path: Path) -> None:
    stand = Stand(tmp_path, {"OANDA_API_KEY": "real"})
    assert "no placeholder" in await stand.refused(told("oanda", OANDA_API_KEY="real"))


async def test_a_broker_that_nobody_plays_is_not_started(tmp_path: Path) -> None:
    stand = Stand(tmp_path, {})
    for provider in ("binance_margin", "Binance-Futures", "OANDA", "saxo-live"):
        why = await stand.refused({"GATEWAY_PROVIDER": provider})
        assert "no venue of ours" in why


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (" OANDA_BASE_URL=https://api.example.com", "sets OANDA_BASE_URL itself"),
        (" -e OANDA_API_KEY=real", "sets OANDA_API_KEY itself"),
        (" --env=OANDA_API_KEY=real", "sets OANDA_API_KEY itself"),
        (" docker run --env-file secret.env image", "reads a file of variables"),
        (" docker run -e OANDA_BASE_URL image", "not given OANDA_REST_URL"),
    ],
)
async def test_a_command_that_brings_its_own_variables_is_refused(
    tmp_path: Path, after: str, why: str
) -> None:
    assert why in await Stand(tmp_path, {}, after).refused(told("oanda"))


async def test_a_container_that_is_given_every_address_is_started(
    tmp_path: Path,
) -> None:
    named = " ".join(f"-e {name}" for name in LINES["oanda"].addresses)
    stand = Stand(tmp_path, {}, f" docker run --network host {named} image")
    assert await stand.start(told("oanda"))


async def test_an_embedded_gateway_is_held_to_the_same() -> None:
    subject = EmbeddedSubject()
    asked = told("oanda", OANDA_API_KEY="placeholder", OANDA_ACCOUNT_ID="placeholder")
    instance = await subject.start("oanda", asked)
    assert instance.exit_status is None
    await subject.close()
    for name in LINES["oanda"].addresses:
        with pytest.raises(SafetyRefusal):
            await subject.start("oanda", {**asked, name: AWAY})


def test_a_provider_and_a_variable_are_known_by_the_brokers_name() -> None:
    assert all(map(is_a_broker, LINES))
    assert not any(map(is_a_broker, ("mock", "tektii", "kraken", "", "mock_oanda")))
    assert not any(map(is_brokers, ("TEKTII_API_KEY", "IBUS_ADDRESS", "MY_OANDA_KEY")))
