"""What a Gateway claims to be able to do, and which orders show that it can or not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from conformance.evidence.entry import Json, Kind
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.orders import Submitted, asked, submitted
from conformance.protocol.words import OrderType

RECORDED = "session"
"""The instance in the header of what was recorded, not played."""

ORDER_TYPE, FEATURE = "order type", "feature"
MODE, ASSETS = "position mode", "asset class"

CLAIMED = {
    ORDER_TYPE: "supported_order_types",
    FEATURE: "features",
    MODE: "position_mode",
    ASSETS: "supported_asset_classes",
}
"""Where the answer to GET /v1/capabilities tells of each."""

FEATURES: Mapping[str, tuple[str, ...]] = {
    "bracket_orders": ("stop_loss", "take_profit"),
    "oco": ("oco_group_id",),
    "trailing_stop": ("trailing_distance", "trailing_type"),
    "short_selling": (),
}
"""Each feature, and the fields of an order that uses it; none where only the script
knows."""

KNOWN: Mapping[str, tuple[str, ...]] = {
    ORDER_TYPE: tuple(map(str, OrderType)),
    FEATURE: tuple(FEATURES),
    MODE: (),
    ASSETS: (),
}
"""What there is of each kind, claimed or not."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one provider answered when it was asked for its capabilities."""

    told: Mapping[str, Json]
    transcript: str = ""
    entries: tuple[int, ...] = ()

    def names(self, kind: str) -> tuple[str, ...] | None:
        """What it claims of a kind; None where it does not tell."""
        found = self.told.get(CLAIMED[kind])
        if isinstance(found, str):
            return (found,)
        return tuple(map(str, found)) if isinstance(found, list | tuple) else None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One order that shows what a Gateway can do: it was accepted, or refused."""

    accepted: bool
    transcript: str
    entries: tuple[int, ...]


Key = tuple[str, str, str]
"""A provider, a kind of capability, and its name."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """All claims by provider, and the first sighting of each capability."""

    claims: Mapping[str, Claim]
    seen: Mapping[Key, Sighting]


def capabilities(transcripts: Iterable[Transcript]) -> Capabilities:
    """What runs on Gateways show; an acceptance stands above a refusal."""
    told: dict[str, Claim] = {}
    seen: dict[Key, Sighting] = {}
    for transcript in filter(on_a_gateway, transcripts):
        provider = transcript.header.provider
        if provider not in told and (claim := _claim(transcript)):
            told[provider] = claim
        for kind, name, found in _sightings(transcript):
            known = seen.get((provider, kind, name))
            if known is None or (found.accepted and not known.accepted):
                seen[provider, kind, name] = found
        # Parsed, it takes many times its size.
        transcript.forget()
    return Capabilities(told, seen)


def on_a_gateway(transcript: Transcript) -> bool:
    """Whether a Gateway was played on: not ours, and not in a recorded session."""
    header = transcript.header
    return bool(header.provider) and header.instance != RECORDED


def claims(transcript: Transcript) -> tuple[Exchange | None, dict[str, Json]]:
    """What the Gateway claims to be able to do; empty where it was not told."""
    for exchange in asked(transcript, "GET", "v1", "capabilities"):
        if exchange.status == 200 and isinstance(exchange.body, dict):
            return exchange, exchange.body
    return None, {}


def words(told: dict[str, Json], name: str) -> frozenset[str]:
    """What a list of the capabilities names; empty where it is no list."""
    found = told.get(name)
    rows = found if isinstance(found, list) else []
    return frozenset(row for row in rows if isinstance(row, str))


def _claim(transcript: Transcript) -> Claim | None:
    exchange, told = claims(transcript)
    if exchange is None:
        return None
    return Claim(told, transcript.name, exchange.numbers)


def _sightings(transcript: Transcript) -> Iterator[tuple[str, str, Sighting]]:
    noted = _noted(transcript)
    for order in submitted(transcript):
        if order.exchange.request.data.get("deliberate"):
            continue
        for kind, name, fields in _uses(order, noted.get(order.client_id, "")):
            if order.accepted or _unsupported(order, fields):
                where = order.exchange.numbers
                yield kind, name, Sighting(order.accepted, transcript.name, where)


def _noted(transcript: Transcript) -> dict[str | None, str]:
    """The feature that an order is to show, by its client order id."""
    noted: dict[str | None, str] = {}
    for entry in transcript.of_kind(Kind.NOTE):
        facts = entry.data.get("facts")
        if entry.data.get("name") == "case" and isinstance(facts, dict):
            noted[facts.get("client")] = str(facts.get("case"))
    return noted


def _uses(order: Submitted, case: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The type of an order and its features, with the fields that ask for them."""
    kind = str(order.fields.get("order_type") or OrderType.MARKET).upper()
    trailing = FEATURES["trailing_stop"] if kind == OrderType.TRAILING_STOP else ()
    yield ORDER_TYPE, kind, ("order_type", *trailing)
    for name, fields in FEATURES.items():
        if name == case or any(order.fields.get(field) for field in fields):
            yield FEATURE, name, ("order_type", *fields)


def _unsupported(order: Submitted, fields: tuple[str, ...]) -> bool:
    """Whether the answer says that there is no such thing: 501, or it names a field."""
    status, body = order.exchange.status, order.exchange.body
    details = body.get("details") if isinstance(body, dict) else None
    named = details.get("field") if isinstance(details, dict) else None
    return status == 501 or (status in (400, 422) and named in fields)
