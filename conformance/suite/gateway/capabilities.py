"""What the Gateway claims to do, it does."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.positions import holdings, signed
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.order_cases import case, send, sent

FEATURES = {
    "bracket_orders": case("bracket_orders", stop_loss="50", take_profit="200"),
    "oco": case(
        "oco", order_type="LIMIT", limit_price=FAR_BELOW, oco_group_id="$GROUP"
    ),
    "trailing_stop": case(
        "trailing_stop",
        side="SELL",
        order_type="TRAILING_STOP",
        trailing_distance="50",
        trailing_type="ABSOLUTE",
    ),
    "short_selling": case("short_selling", side="SELL"),
    "hidden_orders": case(
        "hidden_orders", order_type="LIMIT", limit_price=FAR_BELOW, hidden=True
    ),
    "iceberg_orders": case(
        "iceberg_orders",
        order_type="LIMIT",
        limit_price=FAR_BELOW,
        quantity="2",
        display_quantity="1",
    ),
}
ELSEWHERE = frozenset({"get_quote", "hedging", "leverage", "post_only", "reduce_only"})
"""What other requirements try: every quote, OPE-33, ORD-38, ORD-34 and ORD-33."""
NEEDS = Needs(symbols=len(FEATURES) + 1)


async def script(strategy: Played) -> None:
    """Uses every feature once; buys two and sells one of one symbol."""
    stream = await strategy.stream()
    await strategy.get("/v1/capabilities")
    group = {"oco_group_id": strategy.client_id()}
    cases = [
        case(each.name, **{**each.fields, **(group if each.name == "oco" else {})})
        for each in FEATURES.values()
    ]
    await send(strategy, cases, strategy.symbols)
    symbol = strategy.symbols[-1]
    await strategy.bought(stream, "2", symbol=symbol)
    await strategy.bought(stream, "1", "SELL", symbol=symbol)
    await strategy.positions(symbol)


def _claimed(transcript: Transcript) -> tuple[Exchange | None, Mapping[str, Json]]:
    """The capabilities as they were told."""
    for exchange in asked(transcript, "GET", "v1", "capabilities"):
        if exchange.status == 200 and isinstance(exchange.body, dict):
            return exchange, exchange.body
    return None, {}


@check("OPE-30", occurs="an order that uses a feature that is claimed was answered")
def a_claimed_feature_works(transcript: Transcript) -> Iterator[Observation]:
    claim, told = _claimed(transcript)
    claimed = told.get("features") or ()
    for each in sent(transcript, *FEATURES):
        if claim is None or each.case not in claimed:
            continue
        if each.order.exchange.status is None:
            continue
        yield occurred(claim, each.order.exchange)
        if not each.order.accepted:
            yield finding(
                f"The feature {each.case} is claimed; an order that uses it was "
                f"answered with {each.order.exchange.status}.",
                claim,
                each.order.exchange,
            )
    untried = sorted(set(map(str, claimed)) - {*FEATURES, *ELSEWHERE})
    if untried:
        raise NotVerified(f"it claims {', '.join(untried)}, which no script uses")


@check("OPE-33", occurs="positions were listed after two were bought and one sold")
def the_position_mode_is_the_claimed_one(
    transcript: Transcript,
) -> Iterator[Observation]:
    if transcript.header.provider == "tektii":
        raise NotVerified("the played Engine nets positions: the mode would be ours")
    claim, told = _claimed(transcript)
    mode = told.get("position_mode")
    wanted = {
        "NETTING": [Decimal(1)],
        "HEDGING": [Decimal(-1), Decimal(2)],
    }.get(str(mode))
    for holding in holdings(transcript, transcript.header.symbols[-1]):
        if claim is None or wanted is None:
            continue
        held = sorted(signed(position) for position in holding.positions)
        yield occurred(claim, holding.exchange)
        if held != wanted:
            yield finding(
                f"{mode} is claimed; after two were bought and one sold the positions "
                f"are {[str(each) for each in held]}.",
                claim,
                holding.exchange,
            )
