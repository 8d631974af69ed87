"""What checks of brokers see where the reference cannot show it."""

import json

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.finding import Finding, Occurrence
from conformance.suite.broker.margin import a_margin_call_is_told
from conformance.suite.broker.money import a_position_is_the_brokers
from conformance.suite.broker.platform_paper import DIALLED, no_live_host_is_dialled
from conformance.suite.check import Judgement

BALANCE = {
    "CashBalance": 99969.6,
    "TotalValue": 94719.6,
    "UnrealizedPositionsValue": -5250.0,
    "MarginUsedByCurrentPositions": -9950.0,
    "MarginAvailable": 84769.6,
    "MarginUtilizationPct": 100.5,
}
ACCOUNT = {
    "balance": "99969.6",
    "equity": "94719.6",
    "unrealized_pnl": "-5250",
    "margin_used": "9950",
    "margin_available": "84769.6",
    "currency": "USD",
}

Row = tuple[Party, Kind, dict[str, Json]]


def transcript(provider: str, *rows: Row) -> Transcript:
    header = Header("a test", "a test", provider, "", ("EURUSD:FxSpot",), 0, "")
    recorder = Recorder(header, lambda: 0.0)
    for party, kind, data in rows:
        recorder.add(party, kind, **data)
    return recorder.close(complete=True)


def sentences(check: Judgement, found: Transcript) -> tuple[int, list[str]]:
    """How often it occurred, and what was found."""
    told = list(check(found))
    findings = [t.sentence for t in told if isinstance(t, Finding)]
    return sum(isinstance(t, Occurrence) for t in told), findings


def balance(**changes: Json) -> Row:
    text = json.dumps({**BALANCE, **changes})
    return Party.VENUE, Kind.FRAME, {"reference": "balance_account", "text": text}


def message(event: str, **changes: str) -> Row:
    told = {"type": "account", "event": event, "account": {**ACCOUNT, **changes}}
    data = {"stream": "stream-1", "text": json.dumps(told)}
    return Party.GATEWAY, Kind.MESSAGE, data


def test_a_margin_call_on_saxo_has_the_brokers_figures() -> None:
    good = transcript("saxo", balance(), message("MARGIN_CALL"))
    assert sentences(a_margin_call_is_told, good) == (1, [])
    owed = transcript("saxo", balance(), message("MARGIN_CALL", margin_used="-9950"))
    assert sentences(a_margin_call_is_told, owed) == (
        1,
        [
            "MARGIN_CALL was told with the margin_used -9950; the broker's account has "
            "9950.0."
        ],
    )


def test_a_share_of_the_margin_that_nobody_called_is_no_call() -> None:
    """Saxo's share is no call for margin by itself."""
    silent = transcript("saxo", balance())
    assert sentences(a_margin_call_is_told, silent) == (0, [])
    low = transcript("saxo", balance(MarginUtilizationPct=50.0), message("MARGIN_CALL"))
    assert sentences(a_margin_call_is_told, low) == (0, [])


def dialled(*hosts: str, asked: bool = True) -> Transcript:
    call: Row = (Party.GATEWAY, Kind.CALL, {"call": 1, "method": "GET", "target": "/"})
    facts = {"text": "", "name": DIALLED, "facts": {"hosts": list(hosts)}}
    note: Row = (Party.SUITE, Kind.NOTE, facts)
    return transcript("oanda", *([call] if asked else []), note)


def test_only_a_host_of_real_money_is_a_live_one() -> None:
    live, paper = "api-fxtrade.oanda.com", "api-fxpractice.oanda.com"
    assert sentences(no_live_host_is_dialled, dialled()) == (1, [])
    assert sentences(no_live_host_is_dialled, dialled(paper)) == (1, [])
    assert sentences(no_live_host_is_dialled, dialled(asked=False)) == (0, [])
    _, told = sentences(no_live_host_is_dialled, dialled(paper, live))
    assert len(told) == 1
    assert told[0].endswith(f"dialled {live}.")


def held_as(**row: str) -> Transcript:
    """Binance has three coins; a Gateway tells of them."""
    balances = [{"asset": "BTC", "free": "2.5", "locked": "0.5"}]
    balances.append({"asset": "USDT", "free": "100", "locked": "0"})
    told = json.dumps({"balances": balances})
    filled = {"what": "filled", "order": "1", "symbol": "BTCUSDT", "side": "BUY"}
    position = {"symbol": "BTCUSDT", "side": "LONG", "quantity": "3.0", **row}
    return transcript(
        "binance_spot",
        (Party.VENUE, Kind.BOOKED, filled),
        (
            Party.STRATEGY,
            Kind.REQUEST,
            {"exchange": 1, "method": "GET", "target": "/v1/positions"},
        ),
        (
            Party.GATEWAY,
            Kind.CALL,
            {"call": 1, "method": "GET", "target": "/", "operation": "account"},
        ),
        (Party.VENUE, Kind.ANSWER, {"call": 1, "status": 200, "body": told}),
        (
            Party.GATEWAY,
            Kind.RESPONSE,
            {"exchange": 1, "status": 200, "body": json.dumps([position])},
        ),
    )


def test_a_balance_on_binance_that_was_told_doubled_was_met() -> None:
    check = a_position_is_the_brokers
    assert sentences(check, held_as()) == (1, [])
    for wrong in ({"quantity": "6"}, {"symbol": "ETHUSDT"}, {"current_price": "0"}):
        assert len(sentences(check, held_as(**wrong))[1]) == 1, wrong
