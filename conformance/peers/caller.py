"""The strategy that a script plays, as a client of the Gateway's REST."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.firewall import Firewall
from conformance.peers.instances import Instance, Subject
from conformance.peers.pace import Pace
from conformance.peers.raw_http import HalfRequest, send_half
from conformance.peers.reply import Reply
from conformance.peers.rest import Address, RestClient, dumps

REST_SECONDS = 5.0
"""How long a venue is left alone that answers 429 and does not say how long."""

LONGEST_REST = 30.0


@dataclass
class Caller:
    """Sends requests to the script's instance, past the firewall."""

    recorder: Recorder
    subject: Subject
    instance: Instance
    symbols: tuple[str, ...]
    prefix: str
    random: random.Random
    firewall: Firewall
    pace: Pace
    limit: asyncio.Timeout | None = None
    """The script's time, while it plays."""
    _clients: list[RestClient] = field(default_factory=list)
    _rest: RestClient | None = None
    _halves: list[HalfRequest] = field(default_factory=list)

    @property
    def symbol(self) -> str:
        """The script's first symbol."""
        return self.symbols[0]

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

    def note(self, name: str, text: str, **facts: Json) -> None:
        """Writes a decision or an observation of ours into the transcript."""
        self.recorder.note(text, name=name, facts=facts)
