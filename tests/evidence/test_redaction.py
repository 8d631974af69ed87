"""No form of a key is kept."""

import base64
import json
import time
from urllib.parse import quote

import pytest

from conformance.evidence.members import PLACEHOLDER
from conformance.evidence.redaction import Redactor

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


@pytest.mark.parametrize(
    "form",
    [
        json.dumps(json.dumps(KEY))[3:-3],
        json.dumps(KEY)[1:-1].replace("/", "\\/"),
        "".join(f"\\u{ord(c):04X}" for c in KEY),
        quote(KEY),
        quote(quote(KEY, safe=""), safe=""),
        "".join(f"%{ord(c):02x}" for c in KEY),
        "".join(f"&#{ord(c)};" for c in KEY),
        KEY.encode().hex(),
    ],
)
def test_a_key_that_is_escaped_in_another_way_was_kept(form: str) -> None:
    assert Redactor((KEY,)).text(f"<{form}>") == f"<{PLACEHOLDER}>"


@pytest.mark.parametrize("before", ["", "a", "ab", "Bearer ", "user:"])
@pytest.mark.parametrize("after", ["", "c", "cd"])
def test_a_key_within_what_base64_encodes_was_kept(before: str, after: str) -> None:
    encoded = base64.b64encode(f"{before}{KEY}{after}".encode()).decode()
    shown = Redactor((KEY,)).text(encoded)
    assert PLACEHOLDER in shown
    assert len(shown) - len(PLACEHOLDER) < len(encoded) - 4 * len(KEY) // 3 + 4


def test_a_key_that_a_text_ends_in_the_middle_of_was_kept() -> None:
    assert Redactor((KEY,)).text(f"no: {KEY[:-7]}") == f"no: {PLACEHOLDER}(cut)"
    assert Redactor((KEY,)).text(f"no: {KEY[:8]}") == f"no: {KEY[:8]}"


@pytest.mark.parametrize("text", ["\\", "%25", "\\u006", "&amp;", "&#0"])
def test_a_hostile_text_holds_nobody_up(text: str) -> None:
    began = time.perf_counter()
    assert Redactor((KEY,)).text(text * 50_000) == text * 50_000
    assert time.perf_counter() - began < 2


def test_a_key_of_lower_case_letters_is_not_taken_for_an_altered_one() -> None:
    assert Redactor((KEY,)).text(KEY) == PLACEHOLDER


def test_every_text_of_a_value_is_redacted_names_too() -> None:
    shown = Redactor((KEY,)).value({KEY: [{"a": f"x{KEY}"}, (1, None)]})
    assert shown == {PLACEHOLDER: [{"a": f"x{PLACEHOLDER}"}, [1, None]]}


def test_the_user_part_of_a_url_is_taken_out() -> None:
    assert Redactor().text("http://me:pass@host:80/a") == "http://host:80/a"


def test_an_empty_secret_takes_nothing_out() -> None:
    assert Redactor(("",)).text("all of it") == "all of it"


def test_a_key_of_somebody_else_in_a_body_was_kept_in_transcripts() -> None:
    body = '{"api_key": ["another-key-0123"], "secret": {"v": "x"}, "q": 1.50}'
    kept = Redactor((KEY,)).value({"body": body})
    assert kept == {
        "body": '{"api_key": ["$SECRET"], "secret": {"v": "$SECRET"}, "q": 1.50}'
    }


def test_our_own_key_under_such_a_name_reads_as_our_own() -> None:
    kept = Redactor((KEY,)).value([json.dumps({"token": {"v": KEY}})])
    assert kept == [f'{{"token": {{"v": "{PLACEHOLDER}"}}}}']


def test_an_altered_key_in_a_header_still_reads_as_altered() -> None:
    kept = Redactor((KEY,)).value({"headers": {"authorization": f"Bearer {KEY[:-1]}"}})
    assert kept == {"headers": {"authorization": f"Bearer {PLACEHOLDER}(altered)"}}
