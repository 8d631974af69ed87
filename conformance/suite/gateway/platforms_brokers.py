"""A broker's Gateway names the platform of its provider and its mode, and dials nobody.

An instance for each broker and mode that starts with placeholder credentials. All it
could dial is a sink of ours, and it is asked for its probes alone: nothing can trade.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from conformance.errors import SubjectExited, SubjectSilent
from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.peers.firewall import PROBES, ProbesOnly
from conformance.peers.instances import Instance
from conformance.peers.played import Played
from conformance.peers.providers import is_not_built_in
from conformance.peers.scene import Needs
from conformance.peers.sink import Sink
from conformance.spec.platforms import Mode, platform_of
from conformance.suite.check import check

NEEDS = Needs(start=False, orders=False, seconds=40)
PLACEHOLDER = "placeholder"
MODES = ("paper", "live")


@dataclass(frozen=True, slots=True)
class Broker:
    """A provider: what it must be told, where it could dial, how its names begin."""

    provider: str
    credentials: tuple[str, ...]
    addresses: tuple[str, ...]
    product: str

    def environment(self, mode: str, sink: str) -> dict[str, str]:
        """The variables that the user could have set too are all overridden.

        The proxies lead to the sink as well: so would a host that is built in.
        """
        proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        return {
            "GATEWAY_PROVIDER": self.provider,
            "GATEWAY_MODE": mode,
            "SUBSCRIPTIONS": "[]",
            **dict.fromkeys(self.credentials, PLACEHOLDER),
            **dict.fromkeys((*self.addresses, *proxies), f"http://{sink}"),
        }


BROKERS = (
    Broker(
        "alpaca",
        ("ALPACA_API_KEY", "ALPACA_API_SECRET"),
        ("ALPACA_BASE_URL", "ALPACA_DATA_URL", "ALPACA_STREAM_URL"),
        "alpaca",
    ),
    Broker(
        "binance_spot",
        ("BINANCE_API_KEY", "BINANCE_API_SECRET"),
        ("BINANCE_BASE_URL", "BINANCE_STREAM_URL"),
        "binance-spot",
    ),
    Broker(
        "oanda",
        ("OANDA_API_KEY", "OANDA_ACCOUNT_ID"),
        ("OANDA_BASE_URL", "OANDA_REST_URL", "OANDA_STREAM_URL"),
        "oanda",
    ),
)


async def script(strategy: Played) -> None:
    """Starts one after the other, asks each for its probes, then waits a while."""
    strategy.firewall = ProbesOnly()
    async with AsyncExitStack() as opened:
        looked = []
        for broker in BROKERS:
            for mode in MODES:
                sink = await opened.enter_async_context(Sink())
                looked.append((sink, await _look(strategy, broker, mode, sink)))
        # By itself a Gateway could dial later than it answers its probes.
        quiet = strategy.pace.quiet
        await asyncio.gather(*(sink.dialled(quiet) for sink, _ in looked))
        for sink, facts in looked:
            told = f"{facts['provider']}, {facts['mode']}"
            strategy.note("broker", told, **facts, dialled=sink.said)


async def _look(
    strategy: Played, broker: Broker, mode: str, sink: Sink
) -> dict[str, Json]:
    """What a Gateway was asked for, or what one said that did not start."""
    environment = broker.environment(mode, sink.address)
    instance, said = await _started(strategy, environment)
    facts: dict[str, Json] = {"provider": broker.provider, "mode": mode}
    if instance is None:
        return {**facts, "said": said, "absent": is_not_built_in(said, broker.provider)}
    client = strategy.client(instance.address)
    asked = [(await client.request("GET", path)).exchange for path in PROBES]
    return {**facts, "asked": asked}


async def _started(
    strategy: Played, environment: Mapping[str, str]
) -> tuple[Instance | None, str]:
    """An instance, or what one printed that did not start."""
    try:
        instance = await strategy.start(environment, use=False)
    except SubjectExited as error:
        return None, error.log_tail
    except SubjectSilent as error:
        return None, str(error)
    if instance.exit_status is not None:
        return None, "\n".join(instance.log)
    return instance, ""


@dataclass(frozen=True)
class Seen:
    """One broker's Gateway in one mode: what its probes said."""

    note: Entry
    mode: str
    probes: tuple[Exchange, ...]
    dialled: tuple[str, ...]

    def names(self, probe: str) -> set[str]:
        """The platforms that health or readiness names."""
        found: set[str] = set()
        for exchange in self.probes:
            body = exchange.body if exchange.path.endswith(probe) else None
            rows = body.get("providers") if isinstance(body, dict) else None
            for row in rows if isinstance(rows, list) else ():
                found.add(str(row.get("platform") if isinstance(row, dict) else row))
        return found

    @property
    def platforms(self) -> list[str]:
        """Every name, in order."""
        return sorted(self.names("/health") | self.names("/readyz"))


def seen(transcript: Transcript, provider: str, *modes: str) -> list[Seen]:
    """The provider's Gateways that answered; NotVerified where none started."""
    by_number = {e.request.data["exchange"]: e for e in exchanges(transcript)}
    found: list[Seen] = []
    reason = None
    for note in transcript.of_kind(Kind.NOTE):
        facts = note.data["facts"] if note.data.get("name") == "broker" else {}
        if facts.get("provider") != provider or facts["mode"] not in modes:
            continue
        if "asked" not in facts:
            reason = reason or _why_not(facts)
            continue
        probes = tuple(by_number[number] for number in facts["asked"])
        found.append(Seen(note, facts["mode"], probes, tuple(facts["dialled"])))
    if reason is not None and not found:
        raise NotVerified(reason)
    return found


def _why_not(facts: Json) -> str:
    provider = facts["provider"]
    if facts["absent"]:
        return f"this build has no {provider} provider"
    lines = [line for line in str(facts["said"]).splitlines() if line.strip()]
    last = lines[-1].strip()[:200] if lines else "it printed nothing"
    dialled = f" and dialled {facts['dialled'][0]}" if facts["dialled"] else ""
    return (
        f"a Gateway for {provider} did not start with placeholder credentials"
        f"{dialled}: {last}"
    )


Wrong = Callable[[Seen, Broker], str | None]
"""What is wrong with the names that were told, as the end of a sentence."""


def _unknown(each: Seen, broker: Broker) -> str | None:
    strange = [n for n in each.platforms if platform_of(n) is None]
    return f"{', '.join(strange)} is not documented" if strange else None


def _differing(each: Seen, broker: Broker) -> str | None:
    health, ready = each.names("/health"), each.names("/readyz")
    if health == ready:
        return None
    return f"health names {sorted(health)}, readiness {sorted(ready)}"


def _foreign(each: Seen, broker: Broker) -> str | None:
    known = [n for n in each.platforms if platform_of(n) is not None]
    foreign = [n for n in known if n.rpartition("-")[0] != broker.product]
    return f"{', '.join(foreign)} belongs to another provider" if foreign else None


def _of_mode(*modes: Mode) -> Wrong:
    def wrong(each: Seen, broker: Broker) -> str | None:
        known = (platform_of(name) for name in each.platforms)
        bad = [p for p in known if p is not None and p.mode in modes]
        return " and ".join(f"{p.name} is {p.mode}" for p in bad) or None

    return wrong


def _names_are_right(broker: Broker, name: str, wrong: Wrong, *modes: str) -> None:
    """Registers a check of a provider's names: each provider is decided by itself."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each in seen(transcript, broker.provider, *modes):
            if not each.platforms:
                continue
            yield occurred(each.note, *each.probes)
            if (what := wrong(each, broker)) is not None:
                yield finding(
                    f"A Gateway with GATEWAY_PROVIDER={broker.provider} and "
                    f"GATEWAY_MODE={each.mode} names the platform "
                    f"{', '.join(each.platforms)}: {what}.",
                    *each.probes,
                )

    judged.__name__ = f"{name}_{broker.provider}"
    occurs = f"a Gateway for {broker.provider} named its platform"
    globals()[judged.__name__] = check(RULES[name], occurs=occurs)(judged)


def _nobody_is_dialled(broker: Broker) -> None:
    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each in seen(transcript, broker.provider, *MODES):
            if not each.platforms:
                continue
            yield occurred(each.note, *each.probes)
            if each.dialled:
                yield finding(
                    f"A Gateway with GATEWAY_PROVIDER={broker.provider}, "
                    f"GATEWAY_MODE={each.mode} and no subscriptions was asked for its "
                    f"probes alone and opened {len(each.dialled)} connections: "
                    f"{', '.join(each.dialled[:3])}.",
                    each.note,
                )

    judged.__name__ = f"nobody_is_dialled_{broker.provider}"
    occurs = f"a Gateway for {broker.provider} was asked for its probes alone"
    globals()[judged.__name__] = check("PLA-25", occurs=occurs)(judged)


RULES = {
    "names_fit": "PLA-20",
    "names_are_documented": "PLA-21",
    "names_agree": "PLA-22",
    "paper_is_not_live": "PLA-23",
    "live_is_not_paper": "PLA-24",
}

for _broker in BROKERS:
    _names_are_right(_broker, "names_fit", _foreign, *MODES)
    _names_are_right(_broker, "names_are_documented", _unknown, *MODES)
    _names_are_right(_broker, "names_agree", _differing, *MODES)
    _names_are_right(_broker, "paper_is_not_live", _of_mode(Mode.LIVE), "paper")
    _names_are_right(
        _broker, "live_is_not_paper", _of_mode(Mode.PAPER, Mode.SIMULATED), "live"
    )
    _nobody_is_dialled(_broker)
