"""The recording tap: stands between a strategy and a Gateway, for weeks."""
