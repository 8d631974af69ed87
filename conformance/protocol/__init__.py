"""The vocabulary of the conversation: no I/O, no clock, no role."""
