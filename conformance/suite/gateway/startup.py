"""A Gateway that cannot work as it is told to does not start, and says why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.peers.instances import NOWHERE
from conformance.peers.played import Played
from conformance.peers.rest import Address
from conformance.peers.scene import Needs
from conformance.suite.check import Judgement, check

SHORT_KEY = "a-key-that-is-too-short"
NEEDS = Needs(start=False, orders=False, seconds=40)

NO_CREDENTIALS: Mapping[str, str | None] = {
    "GATEWAY_PROVIDER": "alpaca",
    "ALPACA_BASE_URL": NOWHERE.url,
    "ALPACA_DATA_URL": NOWHERE.url,
}
"""One that starts all the same still finds nobody."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start that must fail: its variables, and words one of which it must say."""

    name: str
    environment: Mapping[str, str | None]
    names: tuple[str, ...]


STARTS = (
    Start("no-provider", {"GATEWAY_PROVIDER": None}, ("GATEWAY_PROVIDER",)),
    Start("unknown-provider", {"GATEWAY_PROVIDER": "kraken"}, ("GATEWAY_PROVIDER",)),
    Start("unknown-mode", {"GATEWAY_MODE": "demo"}, ("GATEWAY_MODE",)),
    Start("no-port", {"GATEWAY_PORT": "eighty"}, ("GATEWAY_PORT",)),
    Start("huge-port", {"GATEWAY_PORT": "99999"}, ("GATEWAY_PORT",)),
    Start("no-host", {"GATEWAY_HOST": "no address"}, ("GATEWAY_HOST", "address")),
    Start("no-subscriptions", {"SUBSCRIPTIONS": "[{"}, ("SUBSCRIPTIONS",)),
    Start(
        "no-platform",
        {"SUBSCRIPTIONS": '[{"platform": "kraken", "instrument": "A", "events": []}]'},
        ("SUBSCRIPTIONS", "kraken", "platform"),
    ),
    Start(
        "no-backoff",
        {"RECONNECT_INITIAL_BACKOFF_MS": "soon"},
        ("RECONNECT_INITIAL_BACKOFF_MS",),
    ),
    Start("no-lifetime", {"SL_TP_TTL_HOURS": "ever"}, ("SL_TP_TTL_HOURS",)),
    Start("short-key", {"GATEWAY_API_KEY": SHORT_KEY}, ("GATEWAY_API_KEY",)),
    Start("no-credentials", NO_CREDENTIALS, ("ALPACA",)),
)
UNBUILT = ("not built", "not enabled", "feature", "unknown", "invalid GATEWAY_PROVIDER")
"""How a Gateway says that it has no such provider."""

BROKEN_STATE = '{"entries": [{"half": '
SWAGGER = "/swagger-ui/"
TROUBLE = ("warn", "error", "fail", "corrupt", "invalid", "broken", "could not")


async def script(strategy: Played) -> None:
    """Starts one instance after the other, and keeps what each printed."""
    for each in STARTS:
        await strategy.start(dict(each.environment), ready=False)
        await _note(strategy, each.name, await strategy.exited(strategy.pace.patience))
    await _plain(strategy)
    await strategy.start({"ENABLE_SWAGGER": "true"})
    await strategy.get(SWAGGER, deliberate=True)
    await _note(strategy, "swagger", None)
    path = strategy.scratch(BROKEN_STATE)
    await strategy.start({"EXIT_STATE_FILE": str(path)})
    await strategy.get("/readyz")
    await _note(strategy, "broken-state", None)


async def _plain(strategy: Played) -> None:
    """A plain instance, another on its port, and a look at a second address."""
    first = await strategy.start()
    await strategy.get("/livez")
    await strategy.get(SWAGGER, deliberate=True)
    await _note(strategy, "plain", None)
    port = first.address.url.rpartition(":")[2]
    await strategy.start({"GATEWAY_PORT": port}, ready=False)
    await _note(strategy, "port-taken", await strategy.exited(strategy.pace.patience))
    await strategy.start({"GATEWAY_HOST": None})
    own = strategy.instance.address.url.rpartition(":")[2]
    await strategy.client(Address(f"http://127.0.0.1:{own}")).request("GET", "/livez")
    # A second loopback address: whoever listens on all of them answers there too.
    other = strategy.client(Address(f"http://127.0.0.2:{own}"))
    reply = await other.request("GET", "/livez")
    await _note(strategy, "no-host-told", None, other=reply.status)


async def _note(strategy: Played, name: str, status: int | None, **facts: Json) -> None:
    """What became of a start: its exit status, None while it runs, and its lines."""
    lines = "\n".join(strategy.instance.log[-60:])
    strategy.note("start", name, case=name, status=status, log=lines, **facts)


def started(transcript: Transcript, *names: str) -> Iterator[tuple[Entry, Json]]:
    """The notes on these starts."""
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "start":
            facts: Json = entry.data["facts"]
            if facts["case"] in names:
                yield entry, facts


def _refused(*names: str) -> Judgement:
    """A judgement of starts that must fail and name their variable."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        by_name = {each.name: each for each in STARTS}
        for entry, facts in started(transcript, *names):
            start = by_name[facts["case"]]
            told = ", ".join(f"{k}={v}" for k, v in start.environment.items())
            yield occurred(entry)
            if facts["status"] is None:
                yield finding(f"A Gateway with {told} was started and runs.", entry)
            elif facts["status"] == 0:
                yield finding(f"A Gateway with {told} ended with status 0.", entry)
            elif not any(name in facts["log"] for name in start.names):
                yield finding(
                    f"A Gateway with {told} ended with status {facts['status']} and "
                    f"named none of {', '.join(start.names)}: {_last(facts)}",
                    entry,
                )

    return judged


def _last(facts: Json) -> str:
    lines = [line for line in str(facts["log"]).splitlines() if line.strip()]
    return repr(lines[-1][:200]) if lines else "it printed nothing."


for _id, _names in {
    "OPE-60": ("no-provider",),
    "OPE-61": ("unknown-provider",),
    "OPE-62": ("unknown-mode",),
    "OPE-63": ("no-port", "huge-port"),
    "OPE-64": ("no-host",),
    "OPE-65": ("no-subscriptions",),
    "OPE-66": ("no-backoff", "no-lifetime"),
    "AUT-24": ("short-key",),
    "PLA-17": ("no-platform",),
}.items():
    globals()[f"start_{_id.replace('-', '_').lower()}"] = check(
        _id, occurs=f"a Gateway was started with {' or '.join(_names)}"
    )(_refused(*_names))


@check("OPE-68", occurs="a Gateway was started for a broker without credentials")
def credentials_are_asked_for(transcript: Transcript) -> Iterator[Observation]:
    for _, facts in started(transcript, "no-credentials"):
        unbuilt = any(word in facts["log"] for word in UNBUILT)
        if facts["status"] and unbuilt and "ALPACA" not in facts["log"]:
            raise NotApplicable("this build has no provider of a broker")
    yield from _refused("no-credentials")(transcript)


@check("OPE-67", occurs="a Gateway was started on a port that is taken")
def a_taken_port_is_told(transcript: Transcript) -> Iterator[Observation]:
    for entry, facts in started(transcript, "port-taken"):
        yield occurred(entry)
        said = str(facts["log"]).lower()
        if not facts["status"] or not ("in use" in said or "bind" in said):
            yield finding(
                "A Gateway on a port that is taken ended with status "
                f"{facts['status']} and said {_last(facts)}",
                entry,
            )


@check("OPE-69", occurs="a Gateway refused to start with a secret in its environment")
def a_refusal_prints_no_secret(transcript: Transcript) -> Iterator[Observation]:
    for entry, facts in started(transcript, "short-key"):
        if not facts["status"] or not facts["log"]:
            continue
        yield occurred(entry)
        if SHORT_KEY in facts["log"]:
            yield finding("The refusal prints the key that was too short.", entry)


@check("AUT-25", occurs="a Gateway was started without a key and printed lines")
def no_key_is_warned_of(transcript: Transcript) -> Iterator[Observation]:
    for entry, facts in started(transcript, "plain"):
        if not facts["log"]:
            continue
        yield occurred(entry)
        lines = str(facts["log"]).splitlines()
        if not any("GATEWAY_API_KEY" in line or _warns(line) for line in lines):
            yield finding(
                "A Gateway without a key printed nothing about it: "
                f"{len(lines)} lines, none of which names GATEWAY_API_KEY.",
                entry,
            )


def _warns(line: str) -> bool:
    said = line.lower()
    return "warn" in said and ("auth" in said or "api key" in said)


@check("OPE-70", occurs="a Gateway that was told no host answers on 127.0.0.1")
def without_a_host_it_is_local(transcript: Transcript) -> Iterator[Observation]:
    for entry, facts in started(transcript, "no-host-told"):
        probes = [e for e in exchanges(transcript) if e.request.number < entry.number]
        local, other = probes[-2:]
        if local.status != 200 or not local.body:
            continue
        yield occurred(local, other, entry)
        if facts["other"]:
            yield finding(
                "A Gateway that was told no host answers on 127.0.0.2 as well, with "
                f"{facts['other']}: it listens on more than 127.0.0.1.",
                other,
                entry,
            )


@check(
    "OPE-71", occurs="the API description was asked for, where it was enabled or not"
)
def the_description_is_served_if_asked_for(
    transcript: Transcript,
) -> Iterator[Observation]:
    asked = [e for e in exchanges(transcript) if e.path.endswith(SWAGGER)]
    if any(exchange.status is None for exchange in asked):
        # Served only where it was asked for: one answer of the two shows nothing.
        return
    for exchange, wanted in zip(asked, (False, True), strict=False):
        served = exchange.status is not None and exchange.status < 400
        yield occurred(exchange)
        if served is not wanted:
            yield finding(
                f"{SWAGGER} was answered with {exchange.status}; ENABLE_SWAGGER was "
                f"{'true' if wanted else 'not set'}.",
                exchange,
            )


@check("OPE-73", occurs="a Gateway was started on a state file that is broken")
def a_broken_state_file_is_told(transcript: Transcript) -> Iterator[Observation]:
    ready = [e for e in exchanges(transcript) if e.path.endswith("/readyz")]
    for entry, facts in started(transcript, "broken-state"):
        yield occurred(entry)
        lines = [line.lower() for line in str(facts["log"]).splitlines()]
        told = any("state" in x and any(w in x for w in TROUBLE) for x in lines)
        if not told or not ready or ready[-1].status != 200:
            status = ready[-1].status if ready else None
            yield finding(
                f"A Gateway on a broken state file answers /readyz with {status} and "
                f"{'says so' if told else 'says nothing of it'}.",
                entry,
            )
