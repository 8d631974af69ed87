"""Our own Gateway over the books of a simulated venue."""
