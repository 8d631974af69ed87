"""Lends the tests of the plugin pytest's own pytester, and runs coroutines as tests."""

import pytest

pytest_plugins = "pytester"


def pytest_configure(config: pytest.Config) -> None:
    """Not in pyproject.toml: who only judges a Gateway has no pytest-asyncio."""
    config.option.asyncio_mode = "auto"
