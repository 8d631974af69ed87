"""What a strategy meets: a Gateway under a script's hand; and the strategy itself."""
