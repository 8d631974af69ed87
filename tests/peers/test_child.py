"""A process that ends while it is looked at is nobody's fault."""

from conformance.peers.child import starved_of

NOBODY = 2**22 + 1
"""Above the greatest number that a process can have."""


def test_a_process_that_is_gone_starved_of_nothing() -> None:
    assert starved_of(NOBODY) == 0.0
