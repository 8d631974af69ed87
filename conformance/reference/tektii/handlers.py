"""What each REST operation does where an Engine is below: it is asked, then shown."""

from typing import Any

from conformance.protocol.words import OrderType
from conformance.reference.failure import Failure
from conformance.reference.handlers import Answer, Asked, Handlers
from conformance.reference.tektii.provider import TektiiProvider
from conformance.venue.order import Order


class TektiiHandlers(Handlers):
    """The filters and the rendering are the mock's; the rows are the Engine's."""

    provider: TektiiProvider  # type: ignore[assignment]

    # --- operation ---

    def health(self, asked: Asked) -> Answer:
        line = self.provider.connection
        status, body = super().health(asked)
        told = {"platform": self.settings.platform, "connected": line.up}
        if line.stale:
            told["stale_instruments"] = line.stale
        overall = "connected" if line.up else "degraded"
        return status, {**body, "status": overall, "providers": [told]}

    async def status(self, asked: Asked) -> Answer:  # type: ignore[override]
        up = self.provider.connection.up and await self.provider.client.reachable()
        _, body = super().status(asked)
        return 200, {**body, "connected": up}

    def capabilities(self, asked: Asked) -> Answer:
        kinds = [k for k in OrderType if k is not OrderType.TRAILING_STOP]
        return 200, {
            "supported_asset_classes": ["STOCK", "CRYPTO"],
            "supported_order_types": kinds,
            "position_mode": "NETTING",
            "features": ["bracket_orders", "oco", "short_selling"],
        }

    # --- account and market ---

    async def account(self, asked: Asked) -> Answer:  # type: ignore[override]
        client = self.provider.client
        told = await client.ask("GET", client.path("account"))
        with client.reading():
            return 200, self.provider.translation.account(told)

    async def quote(self, asked: Asked) -> Answer:  # type: ignore[override]
        client, symbol = self.provider.client, asked.path["symbol"]
        told = await client.ask("GET", client.path("quote"), {"symbol": symbol})
        with client.reading():
            quote = self.provider.translation.quote(told, self.settings.platform)
        return 200, {**quote, "timestamp": self.rendering.instant(quote["timestamp"])}

    async def bars(self, asked: Asked) -> Answer:  # type: ignore[override]
        timeframe = self.timeframe(asked)
        start, end = self.instant(asked, "start"), self.instant(asked, "end")
        limit, symbol = self.limit(asked), asked.path["symbol"]
        client, translation = self.provider.client, self.provider.translation
        query = {"symbol": symbol, "timeframe": timeframe, "count": "1000"}
        told = await client.ask("GET", client.path("bars"), query)
        with client.reading():
            found = [translation.bar(row, symbol, timeframe) for row in told["bars"]]
        within = [
            self.provider.bar_json(bar)
            for bar in found
            if (start is None or bar["timestamp"] >= start)
            and (end is None or bar["timestamp"] <= end)
        ]
        return 200, within[-limit:] if limit else []

    # --- orders ---

    async def submit_order(self, asked: Asked) -> Answer:  # type: ignore[override]
        if self.shutting_down:
            raise Failure("SHUTTING_DOWN", "the Gateway is ending")
        began = self.now()
        body = self.validation.body(asked.content_type, asked.body)
        order = await self.provider.submit(self.validation.order(body))
        self.metrics.submitted((self.now() - began).total_seconds())
        return 201, self.rendering.handle(order)

    async def orders(self, asked: Asked) -> Answer:  # type: ignore[override]
        super().orders(asked)
        await self.provider.refresh_orders()
        return super().orders(asked)

    async def order_history(self, asked: Asked) -> Answer:  # type: ignore[override]
        super().order_history(asked)
        await self.provider.refresh_orders()
        return super().order_history(asked)

    async def order(self, asked: Asked) -> Answer:  # type: ignore[override]
        return 200, self.rendering.order(await self.fetched_order(asked))

    async def fetched_order(self, asked: Asked) -> Order:
        order_id = asked.path["order_id"]
        try:
            await self.provider.refresh_order(order_id)
        except Failure as failure:
            if failure.code == "ORDER_NOT_FOUND":
                failure.details = {"resource": "order", "id": order_id}
            raise
        return self.find_order(asked)

    async def modify_order(self, asked: Asked) -> Answer:  # type: ignore[override]
        body = self.validation.body(asked.content_type, asked.body)
        order = await self.fetched_order(asked)
        changes = self.validation.modification(body, order) if order.live else {}
        found = await self.provider.replace(order, changes)
        told: dict[str, Any] = {"order": self.rendering.order(found)}
        if found is not order:
            told["previous_order_id"] = order.id
        return 200, told

    async def cancel_order(self, asked: Asked) -> Answer:  # type: ignore[override]
        order = await self.fetched_order(asked)
        await self.provider.cancel(order)
        return 200, {"success": True, "order": self.rendering.order(order)}

    async def cancel_all_orders(self, asked: Asked) -> Answer:  # type: ignore[override]
        """Each by itself: who could not be cancelled is named."""
        symbol = asked.one("symbol")
        await self.provider.refresh_orders()
        cancelled, failed = 0, []
        for order in self.cancellable(symbol):
            if not order.live:
                continue
            try:
                await self.provider.cancel(order)
                cancelled += 1
            except Failure:
                failed.append(order.id)
        return 200, {
            "cancelled_count": cancelled,
            "failed_count": len(failed),
            "failed_order_ids": failed,
        }

    # --- trades and positions ---

    async def trades(self, asked: Asked) -> Answer:  # type: ignore[override]
        super().trades(asked)
        await self.provider.refresh_trades()
        return super().trades(asked)

    async def positions(self, asked: Asked) -> Answer:  # type: ignore[override]
        await self.provider.refresh_positions()
        return super().positions(asked)

    async def position(self, asked: Asked) -> Answer:  # type: ignore[override]
        await self.provider.refresh_positions()
        return super().position(asked)

    async def close_position(self, asked: Asked) -> Answer:  # type: ignore[override]
        terms = self.close_terms(asked)
        await self.provider.refresh_positions()
        position = self.find_position(asked)
        order = await self.provider.close(position.id, **terms)
        return 200, self.rendering.handle(order)

    async def close_all_positions(  # type: ignore[override]
        self, asked: Asked
    ) -> Answer:
        """Goes on where one fails; that is then what is answered."""
        symbol = asked.one("symbol")
        await self.provider.refresh_positions()
        handles, failed = [], []
        for position in self.provider.books.open_positions():
            if symbol not in (None, position.symbol):
                continue
            try:
                order = await self.provider.close(position.id, None)
                handles.append(self.rendering.handle(order))
            except Failure as failure:
                failed.append((position.id, failure))
        if failed:
            first = failed[0][1]
            first.details["failed_position_ids"] = [name for name, _ in failed]
            raise first
        return 200, handles

    async def modify_position_exits(  # type: ignore[override]
        self, asked: Asked
    ) -> Answer:
        body = self.validation.body(asked.content_type, asked.body)
        await self.provider.refresh_positions()
        position = self.find_position(asked)
        moves = self.validation.exits(body)
        moved = await self.provider.exits.move(position.symbol, moves)
        return 200, self.moved_json(position, moves, moved)
