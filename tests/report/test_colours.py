"""Every colour of a text can be read on every ground, by day and by night."""

import re
from importlib import resources

import pytest

GROUNDS = ("paper", "soft", "mark")
TEXTS = ("ink", "quiet", "link", "bad", "warn", "good", "open")


def colours() -> list[dict[str, str]]:
    path = resources.files("conformance.report") / "templates" / "page.css"
    roots = re.findall(r":root\{(.*?)\}", path.read_text(encoding="utf-8"))
    found: list[dict[str, str]] = []
    for root in roots:
        named = dict(re.findall(r"--([a-z]+):(#[0-9a-f]+)", root))
        found.append({**found[0], **named} if found else named)
    return found


def light(colour: str) -> float:
    """The relative luminance, as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("place", [0, 1, 2], ids=["light", "dark", "print"])
def test_every_text_has_enough_contrast(place: int) -> None:
    scheme = colours()[place]
    for ground in GROUNDS:
        for text in TEXTS:
            one, other = sorted((light(scheme[ground]), light(scheme[text])))
            assert (other + 0.05) / (one + 0.05) >= 4.5, (text, ground)
