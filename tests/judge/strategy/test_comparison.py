"""Orders are compared as far as both runs go."""

from conformance.judge.strategy.comparison import differ

ENTRY = (5, "BUY", "MARKET", "X", "100")
EXIT = (9, "SELL", "MARKET", "X", "100")


def test_the_same_orders_do_not_differ() -> None:
    assert differ([ENTRY, EXIT], [ENTRY, EXIT], 0) is None


def test_another_bar_differs_unless_the_clock_paces() -> None:
    later = (7, *ENTRY[1:])
    assert "on bar 7 and not" in str(differ([later], [ENTRY], 0))
    assert differ([later], [ENTRY], 3) is None


def test_a_slightly_different_quantity_is_the_same() -> None:
    assert differ([(*ENTRY[:4], "101.5")], [ENTRY], 0) is None
    assert differ([(*ENTRY[:4], "50")], [ENTRY], 0) is not None


def test_missing_orders_differ() -> None:
    assert differ([ENTRY], [ENTRY, EXIT], 0) == "it placed 1 orders and not 2"
