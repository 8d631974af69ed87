"""No credential of anybody's traffic is kept, whether it was known or not."""

import base64
import hashlib
import time

import pytest

from conformance.evidence.credentials import LEARNED, Credentials

KEY = "a-key-that-nobody-told-us-0123456789"
BASIC = base64.b64encode(f"me:{KEY}".encode()).decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", f"Bearer {KEY}"),
        ("authorization", KEY),
        ("authorization", f"Basic {BASIC}"),
        ("Proxy-Authorization", f"Basic {BASIC}"),
        ("x-api-key", KEY),
        ("X-Session-Token", KEY),
        ("cookie", f"theme=dark; session={KEY}"),
        ("set-cookie", f"session={KEY}; Path=/"),
        ("sec-websocket-protocol", f"trading, {KEY}"),
    ],
)
def test_what_lets_somebody_in_is_not_kept_and_is_found_everywhere_then(
    name: str, value: str
) -> None:
    credentials = Credentials()
    shown = credentials.headers({name: value, "accept": "*/*"})
    assert KEY not in str(shown)
    assert BASIC not in str(shown)
    assert shown["accept"] == "*/*"
    assert KEY not in credentials.text(f"you said {KEY}")


@pytest.mark.parametrize(
    "text",
    [
        f"/v1/orders?api_key={KEY}&symbol=A",
        f"/v1/orders?X-Token={KEY}",
        f'{{"apiKey": "{KEY}"}}',
        f'{{"a": "{{\\"client_secret\\":\\"{KEY}\\"}}"}}',
        f'{{"password" : "{KEY}\\""}}',
    ],
)
def test_what_is_named_as_a_credential_is_not_kept(text: str) -> None:
    credentials = Credentials()
    assert KEY not in credentials.text(text)
    assert KEY not in credentials.text(f"again {KEY}")


@pytest.mark.parametrize(
    "text",
    ['{"symbol": "TOKEN"}', "/v1/orders?symbol=BTCUSD", '{"token": 5}', "the keys"],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert Credentials().text(text) == text


def test_a_handshake_stays_readable() -> None:
    headers = {"sec-websocket-key": "dGhlIHNhbXBsZQ==", "upgrade": "websocket"}
    assert Credentials().headers(headers) == headers


def test_a_key_in_binary_data_is_not_kept() -> None:
    credentials = Credentials((KEY,))
    for data in (f"x{KEY}".encode(), b"\xff\xfe" + KEY.encode() + b"\x80"):
        assert KEY.encode() not in credentials.octets(data)


def test_only_the_newest_credentials_are_looked_for() -> None:
    credentials = Credentials((KEY,))
    keys = [hashlib.sha256(bytes([n])).hexdigest() for n in range(LEARNED + 5)]
    for key in keys:
        credentials.headers({"x-api-key": key})
    assert credentials.text(keys[0]) == keys[0]
    assert keys[-1] not in credentials.text(keys[-1])
    assert KEY not in credentials.text(KEY)


@pytest.mark.parametrize(
    "text", ['"token":"' + "\\" * 200_000, "token" * 50_000, '"' * 200_000 + "token"]
)
def test_a_hostile_text_holds_nobody_up(text: str) -> None:
    began = time.perf_counter()
    Credentials((KEY,)).text(text)
    assert time.perf_counter() - began < 2


def test_a_key_under_an_escaped_name_was_kept() -> None:
    kept = Credentials().text("/v1/orders?api%5Fkey=Q7mZr4Wt9LpX2cVb&limit=1%2C2")
    assert kept == "/v1/orders?api%5Fkey=$GATEWAY_API_KEY&limit=1%2C2"


def test_a_key_that_came_escaped_was_kept_where_it_stood_plain() -> None:
    seen = Credentials()
    seen.text("/v1/orders?api_key=Q7mZr%2F4Wt9LpX2cVb%3D")
    assert "Q7mZr" not in seen.text("no such key: Q7mZr/4Wt9LpX2cVb=")
    assert "Q7mZr" not in seen.text("?note=Q7mZr%2f4Wt9LpX2cVb%3d")
