"""The played Saxo takes what its reference allows, and frames what it tells."""

import json
import struct
from collections.abc import AsyncIterator
from time import perf_counter

import aiohttp
import pytest

from conformance.evidence.entry import Json, Kind
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.judge.venue import booked
from conformance.peers.engine.conduct import How
from conformance.peers.venues.saxo.contract import message_fault
from conformance.peers.venues.saxo.venue import PlayedSaxo
from conformance.peers.venues.words import Operation

SYMBOL = "EURUSD:FxSpot"
ORDER: dict[str, Json] = {
    "Uic": 21,
    "AssetType": "FxSpot",
    "BuySell": "Buy",
    "Amount": 1000,
    "OrderType": "Limit",
    "OrderPrice": 1.0,
    "OrderDuration": {"DurationType": "GoodTillCancel"},
    "ManualOrder": False,
    "ExternalReference": "mine",
}
EXITS: list[Json] = [
    {**ORDER, "BuySell": "Sell", "OrderType": "StopIfTraded", "OrderPrice": 0.9},
    {**ORDER, "BuySell": "Sell", "OrderPrice": 1.3},
]


class Client:
    """What a Gateway would be, with a token."""

    def __init__(self, venue: PlayedSaxo, session: aiohttp.ClientSession) -> None:
        self.environment = venue.environment(SYMBOL)
        token = self.environment["SAXO_ACCESS_TOKEN"]
        self.headers = {"Authorization": f"Bearer {token}"}
        self.session = session

    async def ask(
        self, method: str, path: str, body: Json = None, **headers: str
    ) -> tuple[int, Json]:
        url = self.environment["SAXO_BASE_URL"] + path
        told = {**self.headers, **headers}
        async with self.session.request(method, url, json=body, headers=told) as answer:
            return answer.status, await answer.json()

    async def listen(self) -> aiohttp.ClientWebSocketResponse:
        url = self.environment["SAXO_STREAM_URL"] + "/connect?contextId=c-1"
        stream = await self.session.ws_connect(url, headers=self.headers)
        asked = {"Arguments": {}, "ContextId": "c-1", "ReferenceId": "all_orders"}
        status, _ = await self.ask("POST", "/port/v1/orders/subscriptions", asked)
        assert status == 201
        return stream


async def heard(stream: aiohttp.ClientWebSocketResponse) -> tuple[str, Json]:
    """One message, out of its frame."""
    data = await stream.receive_bytes(timeout=2)
    size = data[10]
    form, length = struct.unpack_from("<BI", data, 11 + size)
    payload = data[16 + size :]
    assert (form, length) == (0, len(payload))
    return data[11 : 11 + size].decode(), json.loads(payload)


@pytest.fixture
async def venue() -> AsyncIterator[PlayedSaxo]:
    header = Header("saxo", "a test", "saxo", "", (), 0, "")
    played = PlayedSaxo(Recorder(header, perf_counter), patience=2)
    await played.start()
    played.price(SYMBOL, "1.1")
    yield played
    await played.stop()


@pytest.fixture
async def client(venue: PlayedSaxo) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(venue, session)


def faults(venue: PlayedSaxo) -> list[Json]:
    found = venue.recorder.close(complete=True).entries
    return [e.data["fault"] for e in found if e.data.get("fault")]


async def test_a_fill_is_booked_and_told_on_the_stream(
    venue: PlayedSaxo, client: Client
) -> None:
    stream = await client.listen()
    assert await venue.streamed()
    status, told = await client.ask("POST", "/trade/v2/orders", ORDER)
    assert status == 200
    assert await heard(stream) == ("all_orders", venue.desk.shown(venue.orders()[0]))
    venue.fill(told["OrderId"], "400", "1")
    reference, order = await heard(stream)
    assert (reference, order["FilledAmount"]) == ("all_orders", 400)
    transcript = venue.recorder.close(complete=True)
    assert [b.what for b in booked(transcript)] == ["accepted", "filled"]
    assert faults(venue) == []


async def test_an_order_that_filled_is_no_open_order(
    venue: PlayedSaxo, client: Client
) -> None:
    market = {**ORDER, "OrderType": "Market"}
    await client.ask("POST", "/trade/v2/orders", market)
    _, orders = await client.ask("GET", "/port/v1/orders/me")
    _, positions = await client.ask("GET", "/port/v1/netpositions/me")
    assert orders["Data"] == []
    (held,) = positions["Data"]
    assert held["NetPositionBase"]["Amount"] == 1000
    assert held["NetPositionView"]["AverageOpenPrice"] == 1.1


async def test_exits_wait_for_their_entry_and_one_ends_the_other(
    venue: PlayedSaxo, client: Client
) -> None:
    bracket = {**ORDER, "Orders": EXITS}
    _, told = await client.ask("POST", "/trade/v2/orders", bracket)
    stop, target = (row["OrderId"] for row in told["Orders"])
    venue.price(SYMBOL, "1.4")
    assert venue.order(target).live
    venue.price(SYMBOL, "1.0")
    venue.price(SYMBOL, "1.4")
    assert str(venue.order(target).status) == "FILLED"
    assert str(venue.order(stop).status) == "CANCELLED"
    _, closed = await client.ask("GET", "/port/v1/closedpositions?ClientKey=c")
    (row,) = closed["Data"]
    assert row["ClosedPosition"]["ClosedProfitLoss"] == pytest.approx(400)


async def test_an_order_is_changed_in_place(venue: PlayedSaxo, client: Client) -> None:
    _, told = await client.ask("POST", "/trade/v2/orders", ORDER)
    change = {**ORDER, **told, "AccountKey": "k", "OrderPrice": 0.9}
    status, _ = await client.ask("PATCH", "/trade/v2/orders", change)
    assert status == 200
    assert str(venue.order(told["OrderId"]).terms.limit_price) == "0.9"


@pytest.mark.parametrize(
    ("method", "path", "change", "status"),
    [
        ("PATCH", "/trade/v2/orders/1", {}, 404),
        ("POST", "/trade/v2/orders", {"Amount": 0}, 400),
        ("POST", "/trade/v2/orders", {"OrderType": "Market-ish"}, 400),
        ("POST", "/trade/v2/orders", {"ExternalReference": "x" * 51}, 400),
        ("POST", "/trade/v2/orders", {"OrderType": "TrailingStop"}, 400),
        ("DELETE", "/trade/v2/orders/1", {}, 400),
    ],
)
async def test_what_the_reference_does_not_allow_is_refused_and_noted(
    venue: PlayedSaxo,
    client: Client,
    method: str,
    path: str,
    change: dict[str, Json],
    status: int,
) -> None:
    found, told = await client.ask(method, path, {**ORDER, **change})
    assert found == status
    assert told["ErrorCode"]
    assert venue.orders() == []
    assert len(faults(venue)) == 1


@pytest.mark.parametrize(
    ("trail", "distance"),
    [
        ({"TrailingStopDistanceToMarket": 10, "TrailingStopStep": 1}, "10"),
        ({"TrailingStopPegOffsetPct": 5, "TrailingStopStepPct": 1}, "6"),
    ],
)
async def test_a_trailing_stop_follows_the_market(
    venue: PlayedSaxo, client: Client, trail: dict[str, Json], distance: str
) -> None:
    kind = {"OrderType": "TrailingStop", "BuySell": "Sell", "OrderPrice": 90}
    _, told = await client.ask("POST", "/trade/v2/orders", {**ORDER, **kind, **trail})
    order = venue.order(told["OrderId"])
    venue.price("EURUSD:FxSpot", "120")
    assert order.live
    venue.price("EURUSD:FxSpot", str(120 - int(distance)))
    assert not order.live


async def test_another_token_is_refused(venue: PlayedSaxo, client: Client) -> None:
    status, _ = await client.ask(
        "GET", "/port/v1/orders/me", Authorization="Bearer another"
    )
    assert status == 401


async def test_every_documented_refusal_books_nothing(
    venue: PlayedSaxo, client: Client
) -> None:
    for refusal in venue.refusals:
        venue.next(Operation.SUBMIT, refusal.answer)
        status, told = await client.ask("POST", "/trade/v2/orders", ORDER)
        assert status == 400
        assert told["ErrorInfo"]["ErrorCode"] in refusal.codes
    assert venue.orders() == []


async def test_an_unknown_instrument_fails_the_precheck(
    venue: PlayedSaxo, client: Client
) -> None:
    unknown = {**ORDER, "Uic": 9999}
    status, told = await client.ask("POST", "/trade/v2/orders/precheck", unknown)
    assert (status, told["PreCheckResult"]) == (200, "Error")
    assert told["ErrorInfo"]["ErrorCode"] == "InvalidUic"


async def test_control_messages_are_as_documented(
    venue: PlayedSaxo, client: Client
) -> None:
    stream = await client.listen()
    venue.reset("all_orders")
    venue.disconnect()
    assert [(await heard(stream))[0] for _ in range(2)] == [
        "_resetsubscriptions",
        "_disconnect",
    ]
    assert faults(venue) == []


async def test_what_happens_while_nobody_listens_is_not_told_later(
    venue: PlayedSaxo, client: Client
) -> None:
    stream = await client.listen()
    await venue.cut(How.RST)
    assert (await stream.receive()).type is not aiohttp.WSMsgType.BINARY
    _, told = await client.ask("POST", "/trade/v2/orders", ORDER)
    assert told["OrderId"]
    frames = [
        e for e in venue.recorder.close(complete=True).entries if e.kind is Kind.FRAME
    ]
    assert frames == []


async def test_a_refused_stream_says_the_status(
    venue: PlayedSaxo, client: Client
) -> None:
    venue.refuse_streams(503)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.listen()
    assert refused.value.status == 503


def test_no_refresh_token_is_given() -> None:
    header = Header("saxo", "a test", "saxo", "", (), 0, "")
    played = PlayedSaxo(Recorder(header, perf_counter))
    assert "SAXO_REFRESH_TOKEN" not in played.environment(SYMBOL)


@pytest.mark.parametrize(
    ("reference", "payload"),
    [
        ("_unheard_of", [{"ReferenceId": "_unheard_of"}]),
        ("_heartbeat", {"ReferenceId": "_heartbeat"}),
        (
            "_heartbeat",
            [{"ReferenceId": "_heartbeat", "Heartbeats": [{"Reason": "Bored"}]}],
        ),
        ("x" * 51, {}),
        ("all_orders", 7),
    ],
)
def test_a_message_that_the_documents_do_not_allow_is_known(
    reference: str, payload: Json
) -> None:
    assert message_fault(reference, payload)


async def test_what_is_kept_from_the_stream_is_told_when_a_script_says_so(
    venue: PlayedSaxo, client: Client
) -> None:
    stream = await client.listen()
    assert await venue.listened()
    venue.keep_quiet()
    await client.ask("POST", "/trade/v2/orders", ORDER)
    assert not [e for e in venue.recorder.entries if e.kind is Kind.FRAME]
    venue.tell()
    assert await heard(stream) == ("all_orders", venue.desk.shown(venue.orders()[0]))


async def test_a_lost_stream_is_granted_again_when_a_script_says_so(
    venue: PlayedSaxo, client: Client
) -> None:
    await client.listen()
    await venue.lose_streams(How.RST, refused=503)
    assert not venue.listening
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.listen()
    assert await venue.attempted()
    venue.grant_streams()
    await client.listen()
    assert await venue.listened()


async def test_a_closed_position_has_the_names_of_the_reference(
    venue: PlayedSaxo, client: Client
) -> None:
    """It is known by its unique id alone, and names the direction BuyOrSell."""
    for side in ("Buy", "Sell"):
        asked = {**ORDER, "BuySell": side, "OrderType": "Market"}
        del asked["OrderPrice"], asked["ExternalReference"]
        asked["OrderDuration"] = {"DurationType": "DayOrder"}
        status, _ = await client.ask("POST", "/trade/v2/orders", asked)
        assert status == 200
    _, told = await client.ask("GET", "/port/v1/closedpositions?ClientKey=x")
    (row,) = told["Data"]
    assert "ClosedPositionId" not in row
    closed = row["ClosedPosition"]
    assert (closed["BuyOrSell"], closed["Amount"], closed["ClosingPrice"]) == (
        "Buy",
        1000.0,
        1.1,
    )


async def test_a_quote_says_when_it_was_made_and_where_nobody_is(
    venue: PlayedSaxo, client: Client
) -> None:
    venue.market(SYMBOL, None, "1.2")
    path = "/trade/v1/infoprices?Uic=21&AssetType=FxSpot&FieldGroups=Quote"
    _, told = await client.ask("GET", path)
    assert told["LastUpdated"].endswith("Z")
    assert told["Quote"] == {
        "Ask": 1.2,
        "PriceTypeAsk": "Tradable",
        "PriceTypeBid": "NoMarket",
    }
