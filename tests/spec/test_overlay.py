"""The document that a generator is given has every operation, and values that trade."""

import json

from conformance.spec.contract import contract
from conformance.spec.documents import load_gateway_document
from conformance.spec.overlay import LIVE, overlaid_document


def test_no_operation_is_missing_but_the_upgrade() -> None:
    """What is missing would be called as a method that is not declared."""
    paths = overlaid_document(("A",))["paths"]
    found = {f"{m.upper()} {p}" for p, item in paths.items() for m in item}
    assert found == {o.key for o in contract().operations} - {"GET /v1/ws"}


def test_no_key_is_generated() -> None:
    """Ours would be replaced by it, and everything be answered with 401."""
    document = overlaid_document(("A",))
    told = json.dumps(document).lower()
    assert '"security"' not in told
    assert "securityschemes" not in told


def test_our_own_document_is_left_as_it_was() -> None:
    before = str(load_gateway_document())
    overlaid_document(("A",))
    assert str(load_gateway_document()) == before


def test_every_id_in_a_path_can_be_one_that_lives() -> None:
    paths = overlaid_document(("A",))["paths"]
    for path, item in paths.items():
        for operation in item.values():
            for parameter in operation["parameters"]:
                if parameter["name"] in LIVE:
                    assert LIVE[parameter["name"]] in parameter["schema"]["enum"], path


def test_the_orders_of_the_examples_are_what_our_document_allows() -> None:
    body = overlaid_document(("A",))["paths"]["/v1/orders"]["post"]["requestBody"]

    for example in body["content"]["application/json"]["examples"].values():
        text = json.dumps(example["value"])
        kind = "application/json"
        assert contract().request_faults("POST", "/v1/orders", kind, text) == ()
