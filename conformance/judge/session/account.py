"""What a session shows of the account: equity, drawdown, margin, costs."""

from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext

from conformance.evidence.entry import Json
from conformance.judge.orders import number
from conformance.judge.session.spreads import Trail

ZERO = Decimal(0)
DEEPER = Decimal("0.0001")
"""By how much a drawdown must grow to be written down anew: a hundredth percent."""

QUIET = 5.0
"""Seconds after a fill from which the balance is taken to have it in."""

ENOUGH = 5
"""Flat to flat, from so many on the balance is known to move as our books do."""


class Depth:
    """How far the equity is below a height, and when it was lower than ever before."""

    def __init__(self, moving: bool) -> None:
        self._moving = moving
        self._height: Decimal | None = None
        self.now = ZERO
        self.most: Decimal | None = None
        self.deeper: list[tuple[float, Decimal, int]] = []

    def take(self, equity: Decimal, at: float, entry: int) -> None:
        """The equity at a moment."""
        if self._height is None or (self._moving and equity > self._height):
            self._height = equity
        if self._height <= 0:
            return
        with localcontext(prec=40):
            self.now = (self._height - equity) / self._height
        if self.most is None or self.now > self.most:
            self.most = max(self.now, ZERO)
            last = self.deeper[-1][1] if self.deeper else ZERO
            if self.now >= last + DEEPER:
                self.deeper.append((at, self.now, entry))


class Account:
    """The account, as events and answers tell it."""

    def __init__(self, instant: Callable[[float], str]) -> None:
        self._instant = instant
        self.equity = Trail()
        self.drawdown = Trail()
        self.since_peak = Depth(moving=True)
        self.since_start = Depth(moving=False)
        self.currency = ""
        self.balance: Decimal | None = None
        self.peak_margin: tuple[Decimal, float, int] | None = None
        self.financing: dict[str, Decimal] = {}
        self._financed: set[tuple[str, str, str]] = set()
        self._last: Decimal | None = None
        self._base: tuple[Decimal, Decimal] | None = None
        self._moves: list[tuple[Decimal, Decimal, int]] = []

    def take(self, row: Mapping[str, Json], at: float, entry: int) -> None:
        """The account was told."""
        told = dict(row)
        self.currency = str(row.get("currency") or self.currency)
        self.balance = number(told, "balance")
        equity, used = number(told, "equity"), number(told, "margin_used")
        if equity is None:
            return
        self.since_peak.take(equity, at, entry)
        self.since_start.take(equity, at, entry)
        if equity != self._last:
            self._last = equity
            when = self._instant(at)
            self.equity.add(when, equity)
            self.drawdown.add(when, max(self.since_peak.now, ZERO).quantize(DEEPER))
        if used is not None and equity > 0:
            with localcontext(prec=40):
                share = used / equity
            if self.peak_margin is None or share > self.peak_margin[0]:
                self.peak_margin = share, at, entry

    def finance(self, message: Mapping[str, Json]) -> None:
        """Financing was told; on several streams the same counts once."""
        amount = number(dict(message), "amount")
        names = ("symbol", "amount", "timestamp")
        mark = tuple(str(message.get(n)) for n in names)
        if amount is None or mark in self._financed:
            return
        self._financed.add(mark)  # type: ignore[arg-type]
        before = self.financing.get(self.currency, ZERO)
        self.financing[self.currency] = before + amount

    def at_rest(self, owned: Decimal, entry: int) -> None:
        """Nothing is held: `owned` is what our books have made since the beginning."""
        if self.balance is None:
            return
        if self._base is not None:
            before, ours = self._base
            if owned == ours and self.balance == before:
                return
            self._moves.append((self.balance - before, owned - ours, entry))
        self._base = self.balance, owned

    def restart(self) -> None:
        """What happened since is not known."""
        self._base = None

    def disagreements(self) -> tuple[tuple[str, int], ...]:
        """Where the balance moved otherwise than our books, where it mostly does not.

        Whether a balance holds commissions, or profit in another currency, is for the
        broker to say: only where it does follow our books shows a difference a fault.
        """
        alike = [_alike(told, ours) for told, ours, _ in self._moves]
        if len(alike) < ENOUGH or sum(alike) < 0.8 * len(alike):
            return ()
        return tuple(
            (
                f"account: the balance moved by {told:f} from flat to flat; the "
                f"trades, commissions and financing add up to {ours:.4f}",
                entry,
            )
            for (told, ours, entry), good in zip(self._moves, alike, strict=True)
            if not good
        )


def _alike(told: Decimal, ours: Decimal) -> bool:
    return abs(told - ours) <= max(Decimal("0.02"), abs(ours) / 1000)
