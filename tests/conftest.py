"""Lends the tests of the plugin pytest's own pytester."""

pytest_plugins = "pytester"
