"""The judge reads each broker's positions and account as the played one wrote them."""

import json
from decimal import Decimal
from typing import Any

import pytest

from conformance.evidence.entry import Json
from conformance.evidence.exchange import parse
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.judge.broker_money import Held, account_of, positions_of
from conformance.peers.venues.alpaca import rendering as alpaca
from conformance.peers.venues.oanda import rendering as oanda
from conformance.peers.venues.registry import VENUES, Venue, venue_for
from conformance.peers.venues.saxo import answers as saxo
from conformance.peers.venues.saxo.rendering import position_json
from conformance.protocol.words import OrderType, Side
from conformance.venue.order import Terms


def short_of_thirty(provider: str) -> Venue:
    """A broker that sold thirty at 101.25; now they are at 98.5."""
    symbol = VENUES[provider].symbols[0]
    header = Header("a test", "a test", provider, "", (symbol,), 0, "")
    venue = venue_for(provider, Recorder(header, lambda: 0.0))
    venue.price(symbol, "101.25")
    terms = Terms(symbol, Side.SELL, OrderType.MARKET, Decimal(30))
    venue.desk.foreign(terms)
    venue.price(symbol, "98.5")
    return venue


def shown(provider: str, desk: Any, symbol: str) -> Json:
    """Its positions, as it answers them."""
    if provider == "oanda":
        return {"positions": [oanda.position_json(desk, symbol)]}
    position = desk.books.open_positions()[0]
    if provider == "saxo":
        return {"Data": [position_json(position, desk.prices[symbol])]}
    return [alpaca.position_json(desk, position)]


@pytest.mark.parametrize("provider", ["oanda", "saxo", "alpaca"])
def test_a_short_position_is_read_with_its_prices(provider: str) -> None:
    venue = short_of_thirty(provider)
    answer = shown(provider, venue.desk, VENUES[provider].symbols[0])
    price = None if provider == "oanda" else Decimal("98.5")
    entry, profit = Decimal("101.25"), Decimal("82.5")
    wanted = (Held(Decimal(-30), entry, price, profit),)
    assert positions_of(provider, parse(_text(answer))) == wanted
    one = {"oanda": "position", "alpaca": ""}.get(provider)
    if one is not None:
        row = answer["positions"][0] if one else answer[0]
        alone = parse(_text({one: row} if one else row))
        assert positions_of(provider, alone) == wanted


def _text(answer: Json) -> str:
    return json.dumps(answer)


def test_the_account_is_read_by_the_gateways_names() -> None:
    """Saxo writes the margin in use below zero; the Gateway's is no debt."""
    for provider in ("oanda", "saxo", "alpaca"):
        venue = short_of_thirty(provider)
        told: Json
        if provider == "oanda":
            told = {"account": oanda.account_json(venue.desk)}
        elif provider == "saxo":
            told = saxo.balance(venue.desk)
        else:
            told = alpaca.account_json(venue.desk)
        found = account_of(provider, parse(_text(told)))
        fees = sum((t.commission for t in venue.desk.books.trades), Decimal(0))
        assert found["equity"] == Decimal("100082.5") - fees
        if provider != "alpaca":
            assert found["margin_used"] > 0
            assert found["unrealized_pnl"] == Decimal("82.5")


def test_what_is_no_account_and_no_position_is_none() -> None:
    assert positions_of("binance_spot", {}) == ()
    assert account_of("binance_spot", {}) == {}
    for odd in (None, {}, {"positions": None}, "text", [1]):
        for provider in ("oanda", "saxo", "alpaca"):
            assert positions_of(provider, odd) == ()
            assert account_of(provider, odd) == {}
