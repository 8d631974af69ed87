"""The live figures: orders, fills, round trips, and what is beyond a threshold."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import BadFile
from conformance.evidence.entry import Kind, Party
from conformance.peers.tap.counting import DAY, Counting
from conformance.peers.tap.standing import Standing, metrics_text, status_line
from conformance.peers.tap.thresholds import Thresholds, Watch, read_thresholds


class Book:
    """A counting, and the entries of a small market."""

    def __init__(self) -> None:
        self.counting = Counting()
        self.figures = self.counting.figures
        self.at = 0.0
        self.exchange = 0
        self.trades = 0

    def add(self, party: Party, kind: Kind, **data: Any) -> None:
        self.counting.fold(self.at, party, kind, data)

    def say(self, **message: Any) -> None:
        text = json.dumps(message)
        self.add(Party.GATEWAY, Kind.MESSAGE, stream="stream-1", text=text)

    def quote(self, bid: str, ask: str) -> None:
        self.say(type="quote", quote={"symbol": "A", "bid": bid, "ask": ask})

    def submit(self, side: str, status: int = 201, took: float = 5.0) -> str:
        self.exchange += 1
        body = {"symbol": "A", "side": side, "order_type": "market", "quantity": "1"}
        asked = {
            "method": "POST",
            "target": "/base/v1/orders",
            "body": json.dumps(body),
        }
        self.add(Party.STRATEGY, Kind.REQUEST, exchange=self.exchange, **asked)
        order = f"o{self.exchange}"
        told = {"status": status, "body": json.dumps({"id": order})}
        self.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=self.exchange,
            milliseconds=took,
            **told,
        )
        return order

    def event(self, order: str, side: str, filled: str, price: str) -> None:
        row = {"id": order, "symbol": "A", "side": side, "order_type": "MARKET"}
        row |= {"filled_quantity": filled, "average_fill_price": price}
        self.say(type="order", event="ORDER_FILLED", order=row)

    def trade(
        self, order: str, side: str, quantity: str, price: str, name: str
    ) -> None:
        row = {"id": name, "order_id": order, "symbol": "A", "side": side}
        row |= {"quantity": quantity, "price": price}
        self.say(type="trade", event="TRADE_FILLED", trade=row)


def test_a_position_that_is_opened_and_closed_is_one_round_trip() -> None:
    book = Book()
    buy = book.submit("buy")
    book.event(buy, "BUY", "1", "100")
    assert book.figures.held == {"A": 1}
    sell = book.submit("sell")
    book.event(sell, "SELL", "1", "101")
    assert book.figures.held == {}
    assert (book.figures.orders, book.figures.fills) == (2, 2)
    assert book.figures.round_trips == 1


def test_a_fill_that_is_told_as_order_and_trade_and_twice_is_counted_once() -> None:
    book = Book()
    buy = book.submit("buy")
    for _ in range(2):
        book.trade(buy, "BUY", "0.4", "100", "t1")
        book.event(buy, "BUY", "0.4", "100")
    book.trade(buy, "BUY", "0.6", "100", "t2")
    book.event(buy, "BUY", "1.0", "100")
    assert book.figures.fills == 2
    assert book.figures.held == {"A": 1}


def test_through_nothing_to_the_other_side_ends_one_trip_and_begins_another() -> None:
    book = Book()
    book.event("x", "BUY", "1", "100")
    book.event("y", "SELL", "3", "100")
    assert book.figures.held == {"A": -2}
    assert book.figures.round_trips == 1


def test_orders_are_rejected_by_an_answer_or_an_event_and_5xx_is_neither() -> None:
    book = Book()
    book.submit("buy", 422)
    book.submit("buy", 503)
    order = book.submit("buy")
    for _ in range(2):
        row = {"id": order, "symbol": "A", "side": "BUY"}
        book.say(type="order", event="ORDER_REJECTED", order=row)
    assert (book.figures.rejected, book.figures.unanswered) == (2, 1)
    assert book.figures.accepted == 1


@pytest.mark.parametrize("early", [False, True])
def test_slippage_is_told_against_the_middle_of_the_quote_at_the_submit(
    early: bool,
) -> None:
    """As a session is judged: the tap took the side that was offered."""
    book = Book()
    book.quote("99", "101")
    if early:
        book.event("o1", "BUY", "1", "101")
    order = book.submit("buy")
    book.quote("109", "110")
    if not early:
        book.event(order, "BUY", "1", "101")
    assert list(book.figures.slippages) == [100]


def test_a_second_strategy_is_no_reconnect_and_a_return_is_one() -> None:
    book = Book()
    book.add(Party.STRATEGY, Kind.OPENED, stream="a")
    book.add(Party.STRATEGY, Kind.OPENED, stream="b")
    book.add(Party.STRATEGY, Kind.CLOSED, stream="a")
    assert book.figures.alone_since is None
    book.at = 5.0
    book.add(Party.STRATEGY, Kind.CLOSED, stream="b")
    assert book.figures.alone_since == 5.0
    book.add(Party.STRATEGY, Kind.OPENED, stream="c")
    assert book.figures.reconnects == 1


@pytest.mark.parametrize(
    "message",
    [
        {"type": "order", "order": None},
        {"type": "order", "order": {"id": 5}},
        {"type": "order", "order": {"id": "a", "filled_quantity": "NaN"}},
        {"type": "order", "order": {"id": "a", "filled_quantity": "1e999999999"}},
        {"type": "trade", "trade": [1]},
        {"type": "quote", "quote": {"bid": "x", "ask": []}},
        {"type": "candle", "bar": 5},
        {"type": []},
    ],
    ids=str,
)
def test_nonsense_counts_as_a_message_and_nothing_else(message: Any) -> None:
    book = Book()
    book.say(**message)
    assert book.figures.messages == 1
    assert book.figures.fills == 0


def test_each_crossing_is_told_once_and_again_after_it_had_come_back() -> None:
    book = Book()
    watch = Watch(Thresholds(rejection_rate=Decimal("0.2")), 0.0)

    def crossed() -> list[str]:
        return [c.sentence for c in watch.crossings(book.figures, 1.0)]

    for _ in range(9):
        book.submit("buy", 422)
        assert crossed() == []
    book.submit("buy", 422)
    assert crossed() == ["1 of the latest orders were rejected (limit 0.2)"]
    assert crossed() == []
    for _ in range(50):
        book.submit("buy")
    assert crossed() == []
    for _ in range(11):
        book.submit("buy", 422)
    assert len(crossed()) == 1


def test_latency_slippage_trades_and_silence_have_thresholds() -> None:
    book = Book()
    limits = Thresholds(
        slippage_bps=Decimal(50),
        latency_ms=Decimal(100),
        trades_per_day_most=Decimal(3),
        gap_seconds=Decimal(60),
    )
    watch = Watch(limits, 0.0)
    book.add(Party.STRATEGY, Kind.OPENED, stream="a")
    book.quote("100", "100")
    for number in range(5):
        order = book.submit("buy", took=250.0)
        book.event(order, "BUY", str(number + 1), "101")
    names = [c.threshold for c in watch.crossings(book.figures, 61.0)]
    assert sorted(names) == [
        "gap_seconds",
        "latency_ms",
        "slippage_bps",
        "trades_per_day_most",
    ]


def test_too_few_trades_are_told_after_a_whole_day_only() -> None:
    watch = Watch(Thresholds(trades_per_day_least=Decimal(1)), 0.0)
    book = Book()
    assert list(watch.crossings(book.figures, DAY - 1)) == []
    assert len(list(watch.crossings(book.figures, DAY + 1))) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rejection = 1", "rejection: no such threshold; there are rejection_rate"),
        ('latency_ms = "x"', "latency_ms: not a number"),
        ("latency_ms = -1", "latency_ms: not a number of zero or more"),
        ("latency_ms = nan", "latency_ms: not a number of zero or more"),
        ("latency_ms =", "Invalid value"),
    ],
)
def test_a_threshold_that_cannot_be_used_is_named(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "t.toml"
    path.write_text(text)
    with pytest.raises(BadFile, match=reason):
        read_thresholds(path)


def test_the_status_line_and_the_metrics_tell_the_same() -> None:
    standing = Standing(figures={"orders": 3, "round_trips": 1}, entries=9)
    assert "3 orders" in status_line(standing, 3661)
    assert status_line(standing, 3661).startswith("1:01:01  ")
    assert "conformance_tap_orders_total 3\n" in metrics_text(standing)
    assert "conformance_tap_recording 1\n" in metrics_text(standing)
    standing.disk = "the disk is full"
    standing.alarms["recording"] = 2
    assert "NOT RECORDING: the disk is full" in status_line(standing, 0)
    told = metrics_text(standing)
    assert "conformance_tap_recording 0\n" in told
    assert 'conformance_tap_alarms_total{threshold="recording"} 2\n' in told
