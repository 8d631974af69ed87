"""The played OANDA refuses, answers and streams as its public documents have it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from conformance.evidence.entry import Json, Kind
from conformance.peers.engine.conduct import EventsFirst, How, Refuse
from conformance.peers.venues.oanda.lines import line_fault
from conformance.peers.venues.oanda.terms import ACCOUNT
from conformance.peers.venues.oanda.venue import PlayedOanda
from conformance.peers.venues.words import Operation
from fixtures.venues import faults_of, listening

A = f"/v3/accounts/{ACCOUNT}"
LIMIT: dict[str, Json] = {
    "type": "LIMIT",
    "instrument": "EUR_USD",
    "units": "3",
    "price": "50",
    "timeInForce": "GTC",
    "clientExtensions": {"id": "mine"},
}
MARKET: dict[str, Json] = {
    "type": "MARKET",
    "instrument": "EUR_USD",
    "units": "3",
    "timeInForce": "FOK",
}


class Caller:
    """Calls with the account's token."""

    def __init__(self, venue: PlayedOanda, client: httpx.AsyncClient) -> None:
        self.venue = venue
        self.client = client
        token = venue.environment("EUR_USD")["OANDA_API_KEY"]
        self.headers = {"Authorization": f"Bearer {token}"}

    async def __call__(
        self, method: str, path: str, body: Json = None, **headers: str
    ) -> tuple[int, Json]:
        url = self.venue.url + path
        told = {**self.headers, **headers}
        found = await self.client.request(method, url, json=body, headers=told)
        return found.status_code, found.json()

    async def order(self, asked: dict[str, Json]) -> tuple[int, Json]:
        return await self("POST", f"{A}/orders", {"order": asked})

    async def shown(self, order_id: str) -> Json:
        return (await self("GET", f"{A}/orders/{order_id}"))[1]["order"]


@asynccontextmanager
async def _oanda() -> AsyncIterator[Caller]:
    async with listening(PlayedOanda) as (venue, client):
        yield Caller(venue, client)


async def _lines(response: httpx.Response, count: int) -> list[Json]:
    """So many lines of a stream, without its heartbeats."""
    found: list[Json] = []
    async for text in response.aiter_lines():
        line = json.loads(text)
        if line["type"] != "HEARTBEAT":
            found.append(line)
        if len(found) == count:
            return found
    return found


async def test_who_bears_no_token_or_names_another_account_is_refused() -> None:
    async with _oanda() as call:
        assert (await call("GET", f"{A}/summary", Authorization="Bearer x"))[0] == 401
        assert (await call("GET", "/v3/accounts/101-001-1-001/summary"))[0] == 404
        assert len(faults_of(call.venue)) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"units": 3}, None),
        ({"units": None}, "UNITS_MISSING"),
        ({"type": "LIMITED"}, None),
        ({"price": None}, "PRICE_MISSING"),
        ({"timeInForce": "GTD"}, "TIME_IN_FORCE_GTD_TIMESTAMP_MISSING"),
        ({"positionFill": "ANY"}, None),
        ({"clientExtensions": {"id": "x" * 129}}, None),
        ({**MARKET, "price": "1"}, "PRICE_INVALID"),
        ({**MARKET, "timeInForce": "GTC", "price": None}, "TIME_IN_FORCE_INVALID"),
        ({"type": "MARKET_IF_TOUCHED", "timeInForce": "IOC"}, "TIME_IN_FORCE_INVALID"),
    ],
)
async def test_a_request_that_its_documents_do_not_allow_is_the_gateways_fault(
    changes: dict[str, Json], reason: str | None
) -> None:
    asked = {k: v for k, v in {**LIMIT, **changes}.items() if v is not None}
    async with _oanda() as call:
        status, told = await call.order(asked)
        assert (status, told.get("errorCode")) == (400, reason)
        assert len(faults_of(call.venue)) == 1
        assert call.venue.orders() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"units": "0.5"}, "UNITS_PRECISION_EXCEEDED"),
        ({"price": "1.1234567"}, "PRICE_PRECISION_EXCEEDED"),
        ({"instrument": "ABC_DEF"}, "INSTRUMENT_UNKNOWN"),
    ],
)
async def test_what_a_strategy_may_ask_in_vain_is_rejected_and_nobodys_fault(
    changes: dict[str, Json], reason: str
) -> None:
    async with _oanda() as call:
        status, told = await call.order({**LIMIT, **changes})
        assert (status, told["errorCode"]) == (400, reason)
        assert told["orderRejectTransaction"]["rejectReason"] == reason
        assert faults_of(call.venue) == []


async def test_a_client_id_names_one_pending_order_only() -> None:
    async with _oanda() as call:
        assert (await call.order(LIMIT))[0] == 201
        status, told = await call.order(LIMIT)
        assert (status, told["errorCode"]) == (400, "CLIENT_ORDER_ID_ALREADY_EXISTS")
        assert (await call("GET", f"{A}/orders/@mine"))[0] == 200


async def test_a_market_order_answers_with_its_creation_and_its_fill() -> None:
    async with _oanda() as call:
        status, told = await call.order(MARKET)
        assert status == 201
        fill = told["orderFillTransaction"]
        assert fill["orderID"] == told["orderCreateTransaction"]["id"]
        assert (fill["units"], fill["tradeOpened"]["units"]) == ("3", "3")
        _, position = await call("GET", f"{A}/positions/EUR_USD")
        assert position["position"]["long"]["units"] == "3"


async def test_what_cannot_be_filled_at_once_is_made_and_cancelled() -> None:
    async with _oanda() as call:
        call.venue.desk.halted.add("EUR_USD")
        status, told = await call.order(MARKET)
        assert status == 201
        assert told["orderCancelTransaction"]["reason"] == "MARKET_HALTED"
        assert "instrument" not in told["orderCancelTransaction"]


@pytest.mark.parametrize(("bound", "filled"), [("112", False), ("130", True)])
async def test_an_order_is_not_filled_beyond_its_bound(
    bound: str, filled: bool
) -> None:
    async with _oanda() as call:
        stop = {**LIMIT, "type": "STOP", "price": "110", "priceBound": bound}
        _, told = await call.order(stop)
        call.venue.price("EUR_USD", "130")
        shown = await call.shown(told["orderCreateTransaction"]["id"])
        assert shown["state"] == ("FILLED" if filled else "CANCELLED")


async def test_only_the_trade_that_is_closed_is_booked_as_reduced() -> None:
    async with _oanda() as call:
        for _ in range(2):
            await call.order(MARKET)
        newer = call.venue.trades("EUR_USD")[-1]
        await call("PUT", f"{A}/trades/{newer}/close", {"units": "ALL"})
        booked = (e for e in call.venue.recorder.entries if e.kind is Kind.BOOKED)
        reduced = [e.data["trade"] for e in booked if e.data["what"] == "reduced"]
        assert reduced == [newer]


async def test_a_replacement_comes_after_the_cancel_of_what_it_replaces() -> None:
    async with _oanda() as call:
        old = (await call.order(LIMIT))[1]["orderCreateTransaction"]["id"]
        async with call.client.stream(
            "GET", f"{call.venue.url}{A}/transactions/stream", headers=call.headers
        ) as stream:
            assert await call.venue.streamed()
            asked = {"order": {**LIMIT, "price": "40"}}
            status, told = await call("PUT", f"{A}/orders/{old}", asked)
            assert status == 201
            said = await _lines(stream, 2)
        assert [line["type"] for line in said] == ["ORDER_CANCEL", "LIMIT_ORDER"]
        new = told["orderCreateTransaction"]
        assert (new["replacesOrderID"], said[0]["replacedByOrderID"]) == (
            old,
            new["id"],
        )
        assert (await call.shown(old))["state"] == "CANCELLED"
        assert (await call.shown(new["id"]))["price"] == "40"


async def test_exits_hang_on_the_trade_and_can_be_replaced() -> None:
    exits = {
        "stopLossOnFill": {"price": "90"},
        "takeProfitOnFill": {"price": "110"},
    }
    async with _oanda() as call:
        await call.order({**MARKET, **exits})
        _, told = await call("GET", f"{A}/orders?instrument=EUR_USD")
        legs = {row["type"]: row for row in told["orders"]}
        assert legs.keys() == {"STOP_LOSS", "TAKE_PROFIT"}
        stop = legs["STOP_LOSS"]
        asked = {
            "type": "STOP_LOSS",
            "tradeID": stop["tradeID"],
            "price": "95",
            "timeInForce": "GTC",
        }
        path = f"{A}/orders/{stop['id']}"
        assert (await call("PUT", path, {"order": asked}))[0] == 201
        call.venue.price("EUR_USD", "94")
        _, told = await call("GET", f"{A}/orders")
        assert told["orders"] == []
        assert call.venue.desk.open_trades() == []


async def test_a_close_takes_all_or_a_part_and_nothing_else() -> None:
    async with _oanda() as call:
        await call.order(MARKET)
        close = f"{A}/positions/EUR_USD/close"
        assert (await call("PUT", close, {"longUnits": "abc"}))[0] == 400
        status, told = await call("PUT", close, {"longUnits": "1"})
        assert (status, told["longOrderFillTransaction"]["units"]) == (200, "-1")
        assert (await call("PUT", close, {"longUnits": "5"}))[0] == 400
        assert (await call("PUT", close, {"longUnits": "ALL"}))[0] == 200
        assert (await call("PUT", close, {"longUnits": "ALL"}))[0] == 400
        assert call.venue.desk.books.held("EUR_USD") == 0


async def test_bars_are_those_between_two_times() -> None:
    query = "granularity=H1&from=2026-01-05T00:00:00Z&to=2026-01-05T03:00:00Z"
    async with _oanda() as call:
        path = f"/v3/instruments/EUR_USD/candles?{query}"
        status, told = await call("GET", path)
        assert status == 200
        assert [bar["time"][11:13] for bar in told["candles"]] == ["00", "01", "02"]


async def test_what_was_missed_is_told_since_a_transaction() -> None:
    async with _oanda() as call:
        order = (await call.order(LIMIT))[1]["orderCreateTransaction"]["id"]
        call.venue.expire(order)
        _, told = await call("GET", f"{A}/transactions/sinceid?id={order}")
        assert [t["type"] for t in told["transactions"]] == ["ORDER_CANCEL"]
        assert told["transactions"][0]["reason"] == "TIME_IN_FORCE_EXPIRED"


async def test_a_script_says_whether_the_stream_or_the_answer_is_first() -> None:
    async with _oanda() as call:
        call.venue.next(Operation.SUBMIT, EventsFirst())
        async with call.client.stream(
            "GET", f"{call.venue.url}{A}/transactions/stream", headers=call.headers
        ) as stream:
            assert await call.venue.streamed()
            await call.order(MARKET)
            assert [line["type"] for line in await _lines(stream, 2)] == [
                "MARKET_ORDER",
                "ORDER_FILL",
            ]
        kinds = [e.kind for e in call.venue.recorder.entries]
        assert kinds.index(Kind.FRAME) < kinds.index(Kind.ANSWER)


@pytest.mark.parametrize("how", list(How))
async def test_a_stream_ends_as_networks_end_them(how: How) -> None:
    async with _oanda() as call:
        url = f"{call.venue.url}{A}/transactions/stream"
        async with call.client.stream("GET", url, headers=call.headers):
            assert await call.venue.streamed()
            await call.venue.cut(how)
        ends = [e for e in call.venue.recorder.entries if e.kind is Kind.UNLINKED]
        assert [e.data["how"] for e in ends] == [str(how)]


async def test_an_id_with_a_slash_stays_one_part_of_the_path() -> None:
    async with _oanda() as call:
        status, told = await call("PUT", f"{A}/orders/..%2Fpositions/cancel")
        assert (status, told["errorCode"]) == (404, "ORDER_DOESNT_EXIST")


async def test_a_refusal_of_a_script_has_oandas_shape_and_status() -> None:
    async with _oanda() as call:
        call.venue.next(Operation.SUBMIT, Refuse("No", "INSUFFICIENT_MARGIN"))
        status, told = await call.order(LIMIT)
        assert (status, told["errorCode"]) == (400, "INSUFFICIENT_MARGIN")
        assert told["orderRejectTransaction"]["type"] == "LIMIT_ORDER_REJECT"


def test_a_line_that_oanda_does_not_document_is_known() -> None:
    cancel: dict[str, Any] = {"type": "ORDER_CANCEL", "id": "1", "time": "t"}
    cancel |= {"accountID": "a", "batchID": "1", "orderID": "2", "reason": "MIGRATION"}
    assert line_fault("transactions", cancel) is None
    told = line_fault("transactions", {**cancel, "instrument": "EUR_USD"})
    assert told == "ORDER_CANCEL has no instrument"
    assert line_fault("transactions", {**cancel, "type": "ORDER_GONE"}) is not None


async def test_streams_are_lost_together_and_granted_again() -> None:
    async with _oanda() as call:
        urls = [f"{call.venue.url}{A}/{n}/stream" for n in ("transactions", "pricing")]
        prices = f"{urls[1]}?instruments=EUR_USD"
        async with (
            call.client.stream("GET", urls[0], headers=call.headers),
            call.client.stream("GET", prices, headers=call.headers),
        ):
            assert await call.venue.listened()
            await call.venue.lose_streams(How.FIN, refused=503)
            assert not call.venue.listening
        refused = await call.client.get(urls[0], headers=call.headers)
        assert refused.status_code == 503
        assert await call.venue.attempted()
        call.venue.grant_streams()
        async with call.client.stream("GET", urls[0], headers=call.headers) as stream:
            assert stream.status_code == 200


async def test_what_is_kept_from_the_stream_is_told_when_a_script_says_so() -> None:
    async with _oanda() as call:
        url = f"{call.venue.url}{A}/transactions/stream"
        async with call.client.stream("GET", url, headers=call.headers) as stream:
            assert await call.venue.streamed()
            call.venue.keep_quiet()
            await call.order(MARKET)
            frames = [e for e in call.venue.recorder.entries if e.kind is Kind.FRAME]
            assert frames == []
            assert len(call.venue.tell()) == 2
            said = await _lines(stream, 2)
        assert [line["type"] for line in said] == ["MARKET_ORDER", "ORDER_FILL"]


async def test_a_stream_can_be_left_without_an_answer() -> None:
    async with _oanda() as call:
        await call.venue.lose_streams(None, unanswered=True)
        url = f"{call.venue.url}{A}/transactions/stream"
        with pytest.raises(httpx.ReadTimeout):
            await call.client.get(url, headers=call.headers, timeout=0.2)
        assert await call.venue.attempted()


async def test_a_side_with_nobody_on_it_is_an_empty_list() -> None:
    async with _oanda() as call:
        call.venue.market("EUR_USD", None, "1.1")
        _, told = await call("GET", f"{A}/pricing?instruments=EUR_USD")
        (row,) = told["prices"]
        assert row["bids"] == []
        assert row["asks"][0]["price"] == "1.1"


async def test_both_sides_are_held_on_an_account_that_hedges() -> None:
    """An order that only reduces takes back what is open, there too."""
    async with _oanda() as call:
        call.venue.hedge()
        for units in ("3", "-2"):
            assert (await call.order({**MARKET, "units": units}))[0] == 201
        _, told = await call("GET", f"{A}/positions/EUR_USD")
        sides = [told["position"][side]["units"] for side in ("long", "short")]
        assert sides == ["3", "-2"]
        _, told = await call("GET", f"{A}/summary")
        assert told["account"]["hedgingEnabled"] is True


async def test_a_close_out_says_that_it_is_one() -> None:
    async with _oanda() as call:
        await call.order(MARKET)
        order = call.venue.close_out("EUR_USD")
        _, told = await call("GET", f"{A}/transactions/sinceid?id={order.id}")
        made = call.venue.desk.ledger.transactions[order.id]
        assert made["reason"] == "MARGIN_CLOSEOUT"
        assert made["marginCloseout"] == {"reason": "MARGIN_CHECK_VIOLATION"}
        assert told["transactions"][0]["reason"] == "MARKET_ORDER_MARGIN_CLOSEOUT"
        assert call.venue.desk.open_trades() == []


async def test_an_order_from_elsewhere_is_on_the_books_like_any_other() -> None:
    async with _oanda() as call:
        order = call.venue.elsewhere("EUR_USD", "BUY", "7", "50")
        shown = await call.shown(order.id)
        assert (shown["state"], shown["units"], shown["price"]) == (
            "PENDING",
            "7",
            "50",
        )
        assert "clientExtensions" not in shown
