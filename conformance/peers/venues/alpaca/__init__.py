"""Alpaca as a Gateway meets it: its trading and market data REST APIs."""
