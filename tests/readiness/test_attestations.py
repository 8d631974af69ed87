"""attestations.toml is read, or refused in one line that names file and line."""

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest

from conformance.errors import BadFile
from conformance.readiness.attestations import Attestations, read_attestations
from conformance.readiness.dossier import Dossier
from conformance.readiness.matching import Subjects
from conformance.readiness.statements import statement_standings
from conformance.readiness.template import template
from conformance.spec.checklist import checklist

TODAY = date(2026, 11, 29)
SHOWN = b"limits: 10 percent"
DIGEST = hashlib.sha256(SHOWN).hexdigest()
STRATEGY = "5" * 64
GOOD = f"""\
[scope]
strategy_sha256 = "{STRATEGY}"
account = "PA-1"
broker = "alpaca"

[[attestation]]
item = 4
statement = "drawdown-limits"
text = "Ten percent stops it: so much I can lose."
name = "J. Doe"
date = 2026-11-01
expires = 2027-02-01
evidence = "limits.txt"
evidence_sha256 = "{DIGEST}"
[attestation.values]
peak_percent = 10
day_percent = 2.50

[[attestation]]
statement = "regulation"
text = "Reviewed."
name = "J. Doe"
date = 2026-11-01
expires = 2027-02-01
evidence = "limits.txt"
evidence_sha256 = "{DIGEST}"
[attestation.scope]
broker = "oanda"
[attestation.values]
jurisdictions = ["EU", "UK"]
reviewer = "A. Lawyer"
"""


def write(folder: Path, text: str = GOOD) -> Path:
    (folder / "limits.txt").write_bytes(SHOWN)
    path = folder / "attestations.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str = GOOD) -> Attestations:
    return read_attestations(write(folder, text))


def states(found: Attestations, strategy: str = STRATEGY) -> dict[str, str]:
    rows = statement_standings(Dossier(attestations=found), Subjects(strategy), TODAY)
    return {row.statement: row.state for row in rows}


def test_a_good_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = read(tmp_path)
    limits, review = found.rows
    assert limits.values == {"peak_percent": "10", "day_percent": "2.50"}
    assert limits.seen_sha256 == limits.evidence_sha256 == DIGEST
    assert dict(limits.scope)["broker"] == "alpaca"
    assert dict(review.scope) == {**limits.scope, "broker": "oanda"}
    assert (review.item, review.line) == (8, 19)
    assert review.values["jurisdictions"] == ("EU", "UK")


def test_every_statement_of_the_checklist_is_told(tmp_path: Path) -> None:
    found = states(read(tmp_path))
    assert list(found) == [s.id for s in checklist().statements]
    assert found["drawdown-limits"] == "valid"
    assert found["host"] == "missing"


def test_evidence_that_changed_or_went_makes_its_statement_invalid(
    tmp_path: Path,
) -> None:
    path = write(tmp_path)
    (tmp_path / "limits.txt").write_bytes(b"limits: 90 percent")
    assert states(read_attestations(path))["drawdown-limits"] == "evidence changed"
    (tmp_path / "limits.txt").unlink()
    assert states(read_attestations(path))["drawdown-limits"] == "evidence missing"


def test_a_statement_of_another_strategy_is_told_so(tmp_path: Path) -> None:
    found = states(read(tmp_path), "6" * 64)
    assert found["drawdown-limits"] == "of another strategy"
    assert states(read(tmp_path), "")["drawdown-limits"] == "valid"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("[scope]", "[scopes]", 1, "only [scope] and [[attestation]] belong"),
        ("[scope]", "[scope", 1, "no TOML"),
        ('broker = "alpaca"', "", 8, "broker is missing, here or in [scope]"),
        ('broker = "alpaca"', "broker = 7", 4, "broker must be a text"),
        ('broker = "alpaca"', 'house = "a"', 4, "scope knows only strategy_sha256"),
        ('"555', '"ZZZ', 2, "a SHA-256 has 64 of the signs"),
        ("item = 4", "item = 5", 7, "drawdown-limits belongs to item 4"),
        ('"drawdown-limits"', '"drawdown-limit"', 8, "did you mean drawdown-limits?"),
        ('"drawdown-limits"', '"love"', 8, "there is no statement love"),
        ('"regulation"', '"drawdown-limits"', 20, "attested twice"),
        ('name = "J. Doe"\n', "", 6, "name is missing"),
        ('name = "J. Doe"', "name = 7", 10, "name must be a text"),
        ("date = 2026-11-01\n", "", 6, "date is missing, as 2027-01-31"),
        ("date = 2026-11-01", 'date = "today"', 11, "date must be a date"),
        ("expires = 2027-02-01", "expires = 2026-10-01", 12, "expires before its"),
        ('evidence = "limits.txt"\n', "", 13, "evidence is missing"),
        (f'evidence_sha256 = "{DIGEST}"\n', "", 6, f"of limits.txt it is {DIGEST}"),
        (f'"{DIGEST}"', '"abc"', 14, f"of limits.txt it is {DIGEST}"),
        ('evidence = "limits.txt"', 'evidence = "x"\ncolour = 1', 14, "no such key"),
        ("peak_percent = 10", "peak_percent = 101", 16, "100 at the most"),
        ("peak_percent = 10", "peak_percent = 0", 16, "a number above zero"),
        ("peak_percent = 10", "peak_percent = true", 16, "must be a number"),
        ("peak_percent = 10", 'peak_percent = "much"', 16, "must be a number"),
        ("peak_percent = 10", "peakk_percent = 10", 16, "did you mean peak_percent?"),
        ('["EU", "UK"]', '"EU"', 30, "must be a list of texts"),
        ('reviewer = "A. Lawyer"', "reviewer = 1", 31, "must be a text"),
        ("[attestation.values]\npeak_percent = 10\nday_percent = 2.50",
         "values = 1", 15, "values must be a table"),
        ('[attestation.scope]\nbroker = "oanda"', "scope = 1", 27, "must be a table"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, told: str
) -> None:
    assert old in GOOD
    with pytest.raises(BadFile) as raised:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert raised.value.line == line, str(raised.value)
    assert told in raised.value.reason


def test_a_file_that_is_away_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="No such file"):
        read_attestations(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadFile, match="not UTF-8"):
        read_attestations(tmp_path / "bytes.toml")
    with pytest.raises(BadFile, match="tables are needed"):
        read(tmp_path, "attestation = 1")


def test_the_template_can_be_read_and_states_nothing(tmp_path: Path) -> None:
    text = template(TODAY)
    (tmp_path / "FILE").write_bytes(SHOWN)
    found = read(tmp_path, text.replace("0" * 64, DIGEST))
    assert [row.statement for row in found.rows] == [
        s.id for s in checklist().statements
    ]
    assert set(states(found, "").values()) == {"incomplete"}


def test_the_template_with_its_examples_and_a_name_is_valid(tmp_path: Path) -> None:
    text = template(TODAY).replace("0" * 64, DIGEST)
    names = {value.name for s in checklist().statements for value in s.value}
    rows = [
        row.removeprefix("# ")
        if row.removeprefix("# ").partition(" = ")[0] in names
        else row
        for row in text.splitlines()
        if not row.startswith("# per_")
    ]
    filled = "\n".join(rows).replace("YOUR NAME", "J. Doe").replace("WHAT IS", "It is")
    (tmp_path / "FILE").write_bytes(SHOWN)
    assert set(states(read(tmp_path, filled), "").values()) == {"valid"}


def test_a_statement_speaks_no_longer_than_its_kind_can(tmp_path: Path) -> None:
    days = checklist().statement("drawdown-limits").longest_days
    began = TODAY - timedelta(days + 1)
    text = GOOD.replace("date = 2026-11-01", f"date = {began}", 1)
    rows = statement_standings(
        Dossier(attestations=read(tmp_path, text)), Subjects(STRATEGY), TODAY
    )
    assert rows[0].state == "expired"
    assert f"speaks for {days} days" in rows[0].reason
