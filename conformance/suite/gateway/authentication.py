"""With a key set, nobody is let in without it, and everybody with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.evidence.entry import Kind, Party
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.tellings import tellings
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.spec.contract import Operation, contract
from conformance.suite.check import Judgement, check

KEY = "conformance-key-of-forty-characters-1234"
WRONG = "conformance-key-of-forty-characters-4321"
PROBES = ("/livez", "/readyz", "/health", "/metrics")
NEEDS = Needs(environment={"GATEWAY_API_KEY": KEY})


@dataclass(frozen=True, slots=True)
class Try:
    """One way to show a key; `let_in` is None where either will do, but always one."""

    name: str
    headers: Mapping[str, str]
    let_in: bool | None = False


TRIES = (
    Try("none", {}),
    Try("wrong-bearer", {"authorization": f"Bearer {WRONG}"}),
    Try("wrong-header", {"x-api-key": WRONG}),
    Try("beginning", {"authorization": f"Bearer {KEY[:-1]}"}),
    Try("beginning-header", {"x-api-key": KEY[:8]}),
    Try("longer", {"authorization": f"Bearer {KEY}5"}),
    Try("longer-header", {"x-api-key": f"{KEY}5"}),
    Try("empty", {"authorization": "Bearer"}),
    Try("bearer", {"authorization": f"Bearer {KEY}"}, True),
    Try("header", {"x-api-key": KEY}, True),
    Try("small-bearer", {"authorization": f"bearer {KEY}"}, True),
    Try(
        "bearer-and-wrong", {"authorization": f"Bearer {KEY}", "x-api-key": WRONG}, None
    ),
    Try(
        "wrong-and-header", {"authorization": f"Bearer {WRONG}", "x-api-key": KEY}, None
    ),
)
AGAIN = ("bearer-and-wrong", "wrong-and-header")
UPGRADES = ("none", "wrong-bearer", "wrong-header", "bearer", "header")


async def script(strategy: Played) -> None:
    """Tries every key on one operation, none on every one, and some on the stream."""
    for each in (*TRIES, *(t for t in TRIES if t.name in AGAIN)):
        reply = await strategy.get("/v1/account", key=False, headers=each.headers)
        strategy.note("try", each.name, case=each.name, exchange=reply.exchange)
    for path in PROBES:
        await strategy.get(path, key=False)
    await _without_a_key(strategy)
    for each in TRIES:
        if each.name in UPGRADES:
            await strategy.try_stream(
                f"stream-{each.name}", key=False, headers=each.headers
            )
    body = strategy.order(order_type="LIMIT", limit_price=FAR_BELOW)
    await strategy.request("POST", "/v1/orders", json=body, key=False)
    await strategy.get("/v1/orders")
    strategy.keep_log()


async def _without_a_key(strategy: Played) -> None:
    for operation in guarded():
        path = operation.template.replace("{", "").replace("}", "")
        await strategy.request(operation.method, path, key=False, deliberate=True)
    await strategy.get("/v1/no-such-path", key=False, deliberate=True)


def guarded() -> Iterator[Operation]:
    """Every operation that wants a key; the upgrade is tried as one."""
    for operation in contract().operations:
        if operation.template not in (*PROBES, "/v1/ws"):
            yield operation


def tried(transcript: Transcript, *names: str) -> Iterator[tuple[Try, Exchange]]:
    """The tries of these names, each with its exchange."""
    by_name = {each.name: each for each in TRIES}
    made = {e.request.data["exchange"]: e for e in exchanges(transcript)}
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "try":
            facts = entry.data["facts"]
            if facts["case"] in names:
                yield by_name[facts["case"]], made[facts["exchange"]]


def guards(transcript: Transcript) -> bool:
    """Whether anybody was refused: who lets in everybody knows no key at all."""
    return any(e.status == 401 for e in exchanges(transcript))


def _each(*names: str) -> Judgement:
    """A judgement of tries that must be let in, or must not."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for each, exchange in tried(transcript, *names):
            if exchange.status is None:
                continue
            if not each.let_in or guards(transcript):
                yield occurred(exchange)
            wanted = 200 if each.let_in else 401
            if exchange.status != wanted:
                yield finding(
                    f"A request with the key {each.name} was answered with "
                    f"{exchange.status}, not {wanted}.",
                    exchange,
                )

    return judged


no_key = check("AUT-10", occurs="a request without a key was answered")(_each("none"))
wrong_key = check("AUT-11", occurs="a request with a wrong key was answered")(
    _each("wrong-bearer", "wrong-header")
)
part_of_a_key = check("AUT-12", occurs="a request with most of the key was answered")(
    _each("beginning", "beginning-header", "longer", "longer-header")
)
bearer = check("AUT-13", occurs="a request with the right bearer token was answered")(
    _each("bearer")
)
header = check("AUT-14", occurs="a request with the right X-API-Key was answered")(
    _each("header")
)
empty = check("AUT-16", occurs="a request with an empty key was answered")(
    _each("empty")
)
small = check("AUT-26", occurs="a request with the scheme bearer was answered")(
    _each("small-bearer")
)


@check("AUT-15", occurs="a request with a right key and a wrong one was answered twice")
def two_keys_give_one_answer(transcript: Transcript) -> Iterator[Observation]:
    for name in AGAIN:
        made = [exchange for _, exchange in tried(transcript, name)]
        statuses = [exchange.status for exchange in made]
        if len(made) < 2 or None in statuses or not guards(transcript):
            continue
        yield occurred(*made)
        if len(set(statuses)) > 1 or statuses[0] not in (200, 401):
            yield finding(
                f"A request with the keys {name} was answered with {statuses}.", *made
            )


def _upgrades(transcript: Transcript, let_in: bool) -> Iterator[Observation]:
    wanted = [t.name for t in TRIES if t.name in UPGRADES and t.let_in is let_in]
    for entry in transcript.of_kind(Kind.OPENED, Kind.REFUSED):
        name = str(entry.data["stream"]).removeprefix("stream-")
        if name not in wanted:
            continue
        granted, status = entry.kind is Kind.OPENED, entry.data.get("status")
        if not granted and status is None:
            continue
        if not let_in or guards(transcript):
            yield occurred(entry)
        if granted is not let_in or (not let_in and status != 401):
            told = "was granted" if granted else f"was refused with {status}"
            yield finding(f"The upgrade with the key {name} {told}.", entry)


@check("AUT-17", occurs="an upgrade without the right key was answered")
def the_upgrade_is_refused(transcript: Transcript) -> Iterator[Observation]:
    yield from _upgrades(transcript, let_in=False)


@check("AUT-18", occurs="an upgrade with the right key was answered")
def the_upgrade_is_granted(transcript: Transcript) -> Iterator[Observation]:
    yield from _upgrades(transcript, let_in=True)


def keyless(transcript: Transcript) -> Iterator[Exchange]:
    """The requests without any key that were answered."""
    for exchange in exchanges(transcript):
        sent = exchange.request.data["headers"]
        shown = {"authorization", "x-api-key"} & set(sent)
        if not shown and exchange.status is not None:
            yield exchange


@check("AUT-19", occurs="a probe was asked without a key")
def the_probes_are_open(transcript: Transcript) -> Iterator[Observation]:
    for exchange in keyless(transcript):
        if exchange.path.endswith(PROBES):
            if guards(transcript):
                yield occurred(exchange)
            if exchange.status != 200:
                yield finding(
                    f"{exchange.path} without a key was answered with "
                    f"{exchange.status}.",
                    exchange,
                )


@check("AUT-20", occurs="an operation was asked without a key")
def everything_else_is_closed(transcript: Transcript) -> Iterator[Observation]:
    templates = {op.template.replace("{", "").replace("}", "") for op in guarded()}
    for exchange in keyless(transcript):
        if not exchange.path.endswith(tuple(templates)):
            continue
        yield occurred(exchange)
        if exchange.status != 401:
            yield finding(
                f"{exchange.method} {exchange.path} without a key was answered with "
                f"{exchange.status}.",
                exchange,
            )


@check("AUT-28", occurs="a path that is not served was asked for without a key")
def an_unknown_path_is_closed(transcript: Transcript) -> Iterator[Observation]:
    for exchange in keyless(transcript):
        if exchange.path.endswith("/no-such-path"):
            yield occurred(exchange)
            if exchange.status != 401:
                yield finding(
                    f"{exchange.path} without a key was answered with "
                    f"{exchange.status}: who has no key learns what is served.",
                    exchange,
                )


def refusals(transcript: Transcript) -> Iterator[Exchange]:
    """Every answer of 401."""
    return (e for e in exchanges(transcript) if e.status == 401)


@check("AUT-21", occurs="a request was refused with 401")
def a_refusal_is_an_error_body(transcript: Transcript) -> Iterator[Observation]:
    for exchange in refusals(transcript):
        yield occurred(exchange)
        body = exchange.body if isinstance(exchange.body, dict) else {}
        if body.get("code") != "UNAUTHORIZED":
            yield finding(
                f"{exchange.method} {exchange.path} was refused with 401 and the code "
                f"{body.get('code')!r}.",
                exchange,
                key="code-of-401",
            )


@check("AUT-27", occurs="a request was refused with 401")
def a_refusal_names_a_scheme(transcript: Transcript) -> Iterator[Observation]:
    for exchange in refusals(transcript):
        response = exchange.response
        assert response is not None
        yield occurred(exchange)
        if not response.data["headers"].get("www-authenticate"):
            yield finding(
                f"{exchange.method} {exchange.path} was refused with 401 and no "
                "WWW-Authenticate header.",
                exchange,
            )
            return


@check("AUT-22", occurs="an order was sent without a key, and orders listed with it")
def a_refused_order_does_not_exist(transcript: Transcript) -> Iterator[Observation]:
    told = {
        t.order.get("client_order_id")
        for all_ in tellings(transcript).values()
        for t in all_
    }
    listed = any(
        e.method == "GET" and e.path.endswith("/v1/orders") and e.status == 200
        for e in exchanges(transcript)
    )
    for exchange in keyless(transcript):
        sent = exchange.sent if isinstance(exchange.sent, dict) else {}
        client_id = sent.get("client_order_id")
        if exchange.method != "POST" or client_id is None or not listed:
            continue
        if exchange.status == 401:
            yield occurred(exchange)
        if client_id in told:
            yield finding(
                f"The order {client_id} was sent without a key, answered with "
                f"{exchange.status}, and is listed.",
                exchange,
            )


@check("AUT-23", occurs="the Gateway answered, and printed lines")
def the_key_is_nowhere(transcript: Transcript) -> Iterator[Observation]:
    said = [e for e in transcript.entries if e.party is Party.GATEWAY]
    printed = [e for e in said if e.kind is Kind.LOG]
    if printed and any(e.data.get("status") == 200 for e in said):
        yield occurred(printed[0])
    for entry in said:
        told = {name: each for name, each in entry.data.items() if name != "sent"}
        if KEY in str(told):
            yield finding(f"The key is in a {entry.kind} of the Gateway's.", entry)
