"""A body of many megabytes does not keep the Gateway from answering."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.refusals import tried, valid_ones
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.bad_requests import Bad, bad, send_table
from conformance.suite.check import check

NEEDS = Needs(symbols=3, seconds=30, hostile=True)

MANY = 16 * 1024 * 1024

TABLE = (
    bad("giant-client-id", client_order_id="$ID" + "x" * MANY),
    Bad("giant-blank", body=" " * MANY + '{"symbol": "$SYMBOL"}'),
    Bad("giant-depth", body="[" * MANY),
)


async def script(strategy: Played) -> None:
    """Sends giant bodies, each with a valid order after it."""
    await send_table(strategy, (), doubtful=TABLE, valid_each=True)


@check("VAL-68", occurs="a valid order followed a body of 16 MiB")
def a_giant_body_does_not_stop_the_gateway(
    transcript: Transcript,
) -> Iterator[Observation]:
    for case in tried(transcript):
        number = case.exchange.request.number
        later = (v for v in valid_ones(transcript) if v.request.number > number)
        valid = next(later, None)
        if valid is None:
            continue
        yield occurred(case.exchange, valid)
        if valid.status is None or valid.status >= 500:
            yield finding(
                f"After a body of 16 MiB ({case.name}, answered with "
                f"{case.exchange.status or 'nothing'}), a valid order was answered "
                f"with {valid.status or 'nothing'}.",
                case.exchange,
                valid,
                cause="Does one giant body exhaust it?",
            )
