"""No answer, however hostile, takes more memory or disk than its bounds."""

import gzip
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers import rest
from conformance.peers.rest import BODY_LIMIT, KEPT_BEYOND, KEPT_WHOLE, RestClient
from fixtures.trivial import Speak, listening

HEADER = Header("script", "instance", "mock", "cf", ("A",), 1, "")


def _speaking(body: bytes, encoding: str = "identity") -> Speak:
    async def speak(reader: object, writer: object) -> None:
        while await reader.readuntil(b"\r\n\r\n"):  # type: ignore[attr-defined]
            head = f"content-encoding: {encoding}\r\ncontent-length: {len(body)}"
            writer.write(  # type: ignore[attr-defined]
                f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body
            )

    return speak


@asynccontextmanager
async def _client(speak: Speak) -> AsyncIterator[tuple[RestClient, Recorder]]:
    recorder = Recorder(HEADER, time.perf_counter)
    async with listening(speak) as subject:
        client = RestClient(subject.address, recorder, lambda *_: None)
        try:
            yield client, recorder
        finally:
            await client.close()


def _answers(recorder: Recorder) -> Iterator[Entry]:
    return (e for e in recorder.entries if e.kind is Kind.RESPONSE)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_body_that_was_packed_twice_took_all_memory(times: int) -> None:
    body = bytes(BODY_LIMIT * 4)
    for _ in range(times):
        body = gzip.compress(body, mtime=0)
    encoding = ", ".join(["gzip"] * times)
    async with _client(_speaking(body, encoding)) as (client, recorder):
        reply = await client.request("GET", "/")
    assert len(reply.text) == BODY_LIMIT
    assert [e.data["cut"] for e in _answers(recorder)] == [True]


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"{}", mtime=0), "gzip"),
        (zlib.compress(b"{}"), "deflate"),
        (b"{}", "gzip"),
        (b"{}", "br"),
    ],
)
async def test_an_answer_is_read_as_it_was_packed(body: bytes, encoding: str) -> None:
    async with _client(_speaking(body, encoding)) as (client, _):
        assert (await client.request("GET", "/")).text == "{}"


async def test_endless_answers_filled_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "KEPT_LIMIT", KEPT_WHOLE)
    async with _client(_speaking(b"x" * KEPT_WHOLE)) as (client, recorder):
        for _ in range(3):
            await client.request("GET", "/")
    kept = [len(e.data["body"]) for e in _answers(recorder)]
    assert kept == [KEPT_WHOLE, KEPT_BEYOND, KEPT_BEYOND]


async def test_an_id_beyond_latin_1_ended_the_run() -> None:
    async with _client(_speaking(b"{}")) as (client, _):
        assert (await client.request("GET", "/v1/orders/6001\ud800€")).status == 200


async def test_an_id_of_a_million_letters_ended_the_run() -> None:
    async with _client(_speaking(b"{}")) as (client, _):
        assert (await client.request("GET", f"/v1/orders/{'x' * 1_000_000}")).lost
