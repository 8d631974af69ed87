"""What an entry of a transcript says, in one text."""

import json
from collections.abc import Mapping

from conformance.evidence.entry import Entry, Kind


def told(entry: Entry) -> str:
    """What an entry says, in one text."""
    data = entry.data
    if "method" in data:
        return f"{data['method']} {data['target']}\n{data.get('body') or ''}".strip()
    if "status" in data and ("exchange" in data or "call" in data):
        given = data["status"] or f"no answer ({data.get('fault')})"
        took = data.get("milliseconds")
        return f"{given} after {took} ms\n{data.get('body') or ''}".strip()
    if entry.kind is Kind.BOOKED:
        of = f"{data['side']} {data['quantity']} {data['symbol']}"
        traded = f" {data['fill']} at {data['price']}" if "fill" in data else ""
        return f"{data['what']}{traded}: order {data['order']}, {of}"
    if "text" in data:
        return str(data["text"])
    shown = {k: v for k, v in data.items() if v not in (None, "", {}, [])}
    return json.dumps(shown, default=str)


def told_with_headers(entry: Entry) -> str:
    """What an entry says, with its headers: a finding may be about one, or its lack."""
    headers = entry.data.get("headers")
    if not isinstance(headers, Mapping):
        return told(entry)
    first, *body = told(entry).split("\n", 1)
    lines = (f"{name}: {value}" for name, value in headers.items())
    return "\n".join((first, *lines, *body))
