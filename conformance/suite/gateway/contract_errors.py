"""What is not there is told in the same words everywhere."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(orders=False)

NOBODY = "no-such-thing-4711"

BAD_QUERIES = (
    "/v1/orders?limit=abc",
    "/v1/orders?status=NONSENSE",
    "/v1/orders/history?since=yesterday",
    "/v1/trades?limit=-1",
    "/v1/trades?until=soon",
)
UNKNOWN_ROUTES = ("/v1/nothing", "/v1/orders/a/b/c", "/v1/account/")
WRONG_METHODS = (
    ("PUT", "/v1/orders"),
    ("POST", "/v1/account"),
    ("PATCH", "/v1/trades"),
)
BROKEN_PATHS = ("/v1/orders/%FF", "/v1/quotes/%C3%28")


async def script(strategy: Played) -> None:
    """Asks for what cannot be read, is not there, or is asked for in a wrong way."""
    for path in (*BAD_QUERIES, f"/v1/bars/{strategy.symbol}?timeframe=7s"):
        await strategy.get(path, deliberate=True)
    for path in (*UNKNOWN_ROUTES, *BROKEN_PATHS):
        await strategy.get(path, deliberate=True)
    for method, path in WRONG_METHODS:
        await strategy.request(method, path, deliberate=True)
    for kind in ("orders", "positions"):
        await strategy.get(f"/v1/{kind}/{NOBODY}")
        await strategy.delete(f"/v1/{kind}/{NOBODY}")
    await strategy.request("PATCH", f"/v1/orders/{NOBODY}", json={"quantity": "1"})
    await strategy.request("PATCH", f"/v1/positions/{NOBODY}", json={"stop_loss": "1"})


def _is_envelope(exchange: Exchange) -> bool:
    body = exchange.body
    return isinstance(body, dict) and {"code", "message"} <= set(body)


def _at(transcript: Transcript, targets: tuple[str, ...]) -> Iterator[Exchange]:
    for exchange in exchanges(transcript):
        if exchange.status and any(exchange.target.endswith(t) for t in targets):
            yield exchange


def _told(exchange: Exchange) -> str:
    if exchange.response is None:
        return "nothing"
    data = exchange.response.data
    media = data["headers"].get("content-type", "no content type")
    return f"{exchange.status} ({media}) {str(data['body'])[:80]}".strip()


@check("CON-44", occurs="a query that cannot be read was answered")
def a_bad_query_is_refused_with_an_error_body(
    transcript: Transcript,
) -> Iterator[Observation]:
    for exchange in _at(transcript, (*BAD_QUERIES, "timeframe=7s")):
        yield occurred(exchange)
        if exchange.status != 400 or not _is_envelope(exchange):
            yield finding(
                f"GET {exchange.target} was answered with {_told(exchange)}.",
                exchange,
                cause="Is a query refused by a layer that knows no error body?",
                key="error-no error body in a query",
            )


@check("CON-45", occurs="a path that is not served was answered")
def an_unknown_route_is_404_with_an_error_body(
    transcript: Transcript,
) -> Iterator[Observation]:
    for exchange in _at(transcript, UNKNOWN_ROUTES):
        yield occurred(exchange)
        if exchange.status != 404 or not _is_envelope(exchange):
            yield finding(
                f"GET {exchange.target} was answered with {_told(exchange)}.", exchange
            )


@check("CON-46", occurs="a method that is not declared was answered")
def a_wrong_method_is_405_and_names_the_right_ones(
    transcript: Transcript,
) -> Iterator[Observation]:
    wrong = {method for method, _ in WRONG_METHODS}
    for exchange in _at(transcript, tuple(path for _, path in WRONG_METHODS)):
        if exchange.method not in wrong or exchange.response is None:
            continue
        yield occurred(exchange)
        allowed = exchange.response.data["headers"].get("allow")
        if exchange.status != 405 or not allowed:
            yield finding(
                f"{exchange.method} {exchange.path} was answered with "
                f"{_told(exchange)} and the Allow header {allowed}.",
                exchange,
            )


@check("CON-47", occurs="a path whose encoding is broken was answered")
def a_broken_path_is_refused_with_an_error_body(
    transcript: Transcript,
) -> Iterator[Observation]:
    for exchange in _at(transcript, BROKEN_PATHS):
        yield occurred(exchange)
        refused = 400 <= (exchange.status or 0) < 500
        if not refused or not _is_envelope(exchange):
            yield finding(
                f"GET {exchange.target} was answered with {_told(exchange)}.", exchange
            )


@check("CON-51", occurs="an unknown order or position was asked for")
def the_unknown_is_told_by_its_kind(transcript: Transcript) -> Iterator[Observation]:
    codes = {"orders": "ORDER_NOT_FOUND", "positions": "POSITION_NOT_FOUND"}
    for exchange in _at(transcript, (NOBODY,)):
        yield occurred(exchange)
        wanted = codes[exchange.segments[-2]]
        code = exchange.body.get("code") if isinstance(exchange.body, dict) else None
        if exchange.status != 404 or code != wanted:
            yield finding(
                f"{exchange.method} {exchange.path} was answered with "
                f"{_told(exchange)}; 404 and {wanted} belong there.",
                exchange,
            )
