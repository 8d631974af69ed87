"""When a strategy was connected, what stood open then, when nothing was recorded."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(slots=True)
class Span:
    """A time in which something was so; `ended` is None while it lasts."""

    began: float
    ended: float | None = None
    symbol: str = ""
    quantity: Decimal = Decimal(0)
    why: str = ""
    entry: int = 0

    def seconds(self, end: float) -> float:
        """How long it lasted; `end` stands for an end that was not seen."""
        return max((end if self.ended is None else self.ended) - self.began, 0.0)


@dataclass(frozen=True, slots=True)
class Loss:
    """The strategy's last stream ended; `back` is when the next was open."""

    at: float
    entry: int
    back: float | None = None


class Spans:
    """Times in which something is so, one after the other for each symbol."""

    def __init__(self, why: str) -> None:
        self._why = why
        self._open: dict[str, Span] = {}
        self.all: list[Span] = []

    def set(
        self, symbol: str, quantity: Decimal, so: bool, at: float, entry: int
    ) -> None:
        """Whether it is so from here on."""
        span = self._open.get(symbol)
        if so and span is None:
            span = Span(at, None, symbol, abs(quantity), self._why, entry)
            self._open[symbol] = span
            self.all.append(span)
        elif so and span is not None:
            span.quantity = max(span.quantity, abs(quantity))
        elif span is not None:
            span.ended = at
            del self._open[symbol]

    def cut(self, at: float) -> None:
        """Nothing is known from here on: what is open ends."""
        for span in self._open.values():
            span.ended = at
        self._open.clear()


class Streams:
    """The strategy's streams: open, lost, back."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self.ever = False
        self.losses: list[Loss] = []

    @property
    def connected(self) -> bool:
        """Whether a strategy is connected."""
        return bool(self._open)

    @property
    def reconnects(self) -> int:
        """How often it came back."""
        return sum(1 for loss in self.losses if loss.back is not None)

    def opened(self, name: str, at: float) -> None:
        """A stream was opened."""
        if not self._open and self.losses and self.losses[-1].back is None:
            last = self.losses[-1]
            self.losses[-1] = Loss(last.at, last.entry, at)
        self._open.add(name)
        self.ever = True

    def closed(self, name: str, at: float, entry: int) -> None:
        """A stream ended."""
        if name in self._open:
            self._open.discard(name)
            if not self._open:
                self.losses.append(Loss(at, entry))

    def all_gone(self, at: float, entry: int) -> None:
        """The tap itself was away: no stream outlives it."""
        for name in tuple(self._open):
            self.closed(name, at, entry)
