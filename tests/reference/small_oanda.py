"""As much of OANDA as these tests need: written from its public documents alone."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Json = dict[str, Any]

KEY = "a-key-of-nobody"
SYMBOL = "EUR_USD"
FIGURES = {
    "balance": "1000",
    "NAV": "1001",
    "unrealizedPL": "1",
    "marginUsed": "20",
    "marginAvailable": "981",
    "currency": "EUR",
}


class SmallOanda:
    """One account; every change is a transaction, said on the stream unless muted."""

    def __init__(self) -> None:
        self.number = 100
        self.ledger: list[Json] = []
        self.orders: dict[str, Json] = {}
        self.streams: list[asyncio.Queue[str | None]] = []
        self.units = 0
        self.muted = False
        self.answer: tuple[int, str, dict[str, str]] | None = None
        """What the next POST or PUT is answered with."""
        self.booked = True
        """Whether it is booked all the same."""
        self.stream_status = 200
        self.opened = 0
        self.asked: list[tuple[str, str, Json]] = []

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self.cut()
        await self._runner.cleanup()

    def cut(self) -> None:
        """Ends every stream."""
        while self.streams:
            self.streams.pop().put_nowait(None)

    def write(self, kind: str, **told: Any) -> Json:
        """One more transaction."""
        self.number += 1
        line = {"id": str(self.number), "type": kind, "time": now(), **told}
        self.ledger.append(line)
        if not self.muted:
            self.say(line)
        return line

    def say(self, line: Json) -> None:
        for stream in self.streams:
            stream.put_nowait(json.dumps(line) + "\n")

    def beat(self) -> None:
        self.say({"type": "HEARTBEAT", "lastTransactionID": str(self.number)})

    def fill(self, order_id: str, units: int, **more: Any) -> Json:
        """Fills some of an order."""
        self.units += units
        opened = {"tradeID": str(self.number + 1), "units": str(units)}
        usual = {"instrument": SYMBOL, "price": "1.1", "commission": "0.1", "pl": "0"}
        told = {"orderID": order_id, "units": str(units), "tradeOpened": opened}
        return self.write("ORDER_FILL", **usual, **told, **more)

    def cancel(self, order_id: str, reason: str, **more: Any) -> Json:
        self.orders[order_id]["state"] = "CANCELLED"
        return self.write("ORDER_CANCEL", orderID=order_id, reason=reason, **more)

    def create(self, asked: Json, **more: Any) -> Json:
        body = {k: v for k, v in asked.items() if k != "type"}
        line = self.write(f"{asked['type']}_ORDER", **body, **more)
        row = {"id": line["id"], "state": "PENDING", "createTime": line["time"]}
        self.orders[line["id"]] = {**row, **asked}
        return line

    # --- the wire ---

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        path = request.raw_path.removeprefix("/v3/accounts/1-2/")
        body = await request.json() if request.can_read_body else {}
        self.asked.append((request.method, path, body))
        if "/stream" in path:
            return await self._stream(request)
        status, told = self._booked(request.method, path, body)
        if request.method != "GET" and self.answer is not None:
            status, text, headers = self.answer
            self.answer = None
            return web.Response(status=status, text=text, headers=headers)
        return web.json_response(told, status=status)

    def _booked(self, method: str, path: str, body: Json) -> tuple[int, Json]:
        if method != "GET" and self.answer is not None and not self.booked:
            return 400, {}
        if method == "GET":
            return self._shown(path)
        if path == "orders":
            return self._taken(body["order"])
        order_id = path.split("/")[1]
        if path.endswith("/cancel"):
            line = self.cancel(order_id, "CLIENT_REQUEST")
            return 200, {"orderCancelTransaction": line}
        return self._replaced(order_id, body["order"])

    def _taken(self, asked: Json) -> tuple[int, Json]:
        line = self.create(asked)
        told = {"orderCreateTransaction": line}
        if asked["type"] == "MARKET":
            fill = self.fill(line["id"], int(asked["units"]))
            told["orderFillTransaction"] = fill
        return 201, told

    def _replaced(self, order_id: str, asked: Json) -> tuple[int, Json]:
        new = {"replacedByOrderID": str(self.number + 2)}
        gone = self.cancel(order_id, "CLIENT_REQUEST_REPLACED", **new)
        line = self.create(asked, replacesOrderID=order_id)
        told = {"orderCancelTransaction": gone, "orderCreateTransaction": line}
        return 201, told

    def _shown(self, path: str) -> tuple[int, Json]:
        position = {
            "instrument": SYMBOL,
            "long": {"units": str(max(self.units, 0)), "averagePrice": "1.1"},
            "short": {"units": str(min(self.units, 0)), "averagePrice": "1.1"},
        }
        since = int(path.partition("sinceid?id=")[2] or 0)
        shown: dict[str, Json] = {
            "summary": {"account": FIGURES, "lastTransactionID": str(self.number)},
            "transactions": {
                "transactions": [t for t in self.ledger if int(t["id"]) > since]
            },
            "trades": {"trades": []},
            "positions": {"position": position},
            "openPositions": {"positions": [position]},
        }
        if path.startswith("orders/"):
            order = self.orders.get(path.removeprefix("orders/"))
            return (200, {"order": order}) if order else (404, {"errorMessage": "no"})
        if path.startswith("orders"):
            return 200, {"orders": list(self.orders.values())}
        return 200, shown[path.split("/", maxsplit=1)[0]]

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self.stream_status != 200:
            return web.Response(status=self.stream_status)
        response, lines = web.StreamResponse(), asyncio.Queue[str | None]()
        await response.prepare(request)
        self.opened += 1
        if "transactions" in request.path:
            self.streams.append(lines)
        while (line := await lines.get()) is not None:
            await response.write(line.encode())
        return response


def now() -> str:
    """A time as OANDA writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
