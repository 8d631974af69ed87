"""Binance spot as a Gateway meets it: its REST API, for the provider binance_spot."""
