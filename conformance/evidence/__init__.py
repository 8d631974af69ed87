"""What was said on the wires of a run, kept in order and without secrets."""
