"""Which assets the played Alpaca trades, and which prices and sizes they allow."""

from decimal import Decimal

STOCKS = ("AAPL", "MSFT", "TSLA", "SPY", "AMD", "NVDA")
COINS = ("BTCUSD", "ETHUSD")
PENNY = Decimal("0.01")


def is_coin(symbol: str) -> bool:
    """Whether it is a currency pair and not a share."""
    return symbol.replace("/", "") in COINS


def pair(symbol: str) -> str:
    """A coin as the market data API names it."""
    return f"{symbol.removesuffix('USD').rstrip('/')}/USD"


def plain(symbol: str) -> str:
    """A coin as orders and positions name it."""
    return symbol.replace("/", "")


def sub_penny(symbol: str, price: Decimal) -> bool:
    """Whether a share's price is finer than its minimum variance."""
    step = PENNY if price >= 1 else PENNY / 100
    return not is_coin(symbol) and bool(price % step)
