"""Decides, with evidence, whether a Gateway or a strategy may touch real money."""

__version__ = "0.1.0"
