"""The strategy that a script plays: orders, streams, waits, and the instance below."""

import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance.errors import StepFailed
from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.engine import PlayedEngine
from conformance.peers.firewall import Firewall, price_of
from conformance.peers.instances import Instance, Subject
from conformance.peers.raw_http import HalfRequest, send_half
from conformance.peers.reply import Reply
from conformance.peers.rest import Address, RestClient, dumps
from conformance.peers.stream import Heard, PlayedStream, Refusal, open_stream

REST_SECONDS = 5.0
"""How long a venue is left alone that answers 429 and does not say how long."""

LONGEST_REST = 30.0

FAR_BELOW = "0.01"
"""A price that no market reaches: a limit buy there rests."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that the Gateway accepted."""

    id: str
    client_id: str
    fields: Mapping[str, Json]
    reply: Reply


@dataclass(slots=True)
class Pace:
    """How long waits last, in seconds; mutants of an instant reference wait less."""

    patience: float = 4.0
    """For what must come."""
    quiet: float = 0.8
    """For what must not come on its own."""
    answer: float = 10.0
    """For the whole answer to a request."""
    heartbeat: float = 65.0
    """For a ping message of a Gateway whose documents do not say how often."""
    ending: float = 10.0
    """For a Gateway that was asked to end: what docker stop waits."""


@dataclass
class Played:
    """One script's view of the subject: own symbols, ids, streams and transcript."""

    recorder: Recorder
    subject: Subject
    instance: Instance
    symbols: tuple[str, ...]
    prefix: str
    random: random.Random
    firewall: Firewall
    pace: Pace
    capabilities: Json = None
    environment: Mapping[str, str] = field(default_factory=dict)
    examples: int = 0
    """How many examples a fuzz script generates beyond its fixed ones."""
    limit: asyncio.Timeout | None = None
    """The script's time, while it plays."""
    below: PlayedEngine | None = None
    """The Engine that was asked for with `Needs(engine=True)`."""
    _count: int = 0
    _streams: list[PlayedStream] = field(default_factory=list)
    _clients: list[RestClient] = field(default_factory=list)
    _rest: RestClient | None = None
    _mine: list[Instance] = field(default_factory=list)
    _folders: list[Path] = field(default_factory=list)
    _halves: list[HalfRequest] = field(default_factory=list)
    _opened: list[str] = field(default_factory=list)

    @property
    def symbol(self) -> str:
        """The script's first symbol."""
        return self.symbols[0]

    @property
    def engine(self) -> PlayedEngine:
        """The Engine below the Gateway."""
        assert self.below is not None, "Needs(engine=True) was not asked for"
        return self.below

    # --- REST -----------------------------------------------------------------

    def client(self, address: Address | None = None) -> RestClient:
        """A further HTTP client with connections of its own, to another address too."""
        client = RestClient(
            address or self.instance.address,
            self.recorder,
            self.firewall.admit,
            self.pace.answer,
        )
        self._clients.append(client)
        return client

    async def request(self, method: str, path: str, **options: Any) -> Reply:
        """One REST request; see RestClient.request for the options.

        On an account that is no simulation, an answer of 429 is waited out.
        """
        if self._rest is None:
            self._rest = self.client()
        reply = await self._rest.request(method, path, **options)
        if reply.status == 429 and self.firewall.guarded:
            await self._wait_out(reply)
        return reply

    async def _wait_out(self, reply: Reply) -> None:
        """Lets the venue rest as long as it asks; the script's time stands still."""
        told = reply.header("retry-after") or ""
        seconds = min(float(told), LONGEST_REST) if told.isdecimal() else REST_SECONDS
        self.note("rest", f"429: nothing is sent for {seconds:g} s", seconds=seconds)
        if self.limit is not None and (end := self.limit.when()) is not None:
            self.limit.reschedule(end + seconds)
        await asyncio.sleep(seconds)

    async def half(self, method: str, path: str, json: Json) -> HalfRequest:
        """A request of which the last bytes are kept back until it is finished."""
        text = dumps(json)
        self.firewall.admit(method, path, text)
        half = await send_half(
            self.instance.address, self.recorder, method, path, text.encode(), 5
        )
        self._halves.append(half)
        return half

    async def get(self, path: str, **options: Any) -> Reply:
        """GET."""
        return await self.request("GET", path, **options)

    async def delete(self, path: str, **options: Any) -> Reply:
        """DELETE."""
        return await self.request("DELETE", path, **options)

    # --- orders ---------------------------------------------------------------

    def client_id(self) -> str:
        """A client order id that nobody used before."""
        self._count += 1
        return f"{self.prefix}-{self._count}"

    def order(self, **fields: Json) -> dict[str, Json]:
        """The body of an order: a market buy of 1 unless told otherwise.

        A field given as None is left out.
        """
        asked: dict[str, Json] = {
            "symbol": self.symbol,
            "side": "BUY",
            "quantity": "1",
            "order_type": "MARKET",
            "client_order_id": self.client_id(),
            **fields,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def submit(self, *, deliberate: bool = False, **fields: Json) -> Reply:
        """Sends an order and returns whatever was answered."""
        body = self.order(**fields)
        reply = await self.request(
            "POST", "/v1/orders", json=body, deliberate=deliberate
        )
        order_id = reply.field("id")
        if isinstance(order_id, str):
            self._opened.append(order_id)
            self.firewall.placed(order_id, body)
        return reply

    async def place(self, **fields: Json) -> Placed:
        """Sends an order that must be accepted; StepFailed where it is not."""
        body = self.order(**fields)
        reply = await self.request("POST", "/v1/orders", json=body)
        order_id = reply.field("id")
        if reply.status != 201 or not isinstance(order_id, str):
            raise StepFailed(f"an order {body}", str(reply), not reply.lost)
        self._opened.append(order_id)
        self.firewall.placed(order_id, body)
        return Placed(order_id, str(body.get("client_order_id", "")), body, reply)

    async def resting(self, **fields: Json) -> Placed:
        """A limit buy far below the market, which stays open."""
        asked = {"order_type": "LIMIT", "limit_price": FAR_BELOW, **fields}
        return await self.place(**asked)

    async def show(self, order_id: str) -> Reply:
        """GET of one order."""
        return await self.get(f"/v1/orders/{quote(order_id, safe='')}")

    async def cancel(self, order_id: str) -> Reply:
        """DELETE of one order."""
        return await self.delete(f"/v1/orders/{quote(order_id, safe='')}")

    async def modify(self, order_id: str, **changes: Json) -> Reply:
        """PATCH of one order."""
        path = f"/v1/orders/{quote(order_id, safe='')}"
        return await self.request("PATCH", path, json=changes)

    async def price(self, symbol: str | None = None) -> Decimal:
        """The last price of a symbol; StepFailed where there is no quote."""
        name = symbol or self.symbol
        reply = await self.get(f"/v1/quotes/{quote(name, safe='')}")
        told = (price_of(reply.field(field)) for field in ("last", "ask"))
        price = next((each for each in told if each is not None), None)
        if reply.status != 200 or price is None:
            raise StepFailed(f"the quote of {name}", str(reply), not reply.lost)
        self.firewall.learn(name, price)
        return price

    async def positions(self, symbol: str | None = None) -> list[dict[str, Json]]:
        """The open positions of a symbol; StepFailed where there is no list."""
        name = symbol or self.symbol
        reply = await self.get(f"/v1/positions?symbol={quote(name, safe='')}")
        if reply.status != 200 or not isinstance(reply.json, list):
            raise StepFailed(f"the positions of {name}", str(reply), not reply.lost)
        return [p for p in reply.json if isinstance(p, dict)]

    # --- stream ---------------------------------------------------------------

    async def stream(self, name: str = "stream-1", **options: Any) -> PlayedStream:
        """Opens a stream; StepFailed where the upgrade is refused."""
        opened = await self.try_stream(name, **options)
        if isinstance(opened, Refusal):
            raise StepFailed(
                "the upgrade to the stream", f"{opened.status} {opened.text}"
            )
        return opened

    async def try_stream(
        self, name: str = "stream-1", **options: Any
    ) -> PlayedStream | Refusal:
        """Opens a stream, or returns how the upgrade was refused."""
        address = self.instance.address
        opened = await open_stream(name, address, self.recorder, **options)
        if isinstance(opened, PlayedStream):
            self._streams.append(opened)
        return opened

    async def announced(
        self,
        stream: PlayedStream,
        order_id: str,
        *events: str,
        seconds: float | None = None,
        since: int = 0,
    ) -> Heard | None:
        """The first message that announces one of these events of an order."""

        def wanted(heard: Heard) -> bool:
            return heard.order.get("id") == order_id and heard.event in events

        return await self.wait(
            stream, f"{' or '.join(events)} of {order_id}", wanted, seconds, since
        )

    async def wait(
        self,
        stream: PlayedStream,
        what: str,
        wanted: Callable[[Heard], bool],
        seconds: float | None = None,
        since: int = 0,
    ) -> Heard | None:
        """The first wanted message, or None; the transcript says which."""
        budget = self.pace.patience if seconds is None else seconds
        return await stream.wait(what, wanted, seconds=budget, since=since)

    async def done(self, stream: PlayedStream, order_id: str) -> Heard | None:
        """Waits for an order's terminal event."""
        ends = ("ORDER_FILLED", "ORDER_CANCELLED", "ORDER_REJECTED", "ORDER_EXPIRED")
        return await self.announced(stream, order_id, *ends)

    async def bought(
        self, stream: PlayedStream, quantity: str, side: str = "BUY", **fields: Json
    ) -> Placed:
        """A market order, filled; StepFailed where no fill was announced or shown."""
        order = await self.place(side=side, quantity=quantity, **fields)
        heard = await self.announced(stream, order.id, "ORDER_FILLED")
        if heard is None:
            shown = await self.show(order.id)
            if shown.field("status") != "FILLED":
                raise StepFailed(f"a market order of {quantity}", f"no fill: {shown}")
        return order

    async def acknowledge(self, stream: PlayedStream, *event_ids: str) -> bool:
        """Says that these events were processed, in one message."""
        self._count += 1
        return await stream.send(
            {
                "type": "event_ack",
                "correlation_id": f"{self.prefix}-ack-{self._count}",
                "events_processed": list(event_ids),
                "timestamp": int(time.time() * 1000),
            }
        )

    async def told(self, stream: PlayedStream, event_id: str) -> Heard | None:
        """The first message that carries this event id."""

        def wanted(heard: Heard) -> bool:
            return (
                isinstance(heard.json, dict) and heard.json.get("event_id") == event_id
            )

        return await self.wait(stream, f"event {event_id}", wanted)

    async def fence(self) -> bool:
        """Whether a marker order, sent now, was announced on every open stream.

        A client's stream keeps its provider's order: once the marker is announced,
        nothing that happened before it is still to come.
        """
        marker = await self.place(
            order_type="LIMIT", limit_price=FAR_BELOW, client_order_id=self.client_id()
        )
        passed = True
        for stream in self._streams:
            if not stream.closed:
                heard = await self.announced(stream, marker.id, "ORDER_CREATED")
                passed = passed and heard is not None
        await self.cancel(marker.id)
        self.recorder.note(
            f"fence {marker.id} {'passed' if passed else 'was not announced'}",
            name="fence",
            facts={"order": marker.id, "passed": passed},
        )
        return passed

    @property
    def open_streams(self) -> tuple[PlayedStream, ...]:
        """The streams that this script opened, in order."""
        return tuple(self._streams)

    @property
    def opened(self) -> tuple[str, ...]:
        """The ids of the orders that this script placed, in order."""
        return tuple(self._opened)

    # --- notes and instances -----------------------------------------------------

    def note(self, name: str, text: str, **facts: Json) -> None:
        """Writes a decision or an observation of ours into the transcript."""
        self.recorder.note(text, name=name, facts=facts)

    async def start(
        self,
        environment: Mapping[str, str | None] | None = None,
        *,
        folder: Path | None = None,
        ready: bool = True,
        use: bool = True,
    ) -> Instance:
        """Starts a further instance, which the next requests go to (with `use`)."""
        asked = {**self.environment, **(environment or {})}
        self.recorder.add(
            Party.SUITE, Kind.PROCESS, event="starting", environment=dict(asked)
        )
        name = self.recorder.header.instance
        instance = await self.subject.start(name, asked, folder=folder, ready=ready)
        self._mine.append(instance)
        self.recorder.add(Party.SUITE, Kind.PROCESS, event="started")
        if use:
            self.instance, self._rest = instance, None
        return instance

    async def terminate(self) -> bool:
        """Sends SIGTERM to the instance and waits; whether it ended in time."""
        self.recorder.add(
            Party.SUITE, Kind.PROCESS, event="signalled", status="SIGTERM"
        )
        began = self.recorder.now
        await self.instance.terminate()
        ended = await self.instance.ended(self.pace.ending)
        self.recorder.add(
            Party.GATEWAY,
            Kind.PROCESS,
            event="exited" if ended else "still running",
            status=self.instance.exit_status,
            seconds=round(self.recorder.now - began, 3),
        )
        return ended

    async def exited(self, seconds: float = 10.0) -> int | None:
        """Waits for an instance that should end by itself; its status, None if not."""
        ended = await self.instance.ended(seconds)
        self.recorder.add(
            Party.GATEWAY,
            Kind.PROCESS,
            event="exited" if ended else "still running",
            status=self.instance.exit_status,
        )
        return self.instance.exit_status if ended else None

    def keep_log(self, most: int = 400) -> None:
        """Puts what the instance printed so far into the transcript."""
        for line in self.instance.log[-most:]:
            self.recorder.add(Party.GATEWAY, Kind.LOG, text=line)

    def scratch(self, text: str) -> Path:
        """A file with this text, which goes when the script ends."""
        folder = Path(tempfile.mkdtemp(prefix="conformance-"))
        self._folders.append(folder)
        path = folder / "file"
        path.write_text(text, encoding="utf-8")
        return path

    async def hang_up(self) -> None:
        """Closes everything this script opened, and ends its own instances."""
        for half in self._halves:
            half.close()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        for stream in self._streams:
            if not stream.closed:
                await stream.close()
        for client in self._clients:
            await client.close()
        for instance in self._mine:
            await self.subject.release(instance)
