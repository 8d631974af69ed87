"""Reads our documents: of the Gateway's REST and stream, and of the Engine below."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from conformance.errors import BadFile

GATEWAY = "gateway.yaml"
STREAM = "stream.yaml"
ENGINE = "engine.yaml"


@cache
def load_gateway_document() -> Mapping[str, Any]:
    """Our OpenAPI 3.1 description of the Gateway."""
    return _load(GATEWAY)


@cache
def load_stream_document() -> Mapping[str, Any]:
    """The JSON Schemas of every stream message, by `type`."""
    return _load(STREAM)


@cache
def load_engine_document() -> Mapping[str, Any]:
    """The Engine's REST and stream, as a Gateway meets them."""
    return _load(ENGINE)


@cache
def document_sha256() -> str:
    """The identity of the documents together."""
    digest = hashlib.sha256()
    for name in (GATEWAY, STREAM, ENGINE):
        digest.update(_text(name).encode())
    return digest.hexdigest()


def parse_document(text: str, name: str) -> Mapping[str, Any]:
    """An OpenAPI document of somebody else's, as JSON or YAML.

    Raises BadFile where it is none.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        why = getattr(error, "problem", None) or "neither JSON nor YAML"
        raise BadFile(name, line, f"cannot be read: {why}") from error
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise BadFile(name, 0, "this is no OpenAPI document: it has no paths")
    return document


def _load(name: str) -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: Mapping[str, Any] = yaml.load(_text(name), Loader=loader)
    return document


def _text(name: str) -> str:
    path = resources.files("conformance.spec") / name
    return path.read_text(encoding="utf-8")
