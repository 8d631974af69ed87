"""What is known of exits, and what of it a next run is told by the state file."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conformance.venue.order import Order, Terms

if TYPE_CHECKING:
    from conformance.reference.tektii.provider import TektiiProvider

Json = dict[str, Any]

PRICES = {"stop_loss": "stop_price", "take_profit": "limit_price"}


@dataclass(frozen=True, slots=True)
class Unsent:
    """An exit that is to be placed: of how much, as which tranche of its entry."""

    entry: str
    exit: str
    quantity: Decimal
    number: int


class ExitMemory:
    """Which entry an exit is of, what is covered, and which groups have filled."""

    def __init__(self, provider: "TektiiProvider") -> None:
        self._provider = provider
        self._covered: dict[str, Decimal] = {}
        """By entry: how much of its fill has exits, or was told to have none."""
        self._parents: dict[str, str] = {}
        """By client order id of a leg: its entry."""
        self._unsent: dict[str, Unsent] = {}
        """By client order id of a leg: it was decided on, and is not answered."""
        self._groups: dict[str, str] = {}
        """By group: the order of it that filled first."""
        self._noted: dict[str, Json] = {}
        """What a run before knew, by order, or by client order id where it had none."""
        self._loaded = False
        """Whether that was not held against what the Engine shows yet."""

    def covered(self, order: Order) -> Decimal:
        """How much of an entry's fill was seen to."""
        return self._covered.get(order.id, Decimal(0))

    def dress(self, order: Order) -> None:
        """Gives an exit its entry, and an order of a run before its exits."""
        name = order.terms.client_order_id or ""
        order.parent = self._parents.get(name)
        row = self._noted.get(order.id) or self._noted.get(name)
        if row is not None:
            prices = {n: Decimal(row[n]) for n in PRICES if row.get(n) is not None}
            order.terms = order.terms.changed(prices)
            order.terms.oco_group_id = row.get("oco_group_id")

    # --- what lasts ---

    def save(self) -> None:
        """Written at every change: a kill loses nothing."""
        self._provider.save()

    def pending(self) -> list[Json]:
        """Entries and groups that wait for a fill, exits that stand, what filled."""
        orders = list(self._provider.books.orders.values())
        names = {order.terms.client_order_id for order in orders}
        rows = [self.row(o.terms, o) for o in orders if o.live or o.filled]
        asked, unsure = self._provider.asked, self._provider.doubtful - names
        rows += [self.row(asked[name][0], None) for name in sorted(unsure)]
        noted = [r for r in self._noted.values() if r["client_order_id"] not in names]
        found = [row for row in rows if row is not None] + noted
        legs = [self.leg_row(k, v) for k, v in self.standing(orders).items()]
        groups = [{"group": k, "filled": v} for k, v in self._groups.items()]
        return [*found, *legs, *groups]

    def row(self, terms: Terms, order: Order | None) -> Json | None:
        """An order that something is to follow; None for every other."""
        decimal = self._provider.rendering.decimal
        exits = {name: decimal(getattr(terms, name)) for name in PRICES}
        if not any(exits.values()) and terms.oco_group_id is None:
            return None
        return {
            "order": None if order is None else order.id,
            "client_order_id": terms.client_order_id,
            "oco_group_id": terms.oco_group_id,
            "covered": decimal(Decimal(0) if order is None else self.covered(order)),
            **exits,
        }

    def leg_row(self, name: str, parent: str) -> Json:
        unsent, told = self._unsent.get(name), {"leg": name, "parent": parent}
        if unsent is None:
            return told
        quantity = self._provider.rendering.decimal(unsent.quantity)
        more = {"exit": unsent.exit, "quantity": quantity, "number": unsent.number}
        return {**told, **more}

    def standing(self, orders: list[Order]) -> dict[str, str]:
        """The entries of the exits that have not ended."""
        ended = {o.terms.client_order_id for o in orders if not o.live}
        live = {o.terms.client_order_id for o in orders if o.live}
        return {k: v for k, v in self._parents.items() if k in live or k not in ended}

    def load(self, rows: list[Json]) -> None:
        """Takes up what a run before had written."""
        self._loaded = True
        for row in rows:
            if "leg" in row:
                self.load_leg(str(row["leg"]), row)
            elif "group" in row:
                self._groups[str(row["group"])] = str(row["filled"])
            else:
                self._noted[str(row["order"] or row["client_order_id"])] = row
                if row["order"] is not None:
                    self._covered[str(row["order"])] = Decimal(row["covered"])

    def forget_lost(self) -> None:
        """What a run before knew and the Engine does not is of another backtest."""
        known, self._loaded = self._provider.known, False
        self._noted.clear()
        self._parents = {k: v for k, v in self._parents.items() if known(k)}

    def load_leg(self, name: str, row: Json) -> None:
        parent = self._parents[name] = str(row["parent"])
        if "exit" in row:
            quantity = Decimal(row["quantity"])
            self._unsent[name] = Unsent(parent, row["exit"], quantity, row["number"])
