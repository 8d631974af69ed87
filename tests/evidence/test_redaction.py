"""No form of a key is kept."""

import base64
import json
from urllib.parse import quote

import pytest

from conformance.evidence.redaction import PLACEHOLDER, Redactor

KEY = 'lower-case-key/with "odd" <signs> & more'


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        quote(KEY, safe=""),
        json.dumps(KEY)[1:-1],
        base64.b64encode(KEY.encode()).decode(),
        KEY[:-1],
        KEY[1:],
        KEY.upper(),
    ],
)
def test_a_key_is_taken_out_in_every_form_it_travels_in(form: str) -> None:
    shown = Redactor((KEY,)).text(f"before {form} after")
    assert form not in shown
    assert shown.startswith(f"before {PLACEHOLDER}")


def test_a_key_of_lower_case_letters_is_not_taken_for_an_altered_one() -> None:
    assert Redactor((KEY,)).text(KEY) == PLACEHOLDER


def test_every_text_of_a_value_is_redacted_names_too() -> None:
    shown = Redactor((KEY,)).value({KEY: [{"a": f"x{KEY}"}, (1, None)]})
    assert shown == {PLACEHOLDER: [{"a": f"x{PLACEHOLDER}"}, [1, None]]}


def test_the_user_part_of_a_url_is_taken_out() -> None:
    assert Redactor().text("http://me:pass@host:80/a") == "http://host:80/a"


def test_an_empty_secret_takes_nothing_out() -> None:
    assert Redactor(("",)).text("all of it") == "all of it"
