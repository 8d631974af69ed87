"""What is not stated contradicts nothing; what is, may."""

from dataclasses import replace
from decimal import Decimal

from conformance.judge.session.model import Spread
from conformance.readiness.assembly import decided
from conformance.readiness.contradictions import contradictions
from fixtures.dossiers import DAY, attestations, complete, numbers, session


def test_fees_in_no_currency_were_told_as_charged_in_another_than_none() -> None:
    assert contradictions("fee-schedule", {"model": "spread-only"}, complete()) == ()


def test_a_session_with_a_figure_of_forty_digits_ended_with_a_traceback() -> None:
    most = Decimal("1e40")
    spread = Spread("bps", 1, most, most, most, most, most, most, (most,))
    figures = replace(numbers(), slippage=spread)
    evidence = complete(sessions=(session(numbers=figures),))
    shown = decided(evidence, DAY, "live-small")[0].metrics or ()
    assert any("1" + "0" * 40 in each.value for each in shown)


def test_fees_in_another_currency_are_contradicted() -> None:
    stated = {"model": "spread-only", "currency": "EUR"}
    told = contradictions("fee-schedule", stated, complete())
    assert any("not in EUR" in sentence for sentence in told)


def test_a_statement_of_fees_with_no_currency_is_not_valid() -> None:
    evidence = complete(
        attestations=attestations("fee-schedule", values={"model": "spread-only"})
    )
    (shown,) = [
        each
        for each in decided(evidence, DAY, "live-small")[0].attestations or ()
        if each.statement == "fee-schedule"
    ]
    assert shown.state == "incomplete"
