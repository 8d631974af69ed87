"""The strategy's process under a script's hand: started, signalled, killed, read."""

import signal

from conformance.errors import StepFailed, SubjectExited
from conformance.peers.child import Child, starved_of
from conformance.peers.strategy.account import Account
from conformance.peers.strategy.process import StrategyProcess, environment_for
from conformance.spec.profile import KillSwitch, Records


class Life(Account):
    """From its start to its end, with what it writes."""

    async def launch(self) -> None:
        """Starts the strategy; SubjectExited where it cannot be started at all."""
        self.process = StrategyProcess(
            self.start.command, self.recorder, self.run, self.server.news.tell
        )
        await self.process.begin(self._variables(), self.start.folder)

    def _variables(self) -> dict[str, str]:
        """The environment of the strategy's process."""
        profile = self.start.profile
        key = self.start.key if self.terms.key else None
        folder = str(self.folder)
        declared = {
            name: value.replace("{folder}", folder)
            for name, value in {**profile.environment, **self.terms.environment}.items()
        }
        return environment_for(self.start.user, self.url, key, declared)

    async def connected(self, count: int = 1, seconds: float | None = None) -> bool:
        """Waits until the strategy's stream was opened so often; whether it was."""
        budget = self.start.profile.start_seconds if seconds is None else seconds
        return await self.wait(lambda: self.stream.opened >= count, budget)

    async def attached(self) -> None:
        """Starts the strategy and waits until it has opened its stream (once more).

        Raises SubjectExited or StepFailed where it never comes.
        """
        before = self.stream.opened
        await self.launch()
        if await self.connected(before + 1):
            return
        if self.ended:
            assert self.process is not None
            # Its last words may still be on their way.
            await self.process.gone(2)
            tail = "\n".join(self.process.log[-12:])
            raise SubjectExited(self.start.command, self.process.exit_status, tail)
        waited = self.start.profile.start_seconds
        raise StepFailed("the strategy's stream", f"nothing within {waited:g} s", False)

    async def kill(self) -> None:
        """Ends the strategy as a machine does that fails."""
        assert self.process is not None
        self.tell_process(signal.SIGKILL)
        await self.gone(5)

    @property
    def start_seconds(self) -> float:
        """How long the strategy may take to connect."""
        return self.start.profile.start_seconds

    def tell_process(self, number: signal.Signals) -> None:
        """Sends the strategy a signal."""
        assert self.process is not None
        self.process.tell(number)

    async def has_ended(self, seconds: float) -> bool:
        """Whether its process ended, or will that has let go of its stream."""
        if not self.stream.open:
            await self.wait(lambda: bool(self.stream.open), seconds)
        return self.ended

    async def gone(self, seconds: float) -> bool:
        """Waits for the strategy's end; whether it came in time."""
        assert self.process is not None
        return await self.process.gone(seconds)

    async def pull(self, switch: KillSwitch) -> None:
        """Pulls the declared kill switch: sends the signal, or runs the command."""
        if switch.signal:
            self.tell_process(signal.Signals[switch.signal])
            return
        assert self.process is not None
        variables = self._variables()
        variables |= {"STRATEGY_PID": str(self.process.pid or "")}
        found = Child(switch.command.replace("{folder}", str(self.folder)))
        await found.spawn(variables, self.start.folder)
        await found.ended(switch.seconds)
        await found.kill()

    @property
    def printed(self) -> tuple[str, ...]:
        """The lines that it has printed."""
        return () if self.process is None else self.process.log

    @property
    def starved(self) -> float:
        """Seconds that we and its process stood ready and were given no processor."""
        own = starved_of("self")
        return own + (0.0 if self.process is None else self.process.starved)

    @property
    def memory(self) -> int | None:
        """Bytes that its process takes."""
        return None if self.process is None else self.process.memory

    def written(self, records: Records | None) -> str:
        """What stands in its declared file of records; its end, if that is long."""
        return "" if records is None else self._read(records.file)[-20_000:]

    def alert_size(self) -> int:
        """How long its declared file of alarms is."""
        alert = self.start.profile.alert
        return 0 if alert is None else len(self._read(alert.file))

    def _read(self, name: str) -> str:
        path = self.start.folder / name.replace("{folder}", str(self.folder))
        if not name or not path.is_file():
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
