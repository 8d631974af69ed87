"""Our document with values that a venue takes: without them nothing generated is."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.spec.documents import load_gateway_document

LIVE = {"order_id": "live-order", "position_id": "live-position"}
"""What a generated path names where one that exists is meant; the script puts it in."""

QUANTITIES = ("1", "2", "0.5")
PRICES = ("0.01", "0.02", "1.5", "1000000")
ODD_IDS = (
    "unknown-id",
    "../positions",
    "../../v1/positions",
    "?symbol=",
    "#",
    "%2e%2e",
    "a b",
    "é",
    "'--",
    "0",
    "x" * 300,
)
"""Ids that lead elsewhere where somebody builds an address of them."""

QUANTITY_FIELDS = ("quantity", "display_quantity", "leverage")


ORDER = "/v1/orders/{order_id}"
POSITION = "/v1/positions/{position_id}"
AFTER_ORDER = tuple((verb, ORDER) for verb in ("get", "patch", "delete"))
LINKS = (
    ("/v1/orders", "post", "201", tuple((*each, "/id") for each in AFTER_ORDER)),
    (ORDER, "patch", "200", tuple((*each, "/order/id") for each in AFTER_ORDER)),
    (ORDER, "delete", "200", tuple((*each, "/order/id") for each in AFTER_ORDER)),
    (
        "/v1/positions",
        "get",
        "200",
        tuple((verb, POSITION, "/0/id") for verb in ("get", "patch", "delete")),
    ),
)
"""Which answers name what later requests are about: sequences follow them."""


def overlaid_document(
    symbols: Sequence[str], odd_ids: Sequence[str] = ODD_IDS
) -> dict[str, Any]:
    """A copy that a generator of requests is given.

    Symbols are these (the first in most bodies), decimals are ones that trade, ids in
    paths stand for what is live or lead nowhere. The stream's upgrade is left out.
    """
    document: dict[str, Any] = json.loads(json.dumps(load_gateway_document()))
    del document["paths"]["/v1/ws"]
    document.pop("x-deliberate", None)
    # Whoever sends the requests on has the key: generated ones would only be refused.
    document.pop("security", None)
    document["components"].pop("securitySchemes", None)
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
            operation["parameters"] = [
                _parameter(each, symbols, odd_ids)
                for each in operation.get("parameters", [])
            ]
    _overlay_bodies(document["components"]["schemas"], symbols)
    for path, method, status, targets in LINKS:
        answer = document["paths"][path][method]["responses"][status]
        answer["links"] = {
            f"{verb} {template}": _link(verb, template, pointer)
            for verb, template, pointer in targets
        }
    body = document["paths"]["/v1/orders"]["post"]["requestBody"]["content"]
    body["application/json"]["examples"] = _orders(symbols[0])
    return document


def _parameter(
    parameter: Mapping[str, Any], symbols: Sequence[str], odd_ids: Sequence[str]
) -> dict[str, Any]:
    name = parameter["name"]
    if name in LIVE:
        schema = {"type": "string", "enum": [LIVE[name], *odd_ids]}
        return {**parameter, "schema": schema}
    if name == "symbol":
        named = [*symbols, *(odd_ids if parameter["in"] == "path" else ("UNKNOWN",))]
        return {**parameter, "schema": {"type": "string", "enum": named}}
    return dict(parameter)


def _link(verb: str, template: str, pointer: str) -> dict[str, Any]:
    """Names the operation by where it stands in the document (OpenAPI 3.1, 4.8.20)."""
    escaped = template.replace("~", "~0").replace("/", "~1")
    name = template.rpartition("{")[2].rstrip("}")
    return {
        "operationRef": f"#/paths/{escaped}/{verb}",
        "parameters": {name: f"$response.body#{pointer}"},
    }


def _overlay_bodies(schemas: dict[str, Any], symbols: Sequence[str]) -> None:
    schemas["Decimal"] = {"type": "string", "enum": list(PRICES)}
    quantity = {"type": "string", "enum": list(QUANTITIES)}
    for name in ("OrderRequest", "ModifyOrderRequest", "ClosePositionRequest"):
        fields = schemas[name]["properties"]
        for field in QUANTITY_FIELDS:
            if field in fields:
                optional = "oneOf" in fields[field]
                nullable = {"oneOf": [quantity, {"type": "null"}]}
                fields[field] = nullable if optional else quantity
    symbol = {"type": "string", "enum": list(symbols)}
    schemas["OrderRequest"]["properties"]["symbol"] = symbol


def _orders(symbol: str) -> dict[str, Any]:
    """One order of each kind that a venue takes."""
    plain = {"symbol": symbol, "side": "BUY", "quantity": "1"}
    kinds: dict[str, dict[str, Any]] = {
        "market": {"order_type": "MARKET"},
        "sell": {"order_type": "MARKET", "side": "SELL"},
        "limit": {"order_type": "LIMIT", "limit_price": "0.01"},
        "stop": {"order_type": "STOP", "stop_price": "1000000"},
        "stop-limit": {
            "order_type": "STOP_LIMIT",
            "stop_price": "1000000",
            "limit_price": "1000000",
        },
        "trailing": {
            "order_type": "TRAILING_STOP",
            "trailing_distance": "1.5",
            "trailing_type": "ABSOLUTE",
        },
    }
    return {name: {"value": {**plain, **fields}} for name, fields in kinds.items()}
