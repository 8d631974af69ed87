"""A request whose body never comes does not keep the Gateway from ending."""

from collections.abc import Iterator

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(own=True)


async def script(strategy: Played) -> None:
    """Sends most of an order, and SIGTERM; the rest never comes."""
    body = strategy.order(order_type="LIMIT", limit_price=FAR_BELOW)
    await strategy.half("POST", "/v1/orders", body)
    await strategy.get("/livez")
    await strategy.terminate()


@check("OPE-54", occurs="a Gateway with half a request was asked to end")
def half_a_request_holds_nothing(transcript: Transcript) -> Iterator[Observation]:
    for entry in transcript.of_kind(Kind.PROCESS):
        if entry.data["event"] == "exited":
            yield occurred(entry)
        elif entry.data["event"] == "still running":
            yield finding(
                "A request whose body never came was open when the Gateway was asked "
                f"to end; after {entry.data['seconds']} s it still runs.",
                entry,
                cause="Does it wait without a limit for requests to end?",
            )
