"""The books of a simulated venue: orders, fills, positions, cash; pure."""
