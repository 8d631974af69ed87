"""What each REST operation does where OANDA is below: it is asked, then shown."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from conformance.reference.failure import Failure
from conformance.reference.handlers import Answer, Asked
from conformance.reference.oanda.bodies import KINDS
from conformance.reference.oanda.provider import OandaProvider
from conformance.reference.oanda.translation import TIMEFRAMES, instant
from conformance.reference.tektii.handlers import TektiiHandlers
from conformance.venue.books import Position

MOST_CANDLES = 1000


class OandaHandlers(TektiiHandlers):
    """The lists and the refusals are those of every broker; the rows are OANDA's."""

    provider: OandaProvider  # type: ignore[assignment]

    async def capabilities(self, asked: Asked) -> Answer:  # type: ignore[override]
        if self.provider.hedging is None:
            with suppress(Failure):
                await self.provider.begin()
        told: dict[str, Any] = {
            "supported_asset_classes": ["FOREX"],
            "supported_order_types": list(KINDS),
            "position_mode": self.position_mode(),
            "features": ["bracket_orders", "short_selling"],
            "rate_limits": {"orders_per_second": self.provider.pace.most},
        }
        with suppress(Failure):
            told["max_leverage"] = await self.most_leverage()
        return 200, told

    async def most_leverage(self) -> str:
        """What the account's margin rate allows."""
        client = self.provider.client
        summary = await client.ask("GET", client.path("summary"))
        with client.reading():
            return self.provider.translation.leverage(summary)

    def position_mode(self) -> str:
        return "HEDGING" if self.provider.hedging else "NETTING"

    async def submit_order(self, asked: Asked) -> Answer:  # type: ignore[override]
        self.provider.wake()
        return await super().submit_order(asked)

    def circuit_breakers(self, asked: Asked) -> Answer:
        status, body = super().circuit_breakers(asked)
        return status, {**body, "adapter": self.provider.breaker.snapshot()}

    def reset_circuit_breakers(self, asked: Asked) -> Answer:
        self.provider.breaker.reset()
        return super().reset_circuit_breakers(asked)

    # --- account and market ---

    async def account(self, asked: Asked) -> Answer:  # type: ignore[override]
        client = self.provider.client
        told = await client.ask("GET", client.path("summary"))
        self.provider.note_account(told)
        with client.reading():
            return 200, self.provider.translation.account(told)

    async def quote(self, asked: Asked) -> Answer:  # type: ignore[override]
        client, symbol = self.provider.client, asked.path["symbol"]
        query = {"instruments": symbol}
        told = await client.ask("GET", client.path("pricing"), query)
        with client.reading():
            rows = [r for r in told["prices"] if r["instrument"] == symbol]
            if rows and self.provider.is_whole(rows[0]):
                return 200, self.provider.quote_json(rows[0])
            if rows:
                why = f"there is nobody on one side of {symbol} at OANDA"
                raise Failure("PROVIDER_UNAVAILABLE", why)
        raise Failure("SYMBOL_NOT_FOUND", f"OANDA has no price of {symbol}")

    async def bars(self, asked: Asked) -> Answer:  # type: ignore[override]
        timeframe = self.timeframe(asked)
        start, end = self.instant(asked, "start"), self.instant(asked, "end")
        limit, symbol = self.limit(asked), asked.path["symbol"]
        client = self.provider.client
        query = self.candles_query(timeframe, start, end, limit)
        told = await client.ask("GET", client.candles(symbol), query)
        with client.reading():
            within = [
                self.provider.bar_json(row, symbol, timeframe)
                for row in told["candles"]
                if (start is None or instant(row["time"]) >= start)
                and (end is None or instant(row["time"]) <= end)
            ]
        return 200, within[-limit:] if limit else []

    def candles_query(
        self, timeframe: str, start: datetime | None, end: datetime | None, limit: int
    ) -> dict[str, str]:
        """OANDA takes a count or a whole range, never all three."""
        query = {"granularity": TIMEFRAMES[timeframe], "price": "M"}
        if start is not None:
            query["from"] = self.rendering.instant(start)
        if end is not None:
            query["to"] = self.rendering.instant(end)
        if start is None or end is None:
            query["count"] = str(max(min(limit, MOST_CANDLES), 1))
        return query

    # --- trades and positions ---

    async def trades(self, asked: Asked) -> Answer:  # type: ignore[override]
        """What was filled: OANDA's own trades are what is held still."""
        await self.provider.client.ask("GET", self.provider.client.path("trades"))
        with suppress(Failure):
            await self.provider.catch_up_transactions()
        status, rows = super(TektiiHandlers, self).trades(asked)
        by_id = {trade.id: trade for trade in self.provider.books.trades}
        return status, [self.provider.trade_json(by_id[row["id"]]) for row in rows]

    def position_json(self, position: Position) -> dict[str, Any]:
        return self.provider.position_json(position)

    def find_position(self, asked: Asked) -> Position:
        """A position by its id, or by the instrument's name alone."""
        named = asked.path["position_id"]
        for position in self.provider.books.open_positions():
            if named in (position.id, position.symbol):
                return position
        return super().find_position(asked)
