"""A profile is read as it is written; what is wrong with it is named by its line."""

from decimal import Decimal

import pytest

from conformance.errors import BadFile
from conformance.protocol import words
from conformance.spec import profile
from conformance.spec.profile import Drawdown, KillSwitch, parse_profile
from conformance.spec.tolerances import Fees, Tolerances

WHOLE = """
command = "python trade.py"
account = "paper"
symbols = ["BTCUSD", "ETHUSD"]
sides = ["long", "short"]
lot = "0.001"
max_open_orders = 3
supervised = true
start_seconds = 5
environment = { MODE = "fast" }

[drawdown]
percent = "7.5"
since = "start"

[kill_switch]
command = "kill -USR1 $PID"

[[sessions]]
days = ["mon", "fri"]
begins = "09:30"
ends = 16:00:00
zone = "America/New_York"

[fees]
percent = "0.1"
maker_percent = 0
minimum = "1"
currency = "USD"

[tolerances]
slippage_bps = "2.5"
unattended_seconds = 0
"""


def test_every_field_is_read() -> None:
    found = parse_profile(WHOLE)
    assert found.symbols == ("BTCUSD", "ETHUSD")
    assert (found.lot, found.max_open_orders) == (Decimal("0.001"), 3)
    assert (found.supervised, found.start_seconds) == (True, 5.0)
    assert found.drawdown == Drawdown(Decimal("7.5"), "start")
    assert found.kill_switch == KillSwitch(command="kill -USR1 $PID")
    assert found.sessions[0].begins.hour == 9
    assert found.environment == {"MODE": "fast"}
    assert found.fees == Fees(
        Decimal("0.1"), Decimal(0), minimum=Decimal(1), currency="USD"
    )
    assert found.tolerances == Tolerances(
        slippage_bps=Decimal("2.5"), unattended_seconds=Decimal(0)
    )


def test_timeframes_are_those_of_the_protocol() -> None:
    assert set(profile.TIMEFRAMES) == set(words.TIMEFRAMES)


def test_nothing_is_required() -> None:
    assert not parse_profile("").declares("drawdown")


def test_what_a_transcript_says_of_it_holds_no_environment() -> None:
    told = parse_profile(WHOLE).facts
    assert "environment" not in told
    assert told["drawdown"]["percent"] == "7.5"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("symbols = [1]", "p.toml:1: symbols: a text is needed"),
        ('timeframes = ["7m"]', "p.toml:1: timeframes: one of 1m, 2m"),
        ("max_open_orders = 1.5", "p.toml:1: max_open_orders: a whole number"),
        ('[records]\nresult = "("', "p.toml:2: result: no regular expression"),
        ('[alert]\noutput = "["', "p.toml:2: output: no regular expression"),
        ("[trigger]\nentry = 5", "p.toml:2: entry: a list of prices is needed"),
        ('[trigger]\nprogram = "\'"', "p.toml:2: program: no closing quotation"),
        ('environment = { A = "\\u0000" }', "p.toml:1: environment: 'A' cannot be"),
        ("environment = { A = 1 }", "p.toml:1: A: a text is needed"),
        (
            'sessions = [{days=["mon"], begins="25:00", ends="21:00"}]',
            "p.toml:1: begins: begins needs a time",
        ),
        ("\nsides = ['up']", "p.toml:2: sides: one of long, short is needed"),
        ("lot = -1", "p.toml:1: lot: a number above zero is needed"),
        ("lot = true", "p.toml:1: lot: a number above zero is needed"),
        ("lots = 1", "p.toml:1: lots: there is no such key"),
        ("supervised = 1", "p.toml:1: supervised: true or false is needed"),
        ("[drawdown]", "p.toml:1: drawdown: percent is needed"),
        ("[kill_switch]", "p.toml:1: kill_switch: either signal or command is needed"),
        ("[alert]\nmail = 'x'", "p.toml:2: mail: [alert] has no such key"),
        ("[fees]", "p.toml:1: fees: nothing is declared in it"),
        ("[fees]\ntax = 1", "p.toml:2: tax: [fees] has no such key"),
        ("[fees]\npercent = -1", "p.toml:2: percent: a number above zero is needed"),
        (
            "[tolerances]\nslippage_bps = true",
            "p.toml:2: slippage_bps: a number above zero is needed",
        ),
        ("[trigger]", "p.toml:1: trigger: one of entry, program and replay is needed"),
        ("[[sessions]]\nbegins = 'x'", "p.toml:2: begins: begins needs a time"),
        (
            "[[sessions]]\nbegins='09:00'\nends='10:00'\nzone='Mars'",
            "p.toml:4: zone: there is no time zone Mars",
        ),
        ("a = !\n", "p.toml:1: no TOML: Invalid value"),
        ("command = 'a \"b'", "p.toml:1: command: no closing quotation"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(text: str, told: str) -> None:
    with pytest.raises(BadFile) as found:
        parse_profile(text, "p.toml")
    assert str(found.value).startswith(told)


def test_fees_are_by_worth_by_unit_and_by_order_and_no_less_than_the_least() -> None:
    fees = Fees(Decimal("0.1"), Decimal("0.05"), Decimal(1), Decimal(2), Decimal(10))
    assert fees.of(Decimal(10_000), Decimal(3)) == 15
    assert fees.of(Decimal(10_000), Decimal(3), Decimal(10_000)) == 10
    assert fees.of(Decimal(1), Decimal(1)) == 10
