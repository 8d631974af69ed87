"""A waiver file is read whole, and what is wrong in it is named by its line."""

from datetime import date
from pathlib import Path

import pytest

from conformance.errors import BadFile
from conformance.readiness.waivers import read_waivers

GOOD = """
# Accepted until the next release.
[[waiver]]
requirement = "MOD-41"
reason = "known"
owner = "J. Doe"
expires = 2027-01-31
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "waivers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_waiver_is_read_with_its_line(tmp_path: Path) -> None:
    (waiver,) = read_waivers(written(tmp_path, GOOD))
    assert (waiver.requirement, waiver.owner) == ("MOD-41", "J. Doe")
    assert (waiver.expires, waiver.line) == (date(2027, 1, 31), 3)


def test_a_waiver_with_another_spelling_of_its_table_is_not_lost(
    tmp_path: Path,
) -> None:
    text = GOOD.replace("[[waiver]]", "[[ waiver ]]  # the only one")
    assert len(read_waivers(written(tmp_path, text))) == 1


def test_an_empty_file_waives_nothing(tmp_path: Path) -> None:
    assert read_waivers(written(tmp_path, "")) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("MOD-41", "MOD-4l", ":3: there is no requirement MOD-4l; did you mean"),
        ("MOD-41", "qqq", "there is no requirement qqq"),
        ('owner = "J. Doe"', "", ":3: owner is missing"),
        ('owner = "J. Doe"', 'owner = "  "', ":3: owner is missing"),
        ('owner = "J. Doe"', "owner = 7", ":3: owner must be a text"),
        ('reason = "known"', 'reason = "k"\ncolour = 1', "unknown key colour"),
        ("2027-01-31", '"2027-01-31"', "expires must be a date, as 2027-01-31"),
        ("2027-01-31", "2027-01-31T00:00:00Z", "expires must be a date"),
        ("[[waiver]]", "[[waivers]]", "only [[waiver]] tables belong here"),
        ("[[waiver]]", "[waiver]", "only [[waiver]] tables belong here"),
        ("expires =", "expires", "no TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(BadFile) as caught:
        read_waivers(path)
    assert said in str(caught.value)
    assert "waivers.toml" in str(caught.value)


def test_a_requirement_is_waived_once(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="MOD-41 is waived twice"):
        read_waivers(written(tmp_path, GOOD + GOOD))


def test_what_is_about_safety_cannot_be_waived(tmp_path: Path) -> None:
    text = GOOD.replace("MOD-41", "EXI-52")
    with pytest.raises(BadFile, match="EXI-52 is about safety: it cannot be waived"):
        read_waivers(written(tmp_path, text))


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "waivers.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadFile, match=r"waivers\.toml.*cannot be read"):
        read_waivers(path)
