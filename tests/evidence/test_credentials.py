"""No credential of anybody's traffic is kept, whether it was known or not."""

import base64
import hashlib
import json
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


BELOW = {
    "a list": {"api_key": [KEY], "symbol": "A"},
    "an object": {"api_key": {"value": KEY, "created": "today"}, "symbol": "A"},
    "lists in objects": {"credentials": [{"a": [[{"b": KEY}]]}, 12.5], "symbol": "A"},
    "a name below it": {"api_keys": {KEY: {"scope": "all"}}, "symbol": "A"},
    "a passphrase": {"passphrase": KEY, "private_key": [KEY], "symbol": "A"},
    "a number": {"password": 1234567890123, "symbol": "A"},
    "headers in a list": {
        "headers": [["Authorization", f"Bearer {KEY}"], ["accept", "*/*"]],
        "symbol": "A",
    },
    "headers by name": {
        "headers": [{"name": "X-API-Key", "value": KEY}, {"name": "b", "value": "c"}],
        "symbol": "A",
    },
}


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("place", BELOW)
def test_a_key_in_a_list_or_an_object_under_its_name_was_kept(
    place: str, indent: int | None, depth: int
) -> None:
    credentials = Credentials()
    text = json.dumps(BELOW[place], indent=indent)
    for _ in range(depth):
        text = json.dumps({"symbol": "A", "body": text}, indent=indent)
    kept = credentials.text(text)
    assert KEY not in kept
    assert "1234567890123" not in kept
    assert KEY not in credentials.text(f"again {KEY}") or place == "a number"
    for _ in range(depth):
        kept = json.loads(kept)["body"]
    assert json.loads(kept)["symbol"] == "A"


def test_what_stands_around_such_a_member_stays_letter_by_letter() -> None:
    text = '{"q" :1.50,\n "token":{"a":["KEY" ,true,null]} , "n":1e3,"n": 2}'
    kept = Credentials().text(text.replace("KEY", KEY))
    assert kept == text.replace("KEY", "$GATEWAY_API_KEY")


@pytest.mark.parametrize(
    "text",
    [
        f'{{"api_key": ["{KEY}", "{KEY[:20]}',
        f'{{"api_key": {{"value": "{KEY}\\',
        f"{{'api_key': ['{KEY}'], 'b': 1}}",
        f'{{"api\\u005fkey": ["{KEY}"]}}',
        f'{{"token"{" " * 20}:{" " * 20}["{KEY}"]}}',
        f'{{"a": "{{\\"secret\\":\\"x\\\\\\"{KEY}\\"}}"}}',
    ],
)
def test_a_key_under_its_name_was_kept_where_the_json_was_cut_or_odd(text: str) -> None:
    assert KEY[:20] not in Credentials().text(text)


@pytest.mark.parametrize(
    "text",
    [
        f"/v1/orders?api_key=first&api_key={KEY}",
        f"/v1/orders?api_key=first,{KEY};{KEY}&b=1",
        f"api_key[]={KEY}&auth[token]={KEY}",
        f"grant=x&password='{KEY}'{KEY}",
        f"back=%2Fa%3Fapi_key%3D{KEY}%26b%3D1",
        f"back=%252Fa%253Fapi_key%253D{KEY}%2526b%253D1",
        f"{{'why': 'not /v1/orders?api_key=first,{KEY}'}}",
        '--b\r\nContent-Disposition: form-data; name="api_key"\r\n'
        f"Content-Type: text/plain\r\n\r\n{KEY}\r\n--b--",
    ],
)
def test_a_key_that_is_repeated_or_within_a_form_was_kept(text: str) -> None:
    assert KEY not in Credentials().text(text)


def test_of_a_header_that_came_twice_the_first_key_was_not_looked_for() -> None:
    credentials = Credentials()
    pairs = [("x-api-key", KEY), ("x-api-key", "another"), ("a", "1"), ("a", "2")]
    shown = credentials.headers(pairs)
    assert shown == {"x-api-key": "$GATEWAY_API_KEY, $GATEWAY_API_KEY", "a": "1, 2"}
    assert KEY not in credentials.text(KEY)


def test_a_value_under_a_name_that_tells_is_not_kept() -> None:
    told = {"api_key": [KEY], "health": {"token": {"v": KEY}, "tokens": 3}}
    assert Credentials().value(told) == {
        "api_key": ["$GATEWAY_API_KEY"],
        "health": {"token": {"v": "$GATEWAY_API_KEY"}, "tokens": 3},
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"required": ["token", "client_id"]}',
        '["secret", "password", "symbol"]',
        '{"token": true, "secret": null, "password": ""}',
        '{"symbol": "TOKEN", "side": "buy"}',
    ],
)
def test_a_list_of_names_is_no_credential(text: str) -> None:
    assert Credentials().text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"token":' + "[" * 300_000,
        '{"token":' + '["a",' * 100_000,
        '{"token":{"a' + "\\" * 300_000,
        '{"token":[' + '\\"' * 200_000,
        '{"token"' + " " * 300_000 + "}",
        '"token",' * 50_000,
        'form-data; name="token"\r\n' * 20_000,
        '{"secret": 1, "a": "' + "b" * 1_000_000 + '"}',
        '{"token": 1, "orders": [' + '{"id": "a1", "symbol": "A"},' * 30_000,
    ],
)
def test_a_hostile_member_holds_nobody_up(text: str) -> None:
    began = time.perf_counter()
    Credentials((KEY,)).text(text)
    assert time.perf_counter() - began < 4
