"""openapi-core's opinion of one REST answer, beside our own faster one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError

from conformance.spec.documents import load_gateway_document

HOST = "http://gateway.invalid"


@dataclass
class AskedFor:
    """A request as openapi-core asks for it; it writes path parameters into it."""

    method: str
    path: str
    host_url: str = HOST
    body: bytes | None = None
    content_type: str = ""
    parameters: RequestParameters = field(default_factory=RequestParameters)


@dataclass(frozen=True)
class Answered:
    """An answer as openapi-core asks for it."""

    status_code: int
    content_type: str
    data: bytes
    headers: Mapping[str, Any]


def openapi_core_fault(
    method: str, raw_path: str, status: int, content_type: str | None, body: str
) -> str | None:
    """What openapi-core finds wrong with an answer; None where it finds nothing."""
    asked = AskedFor(method.lower(), raw_path)
    answered = Answered(status, content_type or "", body.encode(errors="replace"), {})
    try:
        _document().validate_response(asked, answered)
    except OpenAPIError as error:
        return f"{type(error).__name__}: {error.__cause__ or error}"[:200]
    return None


@cache
def _document() -> OpenAPI:
    document = dict(load_gateway_document())
    document["servers"] = [{"url": HOST}]
    return OpenAPI.from_dict(document)
