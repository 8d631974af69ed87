"""What a shell makes of a line is what was sent."""

import subprocess

import pytest

from conformance.evidence.entry import Entry, Kind, Party
from conformance.readiness.shell import LONG, curl

# It tells its words, each ended by a NUL, and what it reads where it is told to.
CURL = """curl() { printf '%s\\0' "$@"; case "$*" in *@-*) cat;; esac; }"""


def request(method: str, target: str, body: str | None = None) -> Entry:
    data = {"method": method, "target": target, "headers": {}, "body": body}
    return Entry(1, 0.0, Party.STRATEGY, Kind.REQUEST, data)


def words(entry: Entry) -> list[str]:
    done = subprocess.run(
        ["bash", "-c", f"GATEWAY_URL=http://g\n{CURL}\n{curl(entry)}"],
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().split("\0")


def test_a_get_with_a_body_stays_a_get() -> None:
    told = words(request("GET", "/v1/orders", "{}"))
    assert told[told.index("-X") + 1] == "GET"
    assert told[told.index("--data-raw") + 1] == "{}"


def test_a_plain_get_names_no_method() -> None:
    assert "-X" not in words(request("GET", "/v1/orders"))


def test_brackets_in_an_address_are_no_pattern() -> None:
    told = words(request("GET", "/v1/orders?status[]=OPEN"))
    assert "-g" in told
    assert "http://g/v1/orders?status[]=OPEN" in told


@pytest.mark.parametrize("target", ["/v1/orders/../x", "/v1/orders/%2e%2E/x"])
def test_dots_in_a_path_stay_where_they_are(target: str) -> None:
    assert "--path-as-is" in words(request("GET", target))


@pytest.mark.parametrize(
    "body",
    ['{"a": "it\'s"}', "a\x1b[0m\r\n'\\", "\u202eabc", "é", '{"a": "\\u0000$HOME`x`"}'],
)
def test_a_body_comes_as_it_was(body: str) -> None:
    entry = request("POST", "/v1/orders", body)
    told = words(entry)
    assert told[told.index("--data-raw") + 1] == body
    assert all(c.isprintable() for c in curl(entry))


@pytest.mark.parametrize(
    "body",
    [
        "[" * 5000,
        '{"symbol":' * 5000 + "1" + "}" * 5000,
        '{"client_order_id": "' + "x" * 65_536 + '", "side": "it\'s"}',
        "".join(map(str, range(2000))),
    ],
)
def test_a_long_body_comes_whole(body: str) -> None:
    assert len(body) > LONG
    told = words(request("POST", "/v1/orders", body))
    assert told[-1] == body


def test_a_long_body_that_repeats_itself_makes_a_short_line() -> None:
    assert len(curl(request("POST", "/v1/orders", "[" * 50_000))) < 300


def test_a_head_request_waits_for_no_body() -> None:
    told = words(request("HEAD", "/v1/orders"))
    assert "-I" in told
    assert "-X" not in told
