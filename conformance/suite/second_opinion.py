"""Finds faults of ours in a run: illegal requests, and validators that differ."""

import re
from collections.abc import Iterable, Iterator

from conformance.evidence.entry import ILLEGAL, Kind, Party
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.spec.contract import contract


def illegal_requests(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """Requests of ours that our document refuses, and that nobody meant to be so."""
    for transcript in transcripts:
        told: set[str] = set()
        for exchange in exchanges(transcript):
            if exchange.request.data["deliberate"]:
                continue
            for fault in _faults(exchange):
                if fault not in told:
                    told.add(fault)
                    yield (
                        f"{transcript.name} sent an illegal {exchange.method} "
                        f"{exchange.path}: {fault}"
                    )


def _faults(exchange: Exchange) -> Iterator[str]:
    sent = exchange.request.data
    media = sent["headers"].get("content-type")
    for fault in contract().request_faults(
        exchange.method, exchange.target, media, sent["body"]
    ):
        yield f"{fault.pointer} {fault.message}".strip()


def illegal_answers(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """Answers and messages of a played Gateway that nobody meant to be illegal."""
    for transcript in transcripts:
        told: set[str] = set()
        for what, fault in _our_faults(transcript):
            if fault not in told:
                told.add(fault)
                yield f"{transcript.name} told a strategy an illegal {what}: {fault}"


def illegal_below(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """What our venues answered or told that their brokers' documents do not allow."""
    for transcript in transcripts:
        told = dict.fromkeys(
            [*_illegal_answers(transcript), *_illegal_frames(transcript)]
        )
        for fault in told:
            yield f"{transcript.name}: our venue said what it may not: {fault}"


def _illegal_answers(transcript: Transcript) -> Iterator[str]:
    for entry in transcript.of_kind(Kind.ANSWER):
        fault = str(entry.data.get("fault") or "")
        if fault.startswith(ILLEGAL):
            yield fault.removeprefix(ILLEGAL)


def _illegal_frames(transcript: Transcript) -> Iterator[str]:
    for entry in transcript.of_kind(Kind.FRAME):
        fault = entry.data.get("fault")
        if entry.party is Party.VENUE and fault and not entry.data.get("deliberate"):
            yield str(fault)


def _our_faults(transcript: Transcript) -> Iterator[tuple[str, str]]:
    for exchange in exchanges(transcript):
        response = exchange.response
        if response is None or response.data.get("deliberate") or _is_cut(exchange):
            continue
        if contract().operation_for(exchange.method, exchange.path) is not None:
            fault = _opinion(exchange)
            if fault:
                yield f"answer to {exchange.method} {exchange.path}", fault
    for entry in transcript.messages():
        if not entry.data["deliberate"] and entry.data.get("text"):
            for wrong in contract().message_faults(
                entry.data["text"], from_server=True
            )[:1]:
                yield "message", f"{wrong.pointer} {wrong.message}".strip()


def disagreements(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """Answers that openapi-core and we judge differently.

    One answer of each operation, status and opinion of ours is looked at: a list of
    five hundred orders would take openapi-core a seventh of a second.
    """
    # It takes half a second to import, and a run that ends early needs none of it.
    from conformance.spec.exchange_validation import (  # noqa: PLC0415
        openapi_core_fault,
    )

    for exchange, ours in _one_of_each(transcripts):
        data = exchange.response.data if exchange.response is not None else {}
        media = data["headers"].get("content-type")
        status, body = int(data["status"]), str(data["body"])
        theirs = openapi_core_fault(
            exchange.method, _plain_path(exchange), status, media, body
        )
        if bool(ours) != bool(theirs):
            yield (
                f"{exchange.method} {exchange.path}, answered with {status}: "
                f"we say {ours or 'good'}, openapi-core {theirs or 'good'}"
            )


def _one_of_each(transcripts: Iterable[Transcript]) -> Iterator[tuple[Exchange, str]]:
    seen: set[tuple[str, object, bool]] = set()
    for transcript in transcripts:
        for exchange in exchanges(transcript):
            operation = contract().operation_for(exchange.method, exchange.path)
            if operation is None or exchange.response is None or _is_cut(exchange):
                continue
            if _is_empty_text(exchange):
                continue
            ours = _opinion(exchange)
            mark = (operation.key, exchange.status, bool(ours))
            if mark not in seen:
                seen.add(mark)
                yield exchange, ours


def _plain_path(exchange: Exchange) -> str:
    """The operation's path with ids that no path matching stumbles over."""
    operation = contract().operation_for(exchange.method, exchange.path)
    assert operation is not None
    return re.sub(r"\{\w+\}", "1", operation.template)


def _is_cut(exchange: Exchange) -> bool:
    response = exchange.response
    return exchange.method == "HEAD" or bool(response and response.data.get("cut"))


def _is_empty_text(exchange: Exchange) -> bool:
    """An empty text is a text, and openapi-core takes it for a missing body."""
    response = exchange.response
    assert response is not None
    media = str(response.data["headers"].get("content-type", ""))
    return not response.data["body"] and "json" not in media


def _opinion(exchange: Exchange) -> str:
    response = exchange.response
    assert response is not None
    faults = contract().response_faults(
        exchange.method,
        exchange.path,
        int(response.data["status"]),
        response.data["headers"].get("content-type"),
        str(response.data["body"]),
    )
    return "; ".join(f"{f.pointer} {f.message}".strip() for f in faults[:1])
