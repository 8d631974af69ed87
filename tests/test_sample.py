"""The sample report that is checked in is what its transcripts give."""

import pytest

from fixtures.sample import SAMPLE, sample_texts


@pytest.mark.parametrize("name", sorted(sample_texts()))
def test_the_sample_is_up_to_date(name: str) -> None:
    stored = (SAMPLE / name).read_text(encoding="utf-8")
    assert stored == sample_texts()[name], "tox -e sample makes it anew"
