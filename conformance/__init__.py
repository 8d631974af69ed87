"""Decides, with evidence, whether a trading Gateway or strategy may touch real money."""

__version__ = "0.1.0"
