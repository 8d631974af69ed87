"""The judge reads each broker's quotes and bars as the played one wrote them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.broker_market import (
    Prices,
    answer_of,
    bars_of,
    decimal,
    oanda_price,
    quote_of,
    step_of,
    ticks,
)
from conformance.judge.venue import Call, calls
from conformance.peers.venues.oanda.terms import ACCOUNT
from conformance.peers.venues.registry import VENUES
from conformance.peers.venues.venue import PlayedVenue
from fixtures.venues import listening

BID, ASK = Decimal("1.08537"), Decimal("1.08549")
FIGURES = ("1.10203", "1.10417", "1.09991", "1.10305", "1234")


@dataclass(frozen=True)
class Asking:
    """How a Gateway asks a broker for a quote, and for bars of five minutes."""

    quote: str
    bars: str
    key: str = ""

    def headers(self, environment: Mapping[str, str]) -> dict[str, str]:
        if self.key == "alpaca":
            names = ("ALPACA_API_KEY", "ALPACA_API_SECRET")
            key, secret = (environment[name] for name in names)
            return {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
        return {"Authorization": f"Bearer {environment[self.key]}"} if self.key else {}


ASKED = {
    "oanda": Asking(
        f"/v3/accounts/{ACCOUNT}/pricing?instruments=EUR_USD",
        "/v3/instruments/EUR_USD/candles?granularity=M5&count=2",
        "OANDA_API_KEY",
    ),
    "saxo": Asking(
        "/openapi/trade/v1/infoprices?Uic=21&AssetType=FxSpot&FieldGroups=Quote",
        "/openapi/chart/v3/charts?Uic=21&AssetType=FxSpot&Horizon=5&Count=2",
        "SAXO_ACCESS_TOKEN",
    ),
    "alpaca": Asking(
        "/v2/stocks/AAPL/quotes/latest?feed=iex",
        "/v2/stocks/AAPL/bars?timeframe=5Min&feed=iex&limit=2",
        "alpaca",
    ),
    "binance_spot": Asking(
        "/api/v3/ticker/bookTicker?symbol=BTCUSDT",
        "/api/v3/klines?symbol=BTCUSDT&interval=5m&limit=2",
    ),
}
TIMELESS = frozenset({"binance_spot"})


async def asked(provider: str, path: str, *market: Any) -> Call:
    """What a broker answered, once its market is so."""
    async with listening(VENUES[provider]) as (venue, client):
        symbol = venue.symbols[0]
        venue.market(symbol, *market)
        venue.bars(symbol, *FIGURES)
        headers = ASKED[provider].headers(venue.environment(symbol))
        found = await client.get(f"{venue.url}{path}", headers=headers)
        assert found.status_code == 200, found.text
        return _last(venue)


def _last(venue: PlayedVenue[Any, Any]) -> Call:
    return list(calls(venue.recorder.close(complete=True)))[-1]


@pytest.mark.parametrize("provider", ASKED)
async def test_a_quote_is_read_digit_for_digit(provider: str) -> None:
    path = ASKED[provider].quote
    call = await asked(provider, path, str(BID), str(ASK), 7200.0)
    told = quote_of(provider, answer_of(call))
    assert told is not None
    assert (told.bid, told.ask) == (BID, ASK)
    if provider in TIMELESS:
        assert told.at is None
    else:
        assert told.at is not None
        assert datetime.now(UTC) - told.at > timedelta(seconds=7000)


@pytest.mark.parametrize("provider", ["oanda", "saxo"])
async def test_a_side_with_nobody_on_it_has_no_price(provider: str) -> None:
    call = await asked(provider, ASKED[provider].quote, None, str(ASK))
    told = quote_of(provider, answer_of(call))
    assert told is not None
    assert (told.bid, told.ask) == (None, ASK)


@pytest.mark.parametrize("provider", ASKED)
async def test_bars_are_read_with_their_length(provider: str) -> None:
    call = await asked(provider, ASKED[provider].bars, str(BID), str(ASK))
    bars = bars_of(provider, answer_of(call))
    assert step_of(provider, call) == 300
    assert len(bars) == 2
    assert bars[1].at - bars[0].at == timedelta(minutes=5)
    for name, figure in zip(("open", "high", "low", "close"), FIGURES, strict=False):
        assert Decimal(figure) in bars[0].prices[name]


@pytest.mark.parametrize("provider", ASKED)
def test_what_is_no_quote_and_no_bar_is_none(provider: str) -> None:
    odds: tuple[Json, ...] = (None, [], {}, {"prices": []}, {"Quote": None}, "text")
    for odd in odds:
        assert quote_of(provider, odd) is None
        assert bars_of(provider, odd) == ()


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("1.10", Decimal("1.10")),
        (3, Decimal(3)),
        (Decimal("0.1"), Decimal("0.1")),
        ("x", None),
        (None, None),
        (True, None),
        ("NaN", None),
    ],
)
def test_a_number_is_one_whether_it_is_a_text_or_not(
    told: Json, meant: Decimal | None
) -> None:
    assert decimal(told) == meant


def test_a_price_of_oandas_that_is_none_is_none() -> None:
    assert oanda_price({"bids": [{}], "asks": []}) is None
    assert oanda_price({"bids": [], "asks": []}) == Prices(None, None)


def transcript(*rows: tuple[Kind, Json], provider: str) -> Transcript:
    recorder = Recorder(Header("a test", "a", provider, "", (), 0, ""), lambda: 0.0)
    for kind, data in rows:
        party = Party.GATEWAY if kind is Kind.CALL else Party.VENUE
        recorder.add(party, kind, **data)
    return recorder.close(complete=True)


def test_a_line_of_saxos_says_what_changed() -> None:
    """The other side is as it was, in the answer to the subscription at first."""
    snapshot = (
        '{"ReferenceId": "p", "ContextId": "c", '
        '"Snapshot": {"Quote": {"Bid": 1.1, "Ask": 1.2}}}'
    )
    target = "/openapi/trade/v1/infoprices/subscriptions"
    found = transcript(
        (Kind.CALL, {"call": 1, "method": "POST", "target": target}),
        (Kind.ANSWER, {"call": 1, "status": 201, "body": snapshot}),
        (Kind.FRAME, {"reference": "p", "text": '{"Quote": {"Ask": 1.3}}'}),
        (Kind.FRAME, {"reference": "other", "text": '{"Quote": {"Ask": 9}}'}),
        (
            Kind.FRAME,
            {"reference": "p", "text": '{"Quote": {"Bid": "x"}}', "deliberate": True},
        ),
        provider="saxo",
    )
    told = [
        (t.prices and (t.prices.bid, t.prices.ask), t.strange) for t in ticks(found)
    ]
    assert told == [
        ((Decimal("1.1"), Decimal("1.2")), False),
        ((Decimal("1.1"), Decimal("1.3")), False),
        ((None, Decimal("1.3")), True),
    ]
