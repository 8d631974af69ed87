"""The same orders through a backtest and through the mock tell the same story."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.parity import (
    ACT,
    Act,
    acts,
    answers,
    fields,
    kinds,
    order_story,
)
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check

NEEDS = Needs(engine=True, own=True, seconds=30, symbols=2)

MOCK = {
    "GATEWAY_PROVIDER": "mock",
    "TEKTII_ENGINE_URL": None,
    "TEKTII_ENGINE_WS_URL": None,
    "SUBSCRIPTIONS": None,
}
UNKNOWN = "no-such-order-of-conformance"


async def script(strategy: Played) -> None:
    """All acts on the backtest's Gateway, then on one with the mock provider."""
    stream = await strategy.stream("tektii")
    await strategy.engine.linked()
    await _play(strategy, stream, "tektii", strategy.symbols[0])
    await strategy.start(MOCK)
    await _play(strategy, await strategy.stream("mock"), "mock", strategy.symbols[1])


async def _play(
    strategy: Played, stream: PlayedStream, provider: str, symbol: str
) -> None:
    def act(name: str) -> None:
        facts = {"provider": provider, "stream": stream.name, "act": name}
        strategy.note(ACT, f"{name} on {provider}", **facts)

    act("a market order")
    bought = await strategy.bought(stream, "2", symbol=symbol)
    await strategy.show(bought.id)
    await strategy.wait(stream, "the account", lambda h: h.type == "account", 1.0)
    act("an order that rests and is cancelled")
    resting = await strategy.resting(symbol=symbol)
    await strategy.announced(stream, resting.id, "ORDER_CREATED")
    await strategy.show(resting.id)
    await strategy.cancel(resting.id)
    await strategy.announced(stream, resting.id, "ORDER_CANCELLED")
    act("what is refused")
    await strategy.cancel(resting.id)
    await strategy.show(UNKNOWN)
    await strategy.submit(quantity="0", symbol=symbol, deliberate=True)
    act("what is held")
    await strategy.get("/v1/account")
    await strategy.get(f"/v1/positions?symbol={symbol}")
    await strategy.get(f"/v1/trades?symbol={symbol}")


OCCURS = "the same act was played on both providers"


@check("PAR-10", occurs=OCCURS)
def orders_live_the_same_lives(transcript: Transcript) -> Iterator[Observation]:
    for one, other in acts(transcript):
        if not order_story(one) and not order_story(other):
            continue
        yield occurred(one.note, other.note)
        if order_story(one) != order_story(other):
            yield finding(
                f"In {one.name} {one.provider} told {_lives(one)}; "
                f"{other.provider} told {_lives(other)}.",
                one.note,
                other.note,
            )


def _lives(act: Act) -> str:
    return ", ".join(order_story(act)) or "nothing of an order"


@check("PAR-11", occurs=OCCURS)
def the_same_kinds_are_told(transcript: Transcript) -> Iterator[Observation]:
    for one, other in acts(transcript):
        if not one.messages and not other.messages:
            continue
        yield occurred(one.note, other.note)
        for more, less in ((one, other), (other, one)):
            missing = sorted(kinds(more) - kinds(less))
            if missing:
                yield finding(
                    f"In {one.name} {more.provider} told {', '.join(missing)} "
                    f"messages; {less.provider} told none.",
                    more.note,
                    less.note,
                )


@check("PAR-12", occurs=OCCURS)
def requests_are_answered_alike(transcript: Transcript) -> Iterator[Observation]:
    for one, other in acts(transcript):
        yield occurred(one.note, other.note)
        for here, there in zip(answers(one), answers(other), strict=False):
            if here != there:
                yield finding(
                    f"In {one.name} {one.provider} answered {here}, {other.provider} "
                    f"{there}.",
                    one.note,
                    other.note,
                )


@check("PAR-13", occurs=OCCURS)
def objects_have_the_same_fields(transcript: Transcript) -> Iterator[Observation]:
    for one, other in acts(transcript):
        first, second = fields(one), fields(other)
        for what in sorted(first.keys() & second.keys()):
            yield occurred(one.note, other.note)
            for more, less, has, lacks in (
                (one, other, first, second),
                (other, one, second, first),
            ):
                missing = sorted(has[what] - lacks[what])
                if missing:
                    yield finding(
                        f"In {one.name} {what} has {', '.join(missing)} with "
                        f"{more.provider} and not with {less.provider}.",
                        more.note,
                        less.note,
                    )
