"""`conformance attest` prints a file to fill in, and checks it line by line."""

import hashlib
import json
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.spec.checklist import checklist

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def template(capsys: Output) -> str:
    assert main(["attest", "--template"]) == 0
    return capsys.readouterr().out


def filled(text: str, folder: Path) -> Path:
    """The template with its examples, signed, its evidence beside it."""
    (folder / "FILE").write_bytes(b"shown")
    digest = hashlib.sha256(b"shown").hexdigest()
    names = {value.name for s in checklist().statements for value in s.value}
    rows = []
    for row in text.splitlines():
        bare = row.removeprefix("# ")
        example = bare.partition(" = ")[0] in names and not bare.startswith("per_")
        rows.append(bare if example else row)
    whole = "\n".join(rows).replace("0" * 64, digest)
    whole = whole.replace("YOUR NAME", "J. Doe").replace("WHAT IS SO", "So it is")
    path = folder / "attestations.toml"
    path.write_text(whole, encoding="utf-8")
    return path


def test_the_template_names_every_statement_and_value(capsys: Output) -> None:
    text = template(capsys)
    for statement in checklist().statements:
        assert f'statement = "{statement.id}"' in text
        for value in statement.value:
            assert f"# {value.name} = " in text


def test_a_template_filled_in_is_valid_statement_by_statement(
    capsys: Output, folder: Path
) -> None:
    path = filled(template(capsys), folder)
    assert main(["attest", str(path)]) == 0
    said = capsys.readouterr().out
    assert "VALID drawdown-limits (item 4): The drawdown limits" in said
    assert "10 of 10 statements are valid" in said
    assert "nothing was compared with evidence" in said


def test_one_that_does_not_count_is_told_with_why_and_ends_with_1(
    capsys: Output, folder: Path
) -> None:
    path = filled(template(capsys), folder)
    (folder / "FILE").write_bytes(b"altered")
    assert main(["attest", str(path)]) == 1
    said = capsys.readouterr().out
    assert "EVIDENCE CHANGED host (item 9)" in said
    assert "the SHA-256 of FILE is now" in said
    assert "0 of 10 statements are valid" in said


def test_a_template_as_it_is_states_nothing(capsys: Output, folder: Path) -> None:
    path = folder / "a.toml"
    path.write_text(template(capsys), encoding="utf-8")
    assert main(["attest", str(path)]) == 1
    assert "0 of 10 statements are valid" in capsys.readouterr().out


def test_a_host_that_speaks_against_its_statement_contradicts_it(
    capsys: Output, folder: Path
) -> None:
    path = filled(template(capsys), folder)
    host = folder / "host.json"
    facts = [{"name": "battery", "value": "BAT0"}]
    host.write_text(json.dumps({"schema": "host/1", "facts": facts}), encoding="utf-8")
    assert main(["attest", str(path), "--host", str(host)]) == 1
    assert "CONTRADICTED host (item 9)" in capsys.readouterr().out


def test_a_profile_with_another_limit_contradicts_it(
    capsys: Output, folder: Path
) -> None:
    path = filled(template(capsys), folder)
    (folder / "strategy.toml").write_text("[drawdown]\npercent = 20\n")
    words = ["attest", str(path), "--strategy-profile", "strategy.toml"]
    assert main(words) == 1
    assert "CONTRADICTED drawdown-limits" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["attest"], "either FILE or --template"),
        (["attest", "x.toml", "--template"], "either FILE or --template"),
        (["attest", "x.toml"], "x.toml: No such file"),
        (["attest", "a.toml", "--run", "none"], "none: there is no such folder"),
    ],
)
def test_what_cannot_be_used_ends_with_4_and_one_line(
    capsys: Output, folder: Path, words: list[str], told: str
) -> None:
    (folder / "a.toml").write_text(template(capsys), encoding="utf-8")
    assert main(words) == 4
    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1
