"""The Gateway under a script's hand: there, away, and there again."""

import shutil
from contextlib import suppress

from conformance.errors import BadFile
from conformance.peers.engine.conduct import How
from conformance.peers.strategy.pacing import Pacing


class PlayedGateway(Pacing):
    """What a script plays: the wire, the account, the market, the strategy's life."""

    async def open(self) -> None:
        """Listens; BadFile where the profile's port is taken."""
        try:
            await self.server.start(self._port)
        except OSError as error:
            profile = self.start.profile
            if profile.port is None:
                raise
            reason = f"port: {profile.port} cannot be listened at: {error.strerror}"
            raise BadFile(profile.source, 0, reason) from None
        self._port = int(self.server.url.rpartition(":")[2])

    def listen_at(self, port: int) -> None:
        """Where it will listen; it takes a free port otherwise."""
        self._port = port

    async def leave(self) -> None:
        """Goes away: nobody listens, every connection is reset."""
        self.recorder.note("the Gateway goes away", name="away", facts=self._mark)
        self.stream.end(How.RST)
        await self.server.stop()

    async def shut_down(self) -> None:
        """Goes away in good order, as the Gateway does that is told to end."""
        self.recorder.note("the Gateway shuts down", name="away", facts=self._mark)
        for client in self.stream.open:
            client.ended = ("us", 1001)
        # Whoever dials again at once is refused, as at the real one.
        await self.server.deafen()
        await self.server.shutdown()

    async def come_back(self) -> None:
        """Listens again where it was; its books are what they were."""
        self.server.handlers.shutting_down = False
        await self.server.start(self._port)
        self.recorder.note("the Gateway is back", name="back", facts=self._mark)

    async def close(self) -> None:
        """Ends the strategy's process and the server."""
        await self.end_strategy()
        self.server.over.set()
        await self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def end_strategy(self) -> None:
        """Ends the strategy at once; nothing more is planned for it."""
        if self.process is not None:
            await self.process.kill()
            with suppress(TimeoutError):
                await self.process.gone(2)
        self.no_more()
