"""A text exposition is read line by line."""

from decimal import Decimal

from conformance.judge.metrics import read_metrics

TEXT = """# HELP a_total What it is.
# TYPE a_total counter
a_total{platform="mock",kind="x \\"y\\""} 3
a_total{platform="tektii"} 4.5 1700000000

b 1e3
b +Inf
what is this
c{
"""


def test_samples_have_labels_and_values() -> None:
    read = read_metrics(TEXT)
    assert read.total("a_total") == Decimal("7.5")
    assert read.total("a_total", platform="mock") == 3
    assert read.samples[0].labels == {"platform": "mock", "kind": 'x \\"y\\"'}
    assert read.total("no_such") == 0


def test_help_and_type_are_kept_by_name() -> None:
    read = read_metrics(TEXT)
    assert read.helps == {"a_total": "What it is."}
    assert read.types == {"a_total": "counter"}


def test_what_is_no_line_is_strange() -> None:
    assert read_metrics(TEXT).strange == ("what is this", "c{")
