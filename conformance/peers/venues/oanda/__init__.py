"""A played OANDA: its v20 REST, its two streams, and its transactions."""
