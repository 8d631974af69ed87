"""Lends the tests pytester, runs coroutines as tests, and the longest tests first."""

import pytest

pytest_plugins = "pytester"

LONGEST = (
    "test_bad_strategies.py",
    "test_kill_matrix.py",
    "test_pairs.py",
    "test_trivial_peers.py",
    "test_judging.py",
    "test_strategy.py",
    "test_odd_answers.py",
)
"""They wait for a minute at a time: begun last, one worker would end alone with them.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, the rest in the order of the rooms."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(LONGEST)))


def pytest_configure(config: pytest.Config) -> None:
    """Not in pyproject.toml: who only judges a Gateway has no pytest-asyncio."""
    config.option.asyncio_mode = "auto"
