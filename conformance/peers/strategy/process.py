"""The strategy as a process: what it is told by its environment, what it prints."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.child import Child, without_proxies

URLS = (
    "TEKTII_TRADING_GATEWAY_URL",
    "TRADING_GATEWAY_URL",
    "TEKTII_GATEWAY_URL",
    "GATEWAY_URL",
    "REST_URL",
)
"""Variables that strategies read for the Gateway's URL: the SDK's, in all versions, the
public documents' and the older examples'."""

STREAMS = ("WS_URL", "GATEWAY_WS_URL")
KEYS = (
    "TEKTII_TRADING_GATEWAY_API_KEY",
    "TRADING_GATEWAY_API_KEY",
    "GATEWAY_API_KEY",
)
MOST_LINES, MOST_LETTERS = 10_000, 1_000_000
"""What one process prints at the most that is kept: a hundred runs are in memory."""

FOREIGN = ("TEKTII_API_KEY", "TEKTII_ENGINE_URL", "TEKTII_ENGINE_WS_URL")
BROKERS = ("ALPACA_", "BINANCE_", "OANDA_", "SAXO_")
"""What leads to a real broker is not passed on: a strategy could go round us."""


def environment_for(
    user: Mapping[str, str],
    url: str,
    key: str | None,
    declared: Mapping[str, str],
) -> dict[str, str]:
    """What a strategy's process is told: addresses, key, and what the user declared."""
    kept = {
        name: value
        for name, value in without_proxies(user).items()
        if name not in (*FOREIGN, *KEYS) and not name.startswith(BROKERS)
    }
    stream = "ws" + url.removeprefix("http") + "/v1/ws"
    told = dict.fromkeys(URLS, url) | dict.fromkeys(STREAMS, stream)
    told |= dict.fromkeys(KEYS, key) if key else {}
    plain = {"NO_PROXY": "127.0.0.1,localhost", "PYTHONUNBUFFERED": "1"}
    return {**kept, **plain, **told, **declared}


class StrategyProcess(Child):
    """One start of the strategy; all that it prints goes into the transcript."""

    def __init__(
        self,
        command: str,
        recorder: Recorder,
        run: str,
        ended: Callable[[], None],
    ) -> None:
        super().__init__(command, self._print)
        self._recorder = recorder
        self._run = run
        self._ended = ended
        self._lines_left = MOST_LINES
        self._letters_left = MOST_LETTERS
        self._passed_over = 0

    async def begin(self, variables: Mapping[str, str], folder: Path) -> None:
        """Starts it; SubjectExited where it cannot be started at all."""
        await self.spawn(variables, folder)
        self._note("started")
        self._watcher = asyncio.create_task(self._watch())

    async def gone(self, seconds: float) -> bool:
        """Waits until its end is written down; whether it came in time."""
        await asyncio.wait([self._watcher], timeout=seconds)
        return self._watcher.done()

    def tell(self, number: signal.Signals) -> None:
        """Sends a signal, and writes down that it was sent."""
        self._note("signalled", detail=number.name)
        self.signal(number)

    async def _watch(self) -> None:
        await self.exited()
        # What it printed last is still on its way; a process of its own may hold on.
        if self._reader is not None:
            await asyncio.wait([self._reader], timeout=0.5)
        if self._passed_over:
            self._keep(f"({self._passed_over} more lines were printed, and not kept)")
        self._note("exited", status=self.exit_status)
        self._ended()

    def _print(self, line: str) -> None:
        self._lines_left -= 1
        self._letters_left -= len(line)
        if self._lines_left < 0 or self._letters_left < 0:
            self._passed_over += 1
        else:
            self._keep(line)

    def _keep(self, line: str) -> None:
        self._recorder.add(Party.STRATEGY, Kind.LOG, run=self._run, text=line)

    def _note(self, event: str, status: int | None = None, detail: str = "") -> None:
        self._recorder.add(
            Party.STRATEGY,
            Kind.PROCESS,
            run=self._run,
            event=event,
            status=status,
            detail=detail,
        )
