"""The simulation Engine below a Gateway, under the hand of a script."""
