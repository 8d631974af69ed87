"""Whatever is filled, round trips and what is held add up to what was traded."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.judge.session.holdings import Holdings
from conformance.judge.session.orders import Fill, Order

FILLS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.integers(-5, 5).filter(bool),
        st.integers(1, 200),
    ),
    max_size=40,
)


@settings(max_examples=200, database=None, deadline=None)
@given(FILLS)
def test_profit_of_round_trips_is_the_cash_that_was_made(
    fills: list[tuple[str, int, int]],
) -> None:
    holdings, cash = Holdings(), Decimal(0)
    for number, (symbol, size, price) in enumerate(fills):
        order = Order("submit", symbol, "BUY" if size > 0 else "SELL", id=str(number))
        order.filled = Decimal(abs(size))
        cash -= size * price
        fill = Fill(order, Decimal(size), Decimal(price), float(number), number)
        holdings.fill(fill)
    for symbol, held in tuple(holdings.symbols.items()):
        if held.quantity:
            cash += held.quantity * 50
            order = Order("submit", symbol)
            holdings.fill(Fill(order, -held.quantity, Decimal(50), 99.0, 99))
    assert holdings.flat
    assert sum((trip.profit for trip in holdings.trips), Decimal(0)) == cash
    for trip in holdings.trips:
        assert trip.bought == trip.sold
        assert sum(trip.parts.values()) == trip.bought + trip.sold
