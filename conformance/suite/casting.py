"""Before the first script: what is judged, the doctor's look at it, what may trade."""

import asyncio
import shlex
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.errors import BadOption, SafetyRefusal, SubjectUnfit
from conformance.evidence.entry import Json
from conformance.evidence.recorder import Unkept
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.record import SubjectFacts
from conformance.peers.cast import Cast, Take
from conformance.peers.embedded import EmbeddedSubject
from conformance.peers.engine.engine import PlayedEngine
from conformance.peers.firewall import Firewall, Permission, permission_for
from conformance.peers.instances import RunningSubject, Subject, reach
from conformance.peers.played import Played
from conformance.peers.processes import CommandSubject
from conformance.peers.rest import Address
from conformance.peers.scene import Needs, Scene
from conformance.peers.stage import play, play_all
from conformance.peers.trust import trusting
from conformance.settings import EMBEDDED, Settings
from conformance.spec.platforms import simulated
from conformance.suite.doctor import (
    Examination,
    guard_positions,
    look,
    refusal,
    try_events,
)
from conformance.suite.drift import drift, drift_notices
from conformance.suite.second_opinion import (
    disagreements,
    illegal_below,
    illegal_requests,
)

DOCTOR = "doctor"
AFTERWARDS = "account-after"


class Casting:
    """Finds out what the scripts of one run are played on and with."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        redactor: Redactor,
        started: datetime,
    ) -> None:
        self._settings = settings
        self._redactor = redactor
        self._run_id = _run_id(started)
        self.subject = subject_of(settings, environment, redactor)
        self.examined = Examination(SubjectFacts(self.subject.kind, self.subject.shown))
        self.takes: list[Take] = []
        """What the doctor did: kept as evidence, judged by no check."""
        self.after: Json = None
        self._engine: PlayedEngine | None = None

    @property
    def mark(self) -> str:
        """How every client order id of this run begins."""
        return f"cf{self._run_id}"

    async def cast(self) -> Cast:
        """The doctor's reading look, the interlock, then one order of its own.

        Raises RunError where nothing can be judged, SafetyRefusal where nothing may
        trade.
        """
        subject = self.subject
        if isinstance(subject, RunningSubject):
            await reach(subject.address, subject.shown)
        await self._play_engine()
        cast = self._cast(Permission(unbounded=True))
        await self._consult(cast, reading=True)
        await self._compare()
        permission = self._permission()
        guard_positions(self.examined, permission)
        facts = self.examined.facts
        cast = replace(
            cast,
            permission=permission,
            firewall=Firewall(permission),
            provider=", ".join(facts.platforms) or "unknown",
            symbols=self._settings.gateway_symbols,
            capabilities=facts.capabilities,
            clean=self.examined.clean,
        )
        if permission.unbounded or cast.bounded:
            await self._consult(cast, reading=False)
        return cast

    async def play(self, scene: Scene, cast: Any, take: int) -> Take:
        """One take of a script."""
        return await play(scene, cast, take)

    async def play_all(
        self,
        scenes: Sequence[Scene],
        cast: Any,
        perform: Callable[[Scene, Any], Awaitable[None]],
    ) -> None:
        """Has every script performed."""
        await play_all(scenes, cast, perform)

    def faults(self, transcripts: Iterable[Transcript]) -> Iterator[str]:
        """Illegal requests of ours, and answers that two validators judge unlike."""
        known = tuple(transcripts)
        yield from illegal_requests(known)
        yield from illegal_below(known)
        yield from disagreements(known)

    async def look_again(self, cast: Any) -> None:
        """Reads the account of a Gateway that goes on running."""
        if not cast.subject.shared:
            return

        async def script(played: Played) -> None:
            self.after = (await played.get("/v1/account")).json

        await play(Scene(AFTERWARDS, script, Needs(orders=False)), cast)

    async def close(self) -> None:
        """Ends the embedded Gateway, the Engine, and instances that were started."""
        if self._engine is not None:
            await self._engine.stop()
        if isinstance(self.subject, EmbeddedSubject | CommandSubject):
            await self.subject.close()

    async def _play_engine(self) -> None:
        """Listens where the Gateway that runs already looks for its upstream."""
        if self._settings.gateway_engine is None:
            return
        host, port = self._settings.gateway_engine
        header = Header("engine", "no script", "tektii", "", (), 0, "")
        engine = PlayedEngine(Unkept(header, time.perf_counter))
        try:
            await engine.start(port, host)
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadOption("--gateway-engine", f"{host}:{port}", reason) from error
        self._engine = engine

    def _cast(self, permission: Permission) -> Cast:
        return Cast(
            subject=self.subject,
            permission=permission,
            run_id=self._run_id,
            seed=self._settings.seed,
            examples=self._settings.fuzz_examples,
            redactor=self._redactor,
            keep=self.takes.append,
            engine=self._engine,
        )

    def _permission(self) -> Permission:
        given, platforms = self._settings, self.examined.facts.platforms
        if self.subject.kind == "command" and not simulated(platforms):
            # It was asked for its mock. What it opened elsewhere nobody would close.
            told = ", ".join(platforms) or "no platform"
            raise SafetyRefusal(
                f"started with GATEWAY_PROVIDER=mock, the command's /health names "
                f"{told}: nothing that could trade is sent (judge a Gateway on a paper "
                f"account with --gateway-url)"
            )
        return permission_for(
            platforms,
            ours=self.subject.kind != "url",
            allowed=given.gateway_allow_platform,
            symbols=given.gateway_symbols,
            max_notional=given.gateway_max_notional,
        )

    async def _compare(self) -> None:
        """Tells where the Gateway's own document differs from ours."""
        given = self._settings
        if given.gateway_openapi is not None:
            source, key, ca = given.gateway_openapi, given.gateway_key, given.gateway_ca
            found = await asyncio.to_thread(drift, source, key, ca)
            self.examined.notices.extend(drift_notices(found, source))

    async def _consult(self, cast: Cast, *, reading: bool) -> None:
        """Plays the doctor's script; a fatal notice ends the run."""

        async def script(played: Played) -> None:
            if reading:
                self.examined = await look(played, self.examined.facts)
                return
            for symbol in cast.symbols:
                # What an order at market is worth is known from the first on.
                await played.price(symbol)
            await try_events(played, self.examined)

        scene = Scene(DOCTOR, script, Needs(orders=not reading))
        take = await play(scene, cast, 1 if reading else 2)
        self.takes.append(take)
        fatal = refusal(self.examined)
        if fatal is not None:
            raise SubjectUnfit(fatal)
        if not take.transcript.ending.complete:
            raise SubjectUnfit(take.transcript.ending.error or "")


def subject_of(
    settings: Settings, environment: Mapping[str, str], redactor: Redactor
) -> Subject:
    """Where a run gets its Gateways."""
    if settings.gateway_cmd == EMBEDDED:
        return EmbeddedSubject()
    if settings.gateway_cmd is not None:
        # The key opens the user's own Gateway; instances of ours have their scripts'.
        given = {k: v for k, v in environment.items() if k != "GATEWAY_API_KEY"}
        command = from_anywhere(settings.gateway_cmd)
        return CommandSubject(command, redactor.text(settings.gateway_cmd), given)
    if settings.gateway_url == EMBEDDED:
        return EmbeddedSubject(shared=True)
    url = str(settings.gateway_url)
    tls = trusting(settings.gateway_ca) if url.startswith("https") else True
    address = Address(url, settings.gateway_key, tls)
    return RunningSubject(address, redactor.text(url))


def from_anywhere(command: str) -> str:
    """The command with its files' whole paths: instances have folders of their own."""
    first, *rest = shlex.split(command)
    words = [first if "/" not in first else str(Path(first).absolute())]
    words += [str(Path(w).absolute()) if Path(w).is_file() else w for w in rest]
    return shlex.join(words)


def _run_id(started: datetime) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    value = int(started.timestamp() * 1000) % 36**6
    return "".join(digits[value // 36**i % 36] for i in range(6))
