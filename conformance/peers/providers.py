"""Tells a Gateway that was built without a provider from one that is broken."""

import re

ABSENT = re.compile(
    r"not (enabled|built|compiled|included|available|supported)|unsupported|without"
    r"|invalid GATEWAY_PROVIDER|GATEWAY_PROVIDER\W.* unknown|unknown provider",
    re.IGNORECASE,
)


def is_not_built_in(said: str, provider: str) -> bool:
    """Whether what a Gateway printed before it ended says that it lacks a provider."""
    return any(
        provider in line and ABSENT.search(line) is not None
        for line in said.splitlines()
    )
