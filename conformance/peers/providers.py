"""Tells a Gateway that was built without a provider from one that is broken."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.errors import ProviderMissing, SubjectExited

ABSENT = re.compile(
    r"not (enabled|built|compiled|included|available|supported)|unsupported|without"
    r"|invalid GATEWAY_PROVIDER|GATEWAY_PROVIDER\W.* unknown|unknown provider",
    re.IGNORECASE,
)


@contextmanager
def built_in(provider: str) -> Iterator[None]:
    """Tells of a start that failed for want of this provider as ProviderMissing."""
    try:
        yield
    except SubjectExited as error:
        if is_not_built_in(error.log_tail, provider):
            raise ProviderMissing(provider) from error
        raise


def is_not_built_in(said: str, provider: str) -> bool:
    """Whether what a Gateway printed before it ended says that it lacks a provider."""
    return any(
        provider in line and ABSENT.search(line) is not None
        for line in said.splitlines()
    )
