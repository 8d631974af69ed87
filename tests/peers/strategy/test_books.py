"""What becomes of orders on the books of a played Gateway."""

import time
from decimal import Decimal

from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers.strategy.outcomes import Expected, Fills
from conformance.peers.strategy.server import PlayedServer
from conformance.protocol.words import OrderStatus, OrderType, Side
from conformance.reference.settings import GatewaySettings
from conformance.venue.order import Terms


async def test_twenty_parts_of_a_quantity_of_many_digits_fill_all_of_it() -> None:
    recorder = Recorder(Header("x", "x", "", "", (), 0, ""), time.perf_counter)
    provider = PlayedServer(GatewaySettings(port=0), recorder, "run-").provider
    parts = Fills((Decimal("0.05"),) * 20, together=True)
    provider.expected.append(Expected(parts))
    provider.prices.move("BTCUSD", Decimal(105))
    quantity = Decimal("95.23809523809523809523809524")
    terms = Terms("BTCUSD", Side.BUY, OrderType.MARKET, quantity)
    order = provider.submit(terms)
    provider.meet()
    assert (order.status, order.filled) == (OrderStatus.FILLED, quantity)
    assert provider.books.held("BTCUSD") == quantity
