"""The API description that a Gateway serves is valid, and the one that is published."""

from collections.abc import Iterator

from conformance.errors import BadFile
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.spec.description import description_faults
from conformance.suite.check import check
from conformance.suite.drift import compare

NEEDS = Needs(environment={"ENABLE_SWAGGER": "true"}, orders=False)

PLACES = ("/swagger-ui", "/swagger-ui/", "/api-docs/openapi.json", "/openapi.json")
"""The page that the documents name, and where such pages keep their description."""

SHOWN = 5


async def script(strategy: Played) -> None:
    """Asks for the description wherever it may be served."""
    for path in PLACES:
        await strategy.get(path, deliberate=True)


def _descriptions(transcript: Transcript) -> Iterator[Exchange]:
    """The answers that are a description, whole."""
    for exchange in exchanges(transcript):
        response, body = exchange.response, exchange.body
        if response is None or exchange.status != 200 or response.data.get("cut"):
            continue
        if isinstance(body, dict) and {"openapi", "paths"} <= set(body):
            yield exchange


@check("CON-10", occurs="an API description was served")
def the_description_is_valid(transcript: Transcript) -> Iterator[Observation]:
    for exchange in _descriptions(transcript):
        yield occurred(exchange)
        faults = description_faults(exchange.body)
        if faults:
            yield finding(
                f"The API description at {exchange.path} has {len(faults)} faults: "
                f"{'; '.join(faults[:SHOWN])}.",
                exchange,
            )


@check("CON-11", occurs="an API description was served")
def the_description_is_the_published_one(
    transcript: Transcript,
) -> Iterator[Observation]:
    for exchange in _descriptions(transcript):
        yield occurred(exchange)
        try:
            found = compare(exchange.body or {}, exchange.path)
        except BadFile as error:
            yield finding(f"The API description cannot be compared: {error}", exchange)
            continue
        told = [f"{d.where} ({d.kind})" for d in found if not d.deliberate]
        if told:
            yield finding(
                f"The API description at {exchange.path} differs from the published "
                f"one in {len(told)} places: {', '.join(told[:SHOWN])}.",
                exchange,
                cause="Is it another version of the Gateway?",
            )
