"""Keeps what generated requests meet: who stands by, ids that live, a Gateway.

Each request is sent on with a look at the bystanders after it where it could change
something; what ended the Gateway is sent once more, alone, to a fresh one.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.errors import SafetyRefusal, StepFailed
from conformance.evidence.entry import Json
from conformance.judge.holding import filled_in_all, held_in, plain
from conformance.peers.fuzz.relay import Asked
from conformance.peers.played import Played
from conformance.peers.reply import Reply
from conformance.peers.stream import PlayedStream
from conformance.spec.overlay import LIVE
from conformance.suite.fuzz.deaths import BROKEN, is_gone, tell_death

MOST_DEATHS = 6
"""How often a Gateway may end under one script before no more is sent to it."""

SPARE_DEATHS = 3
"""And how often afterwards, by what no generator wrote."""

MOST_SILENT = 5
"""Requests that one script waits for in vain: each takes all its patience."""

SPARE_SILENT = 2
"""And how many afterwards, by what no generator wrote."""

DYING_SECONDS = 2.0
LIVING = frozenset({"OPEN", "PENDING", "PARTIALLY_FILLED"})
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
EXITS = {"stop_loss": "0.4", "take_profit": "800000"}
PAUSES = (0.0, 0.05, 0.2, 0.5, 1.0)
"""Seconds before each look at what is held: a fill may be on its way."""

KEPT = ("status", "quantity", "filled_quantity", "limit_price", "stop_price")
NOWHERE = Reply(0, 0, lost="not sent")
"""What a request gets that is not sent on."""


@dataclass
class Ground:
    """What one fuzz script plays on; symbols: the first is fuzzed, the second not."""

    strategy: Played
    stream: PlayedStream | None = None
    bystander: str = ""
    deaths: int = 0
    most: int = MOST_DEATHS
    silent: int = 0
    """How many requests got no answer in time, from a Gateway that was there."""
    live: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    """The exchange of each case that was sent on."""
    asked: dict[int, Asked] = field(default_factory=dict)
    """What each exchange was generated as, before ids were put in."""
    every: int = 0
    """After so many requests what was filled is compared with what is held."""
    passed: int = 0
    balanced: bool = True
    undoing: bool = True
    """Whether an order that rests is cancelled before the next request."""
    looking: bool = True
    """Whether the bystanders are looked at after what could change something."""

    @property
    def symbol(self) -> str:
        """What is fuzzed."""
        return self.strategy.symbols[0]

    @property
    def quiet_symbol(self) -> str:
        """What no generated request names."""
        return self.strategy.symbols[1]

    @property
    def over(self) -> bool:
        """Whether the Gateway ended or kept silent too often to send it any more."""
        return self.deaths >= self.most or self.silent >= MOST_SILENT

    async def lay(self) -> None:
        """Opens the stream, and puts an order and a position where nobody reaches."""
        self.live.clear()
        self.stream = await self.strategy.stream(f"observer-{self.deaths + 1}")
        self.note_memory("at the start")
        if not self.looking:
            return
        for symbol in (self.symbol, self.quiet_symbol):
            # Where trading is bounded, an order's worth must be known.
            await self.strategy.price(symbol)
        held = await self.strategy.positions(self.quiet_symbol)
        if not held:
            await self.strategy.bought(self.stream, "2", symbol=self.quiet_symbol)
        await self._rest()
        await self.look()

    async def renew(self) -> None:
        """A fresh Gateway for what is still to be sent, where the last one is gone."""
        if self.over and not self.strategy.subject.shared:
            self.most = self.deaths + SPARE_DEATHS
            self.silent = min(self.silent, MOST_SILENT - SPARE_SILENT)
            await self._fresh()

    async def _rest(self) -> None:
        order = await self.strategy.resting(symbol=self.quiet_symbol)
        self.bystander = order.id

    async def pass_on(self, asked: Asked) -> Reply:
        """Sends one generated request, and sees to what it did."""
        if self.over:
            return NOWHERE
        reply = await self._send(asked, await self._aimed(asked))
        if reply is NOWHERE:
            return reply
        if asked.case:
            self.numbers[asked.case] = reply.exchange
        self.passed += 1
        try:
            await self._see_to(asked, reply)
        except StepFailed as error:
            # It was about this one request: the next may find all as it should be.
            self.strategy.note("not-seen-to", f"what it did was not seen to: {error}")
        return reply

    async def _see_to(self, asked: Asked, reply: Reply) -> None:
        if reply.lost:
            await self._lost(asked, reply)
        elif asked.method in CHANGING and self.looking:
            await self._after(reply)
        if self.every and self.passed % self.every == 0 and not self.over:
            await self.settle()

    async def _send(self, asked: Asked, target: str) -> Reply:
        headers = {"content-type": "", **asked.headers}
        try:
            reply = await self.strategy.request(
                asked.method, target, body=asked.body, headers=headers, deliberate=True
            )
        except SafetyRefusal as refusal:
            # Where trading is bounded, what could trade beyond it stays at home.
            self.strategy.note("not-sent", f"{asked.method} {target}: {refusal}")
            return NOWHERE
        self.asked[reply.exchange] = asked
        return reply

    # --- ids that live -----------------------------------------------------------

    async def _aimed(self, asked: Asked) -> str:
        """The target with an id that exists, where it asks for one."""
        path, mark, query = asked.target.partition("?")
        for name, token in LIVE.items():
            if f"/{token}" in path:
                living = await self._living(name, asked.method)
                path = path.replace(token, quote(living, safe=""))
        return path + mark + query

    async def _living(self, name: str, method: str) -> str:
        try:
            if name == "order_id":
                return await self._living_order()
            # Only exits that rest can be moved.
            return await self._living_position(EXITS if method == "PATCH" else {})
        except StepFailed as error:
            self.strategy.note("no-id", f"nothing that lives could be made: {error}")
            return "unknown-id"

    async def _living_order(self) -> str:
        known = self.live.get("order_id")
        if known is not None:
            shown = await self.strategy.show(known)
            if shown.field("status") in LIVING:
                return known
        order = await self.strategy.resting(symbol=self.symbol)
        self.live["order_id"] = order.id
        return order.id

    async def _living_position(self, exits: Mapping[str, str]) -> str:
        held = await self.strategy.positions(self.symbol)
        if not held:
            assert self.stream is not None
            await self.strategy.bought(self.stream, "3", symbol=self.symbol, **exits)
            held = await self.strategy.positions(self.symbol)
        if not held:
            raise StepFailed(f"a position in {self.symbol}", "no position is listed")
        self.live["position_id"] = str(held[0].get("id"))
        return self.live["position_id"]

    # --- bystanders --------------------------------------------------------------

    async def _after(self, reply: Reply) -> None:
        """Looks, undoes what was accepted, and puts bystanders back that are gone."""
        await self._settled(reply)
        facts = await self.look(reply.exchange)
        made = reply.field("id")
        if reply.status == 201 and isinstance(made, str):
            shown = await self.strategy.show(made)
            if self.undoing and shown.field("status") in LIVING:
                await self.strategy.cancel(made)
        order = facts["order"]
        if not facts["seen"]:
            return
        if not isinstance(order, dict) or order.get("status") not in LIVING:
            await self._rest()
            await self.look()
        if facts["position"] is None:
            await self._hold_again()

    async def _settled(self, reply: Reply) -> None:
        """Waits until the closes that were accepted have filled, as they will soon."""
        if reply.status != 200 or self.stream is None:
            return
        told = reply.json
        for row in told if isinstance(told, list) else [told]:
            made = row.get("id") if isinstance(row, dict) else None
            if isinstance(made, str) and not await self._rests(made):
                await self.strategy.done(self.stream, made)

    async def _rests(self, order_id: str) -> bool:
        """Whether an order has a price, so that it may never fill."""
        shown = await self.strategy.show(order_id)
        return shown.status != 200 or shown.field("order_type") != "MARKET"

    async def _hold_again(self) -> None:
        assert self.stream is not None
        try:
            await self.strategy.bought(self.stream, "2", symbol=self.quiet_symbol)
        except StepFailed as error:
            self.strategy.note("no-position", f"no bystander any more: {error}")
        await self.look()

    async def look(self, after: int | None = None) -> Mapping[str, Json]:
        """What the bystanders are, noted; `after` is the exchange just before."""
        shown = await self.ask(f"/v1/orders/{quote(self.bystander, safe='')}")
        told = shown.json
        order = {n: told.get(n) for n in KEPT} if isinstance(told, dict) else None
        reply = await self.ask(
            f"/v1/positions?symbol={quote(self.quiet_symbol, safe='')}"
        )
        rows = reply.json if isinstance(reply.json, list) else []
        held = [r for r in rows if isinstance(r, dict)]
        position = {n: held[0].get(n) for n in ("side", "quantity")} if held else None
        facts = {
            "after": after,
            "id": self.bystander,
            # What was not answered shows nothing: least of all that it is gone.
            "seen": shown.status in (200, 404) and reply.status == 200,
            "order": order if shown.status == 200 else None,
            "position": position,
            "position_id": held[0].get("id") if held else None,
            "shown": [shown.exchange, reply.exchange],
        }
        self.strategy.note("look", "what nobody asked to change", **facts)
        return facts

    async def ask(self, path: str) -> Reply:
        """A GET of ours; once more where a connection ended under it.

        A server may end one after it refused a body that it did not read.
        """
        reply = await self.strategy.get(path)
        if reply.lost in BROKEN:
            reply = await self.strategy.get(path)
        return reply

    async def settle(self) -> None:
        """Notes whether what was filled is what is held, once all has been told."""
        held = filled = None
        for pause in PAUSES if self.balanced else PAUSES[:1]:
            await asyncio.sleep(pause)
            await self.strategy.fence()
            reply = await self.ask(
                f"/v1/positions?symbol={quote(self.symbol, safe='')}"
            )
            if reply.status != 200:
                return
            held = held_in(reply.json)
            filled = filled_in_all(self.strategy.recorder.entries, self.symbol)
            if held == filled:
                break
        # What was out once stays out: nobody needs to wait for it again.
        self.balanced = held == filled
        told = f"{plain(filled)} filled, {plain(held)} held"
        facts = {"filled": plain(filled), "held": plain(held), "shown": reply.exchange}
        self.strategy.note("settled", told, **facts)

    def note_memory(self, when: str) -> None:
        """What the Gateway's process takes now."""
        taken = self.strategy.instance.memory
        self.strategy.note("memory", when, bytes=taken, deaths=self.deaths)

    # --- a Gateway that ends ------------------------------------------------------

    async def _lost(self, asked: Asked, reply: Reply) -> None:
        """Finds out whether the Gateway is gone; goes on with a fresh one."""
        if not await is_gone(self.strategy, DYING_SECONDS):
            await self._once_more(asked, reply)
            return
        self.deaths += 1
        tell_death(self.strategy)
        if self.strategy.subject.shared:
            self.deaths = self.most
            self._blame(reply.exchange, None)
            return
        await self._fresh()
        again = await self._send(asked, await self._aimed(asked))
        confirmed = bool(again.lost) and await is_gone(self.strategy, DYING_SECONDS)
        self._blame(again.exchange if confirmed else reply.exchange, confirmed)
        if confirmed:
            self.deaths += 1
            await self._fresh()

    async def _once_more(self, asked: Asked, reply: Reply) -> None:
        """Whether it was the request that got no answer, or an old connection."""
        if reply.lost not in BROKEN:
            self.silent += 1
            return
        again = await self._send(asked, await self._aimed(asked))
        told = "it was answered" if again.status else "it was not answered either"
        facts = {"exchange": reply.exchange, "answered": bool(again.status)}
        self.strategy.note("once-more", f"sent once more, {told}", **facts)
        if again.status and asked.method in CHANGING and self.looking:
            await self._after(again)

    def _blame(self, exchange: int, confirmed: bool | None) -> None:
        told = {
            True: "sent alone to a fresh Gateway, it ended that too",
            False: "sent alone to a fresh Gateway, it did no harm",
            None: "it could not be sent to a fresh Gateway",
        }[confirmed]
        self.strategy.note("culprit", told, exchange=exchange, confirmed=confirmed)

    async def _fresh(self) -> None:
        await self.strategy.instance.kill()
        await self.strategy.start()
        if not self.over:
            await self.lay()
