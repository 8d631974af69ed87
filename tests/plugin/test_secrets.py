"""Keys and passwords are in nothing that a run prints or leaves behind."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding
from conformance.reference.server import ReferenceGateway
from fixtures.serving import serving
from tests.plugin import conftest
from tests.plugin.conftest import Playing, Running

KEY = "planted+key/0123456789-ABCDEFGHIJKLMNOP="
PASSWORD = "planted-password-77"


class Echo(ReferenceGateway):
    """Tells everybody's key, in headers, bodies and its log."""

    async def dispatch(self, request: web.Request) -> web.StreamResponse:
        response = await super().dispatch(request)
        asked = (request.method, request.path_qs)
        if isinstance(response, web.Response) and asked == ("GET", "/v1/orders"):
            given = dict(request.headers)
            response.headers["x-echo"] = given["X-API-Key"]
            response.text = json.dumps([given, {"key": KEY}])
        return response


def echoed(transcript: Transcript) -> Iterator[Observation]:
    for entry in transcript.of_kind(Kind.RESPONSE):
        yield finding(f"Answered {entry.data['body']}.", entry)


def forms(secret: str) -> tuple[str, ...]:
    encoded = base64.b64encode(secret.encode()).decode()
    return secret, quote(secret, safe=""), encoded, secret.lower()


@pytest.mark.parametrize("way", ["file", "environment"])
def test_no_artefact_and_no_line_has_the_key_or_the_password(
    pytester: pytest.Pytester,
    start: Running,
    playing: Playing,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setitem(conftest.CHECKS, "violated", echoed)
    playing("violated")
    given = []
    if way == "file":
        (pytester.path / "key").write_text(KEY)
        given = ["--gateway-key-file", "key"]
    else:
        monkeypatch.setenv("GATEWAY_API_KEY", KEY)
    with serving(Echo, GATEWAY_API_KEY=KEY) as bare:
        url = bare.replace("://", f"://me:{PASSWORD}@")
        junit = f"--junitxml={pytester.path / 'reports' / 'pytest.xml'}"
        result = start("--gateway-url", url, *given, "-vv", "-rA", junit)
    assert result.ret == 1
    told = result.stdout.str() + result.stderr.str()
    assert "$GATEWAY_API_KEY" in told
    for text in (told, *left(pytester.path / "reports")):
        planted = (KEY, PASSWORD, f"me:{PASSWORD}")
        assert [f for s in planted for f in forms(s) if f in text] == []


def left(directory: Path) -> Iterator[str]:
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {
        ".html",
        ".json",
        ".jsonl",
        ".md",
        ".xml",
    }
    for path in files:
        yield path.read_text(encoding="utf-8")
