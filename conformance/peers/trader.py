"""The strategy that a script plays, as one who trades: orders, quotes, positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote

from conformance.errors import StepFailed
from conformance.evidence.entry import Json
from conformance.peers.caller import Caller
from conformance.peers.firewall import price_of
from conformance.peers.reply import Reply

FAR_BELOW = "0.01"
"""A price that no market reaches: a limit buy there rests."""


def segment(name: object) -> str:
    """An id as a part of a path: whatever the subject calls it."""
    return quote(str(name), safe="", errors="replace")


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that the Gateway accepted."""

    id: str
    client_id: str
    fields: Mapping[str, Json]
    reply: Reply


@dataclass
class Trader(Caller):
    """Places orders under ids of its own, and knows which they were."""

    _count: int = 0
    _opened: list[str] = field(default_factory=list)

    @property
    def opened(self) -> tuple[str, ...]:
        """The ids of the orders that this script placed, in order."""
        return tuple(self._opened)

    def client_id(self) -> str:
        """A client order id that nobody used before."""
        self._count += 1
        return f"{self.prefix}-{self._count}"

    def order(self, **fields: Json) -> dict[str, Json]:
        """The body of an order: a market buy of 1 unless told otherwise.

        A field given as None is left out.
        """
        asked: dict[str, Json] = {
            "symbol": self.symbol,
            "side": "BUY",
            "quantity": "1",
            "order_type": "MARKET",
            "client_order_id": self.client_id(),
            **fields,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def submit(self, *, deliberate: bool = False, **fields: Json) -> Reply:
        """Sends an order and returns whatever was answered."""
        return await self._send(self.order(**fields), deliberate=deliberate)

    async def place(self, **fields: Json) -> Placed:
        """Sends an order that must be accepted; StepFailed where it is not."""
        body = self.order(**fields)
        reply = await self._send(body)
        order_id = reply.field("id")
        if reply.status != 201 or not isinstance(order_id, str):
            raise StepFailed(f"an order {body}", str(reply), not reply.lost)
        return Placed(order_id, str(body.get("client_order_id", "")), body, reply)

    async def _send(self, body: dict[str, Json], *, deliberate: bool = False) -> Reply:
        """Sends an order; one that was answered with an id is ours to tidy up."""
        reply = await self.request(
            "POST", "/v1/orders", json=body, deliberate=deliberate
        )
        order_id = reply.field("id")
        if isinstance(order_id, str):
            self._opened.append(order_id)
            self.firewall.placed(order_id, body)
        return reply

    async def resting(self, **fields: Json) -> Placed:
        """A limit buy far below the market, which stays open."""
        asked = {"order_type": "LIMIT", "limit_price": FAR_BELOW, **fields}
        return await self.place(**asked)

    async def show(self, order_id: str) -> Reply:
        """GET of one order."""
        return await self.get(f"/v1/orders/{segment(order_id)}")

    async def cancel(self, order_id: str) -> Reply:
        """DELETE of one order."""
        return await self.delete(f"/v1/orders/{segment(order_id)}")

    async def modify(self, order_id: str, **changes: Json) -> Reply:
        """PATCH of one order."""
        path = f"/v1/orders/{segment(order_id)}"
        return await self.request("PATCH", path, json=changes)

    async def price(self, symbol: str | None = None) -> Decimal:
        """The last price of a symbol; StepFailed where there is no quote."""
        name = symbol or self.symbol
        reply = await self.get(f"/v1/quotes/{quote(name, safe='')}")
        told = (price_of(reply.field(field)) for field in ("last", "ask"))
        price = next((each for each in told if each is not None), None)
        if reply.status != 200 or price is None:
            raise StepFailed(f"the quote of {name}", str(reply), not reply.lost)
        self.firewall.learn(name, price)
        return price

    async def positions(self, symbol: str | None = None) -> list[dict[str, Json]]:
        """The open positions of a symbol; StepFailed where there is no list."""
        name = symbol or self.symbol
        reply = await self.get(f"/v1/positions?symbol={quote(name, safe='')}")
        if reply.status != 200 or not isinstance(reply.json, list):
            raise StepFailed(f"the positions of {name}", str(reply), not reply.lost)
        return [p for p in reply.json if isinstance(p, dict)]
