"""Tells an alarm: a line, and a command of the user's that nothing waits for."""

import asyncio
import os
import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress

AT_ONCE = 4
"""Commands that run side by side; of what comes meanwhile only the line is told."""

SECONDS = 30.0
"""How long a command may take before it is ended."""


class Alarms:
    """Runs the user's command for each alarm."""

    def __init__(
        self, command: str | None, session: str, say: Callable[[str], None]
    ) -> None:
        self._words = shlex.split(command or "")
        self._session, self._say = session, say
        self._tasks: set[asyncio.Task[None]] = set()

    def raise_(self, facts: Mapping[str, str]) -> None:
        """Says it at once, and starts the command."""
        self._say(f"ALARM {facts['threshold']}: {facts['sentence']}")
        if not self._words:
            return
        if len(self._tasks) >= AT_ONCE:
            self._say("the alarm's command still runs, it is not run once more")
            return
        task = asyncio.create_task(self._run(facts))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float = 5.0) -> None:
        """Lets those that run end, for a while."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, facts: Mapping[str, str]) -> None:
        given = {k: v for k, v in os.environ.items() if k != "GATEWAY_API_KEY"}
        told = {f"CONFORMANCE_ALARM_{k.upper()}": v for k, v in facts.items()}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={**given, **told, "CONFORMANCE_SESSION": self._session},
            )
        except (OSError, ValueError) as error:
            self._say(f"the alarm's command cannot be run: {error}")
            return
        try:
            async with asyncio.timeout(SECONDS):
                status = await process.wait()
        except TimeoutError:
            self._say(f"the alarm's command was ended after {SECONDS:g} s")
            return
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if status:
            self._say(f"the alarm's command ended with status {status}")
