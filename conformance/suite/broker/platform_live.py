"""In live mode a Gateway names its broker's live platform, wherever it names one."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.sink import Sink
from conformance.spec.platforms import Mode
from conformance.suite.broker.platform_paper import dialling, look, named_rightly
from conformance.suite.check import check
from conformance.suite.gateway.platforms import (
    a_bars_provider_fits,
    a_quotes_provider_fits,
    metrics_name_the_same,
    platforms_are_documented,
    readiness_names_the_same,
    the_stream_names_the_same,
)

__all__ = (
    "NEEDS",
    "a_bars_provider_fits",
    "a_quotes_provider_fits",
    "live_is_live",
    "metrics_name_the_same",
    "platforms_are_documented",
    "readiness_names_the_same",
    "script",
    "the_stream_names_the_same",
)

NEEDS = Needs(mode="live", start=False, seconds=40)


async def script(strategy: Played) -> None:
    """All that names a platform; whatever it is called, it trades with us.

    One that heeds none of its addresses dials a sink, and not where real money is.
    """
    async with Sink() as sink:
        await strategy.start(dialling(sink))
        await look(strategy)


@check("PLA-24", occurs="a Gateway in live mode named its platform")
def live_is_live(transcript: Transcript) -> Iterator[Observation]:
    yield from named_rightly(transcript, Mode.LIVE)
