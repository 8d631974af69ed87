"""Options are read once, and each unusable one is told by name."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from conformance.errors import BadFile, BadOption
from conformance.peers.venues.registry import VENUES
from conformance.peers.venues.safety import LINES
from conformance.settings import PROVIDERS, Settings, parse_settings

KEY = "k" * 32


def parse(tmp_path: Path, **values: object) -> Settings:
    return parse_settings({"conformance_report_dir": tmp_path, **values}, {})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("gateway_url", "localhost:8080", "no http"),
        ("gateway_url", "ftp://a", "only http"),
        ("gateway_url", "http://", "no host"),
        ("gateway_url", "http://a:x", "Port"),
        ("gateway_cmd", "no-such-command-here", "not found"),
        ("gateway_cmd", "'open", "quotation"),
        ("gateway_max_notional", "many", "above zero"),
        ("gateway_max_notional", "-1", "above zero"),
        ("gateway_max_notional", "NaN", "above zero"),
        ("conformance_item", ["10"], "1 to 9"),
        ("conformance_readiness", "soon", "no such stage"),
        ("conformance_requirement", ["NOSUCH-*"], "no requirement"),
        ("conformance_seed", "x", "whole number"),
    ],
)
def test_an_unusable_option_is_named(
    tmp_path: Path, name: str, value: object, says: str
) -> None:
    with pytest.raises(BadOption, match=says) as caught:
        parse(tmp_path, **{name: value})
    assert str(caught.value).startswith("--" + name.replace("_", "-"))
    assert "\n" not in str(caught.value)


def test_url_and_command_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="not together"):
        parse(tmp_path, gateway_url="http://a", gateway_cmd="embedded")


def test_providers_are_named_once_each_in_lists_or_all_at_once(tmp_path: Path) -> None:
    def given(*names: str) -> tuple[str, ...]:
        asked = {"gateway_cmd": "embedded", "gateway_provider": list(names)}
        return parse(tmp_path, **asked).providers

    assert given() == ()
    assert given("oanda", "saxo,oanda", "mock") == ("oanda", "saxo", "mock")
    assert given("all") == given("oanda", "all") == PROVIDERS


def test_an_unknown_provider_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="no such provider; there are mock, ") as caught:
        parse(tmp_path, gateway_cmd="embedded", gateway_provider=["oanda", "ig"])
    assert str(caught.value).startswith("--gateway-provider ig: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "subject",
    [
        {},
        {"gateway_url": "embedded"},
        {"strategy_cmd": "python3"},
        {"strategy_cmd": "python3", "gateway_cmd": "embedded"},
    ],
)
def test_a_provider_needs_a_gateway_that_we_start(
    tmp_path: Path, subject: dict[str, str]
) -> None:
    values = {"conformance_report_dir": tmp_path, "gateway_provider": ["oanda"]}
    with pytest.raises(BadOption, match="only with --gateway-cmd"):
        parse_settings({**values, **subject}, {"PATH": os.environ["PATH"]})


def test_every_broker_that_can_be_named_has_its_lines_known() -> None:
    assert set(PROVIDERS) == {"mock", "tektii", *LINES}
    assert set(VENUES) <= set(LINES)


def test_a_bad_url_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(BadOption) as caught:
        parse(tmp_path, gateway_url="ftp://me:hidden@a")
    assert "hidden" not in str(caught.value)


def test_the_key_comes_from_its_file_and_is_kept_out_of_the_repr(
    tmp_path: Path,
) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    settings = parse(
        tmp_path, gateway_key_file=tmp_path / "key", gateway_url="http://u:pw@a"
    )
    assert settings.secrets == (KEY, "u:pw", "pw")
    assert KEY not in repr(settings)
    assert "pw" not in repr(settings)


@pytest.mark.parametrize("key", ["", "short"])
def test_an_empty_or_short_key_is_refused_unprinted(tmp_path: Path, key: str) -> None:
    values = {"conformance_report_dir": tmp_path}
    with pytest.raises(BadOption, match=r"empty|shorter") as caught:
        parse_settings(values, {"GATEWAY_API_KEY": key})
    assert not key or key not in str(caught.value).replace("shorter", "")


@pytest.mark.parametrize("name", ["gateway_key_file", "conformance_waivers"])
def test_an_unreadable_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match="absent") as caught:
        parse(tmp_path, **{name: tmp_path / "absent"})
    assert f"--{name.replace('_', '-')}" in str(caught.value)


def test_a_requirement_in_small_letters_is_told_how_it_is_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(BadOption, match=r"did you mean ORD-42\?"):
        parse(tmp_path, conformance_requirement=["ord-42"])


def test_a_report_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadOption, match="--conformance-report-dir"):
        parse(tmp_path, conformance_report_dir=tmp_path / "file")


def test_usable_values_are_read(tmp_path: Path) -> None:
    settings = parse(
        tmp_path,
        gateway_symbols="BTC/USD, ETH/USD",
        gateway_max_notional="10.50",
        conformance_item=["1", "9"],
        conformance_seed="7",
    )
    assert settings.gateway_symbols == ("BTC/USD", "ETH/USD")
    assert settings.gateway_max_notional == Decimal("10.50")
    assert (settings.items, settings.seed) == ((1, 9), 7)
