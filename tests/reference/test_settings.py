"""What the reference Gateway takes from its environment."""

import pytest

from conformance.judge.record import RunRecord, SubjectFacts
from conformance.readiness.dossier import Dossier, Run
from conformance.readiness.drill import is_drill
from conformance.reference.handlers import Handlers
from conformance.reference.server import ReferenceGateway
from conformance.reference.settings import GatewaySettings
from fixtures.records import record


def _judged(**environment: str) -> RunRecord:
    """A run on it, with what its /health tells."""
    settings = GatewaySettings.from_environment(environment)
    handlers: Handlers = ReferenceGateway(settings).handlers
    _, told = handlers.health(None)  # type: ignore[arg-type]
    platforms = tuple(row["platform"] for row in told["providers"])
    facts = SubjectFacts(
        "url", "http://127.0.0.1:8080", told["version"], told["git_sha"], platforms
    )
    return record(subject=facts)


@pytest.mark.parametrize("build", [{}, {"GIT_SHA": "1f3a9c2"}], ids=str)
def test_our_own_gateway_on_paper_with_a_git_sha_was_no_drill(
    build: dict[str, str],
) -> None:
    broker = {
        "GATEWAY_PROVIDER": "alpaca",
        "ALPACA_API_KEY": "x",
        "ALPACA_API_SECRET": "y",
    }
    found = _judged(**broker, **build)
    assert found.subject.platforms == ("alpaca-paper",)
    assert is_drill(Dossier(runs=(Run(found),)))
